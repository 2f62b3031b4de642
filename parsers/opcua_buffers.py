"""The bytes of a batch as kernels read them: one by one, and eight at a time from any position."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.int64]
_WORD = 8


class Buffers(NamedTuple):
    """Data of a batch, the spill buffer, and both as words; see ``make_words``."""

    data: NDArray[np.uint8]
    spill: NDArray[np.uint8]
    data_words: Words
    spill_words: Words


def make_buffers(data: NDArray[np.uint8], spill: NDArray[np.uint8]) -> Buffers:
    """Both buffers and their words."""
    return Buffers(data, spill, make_words(data), make_words(spill))


def make_words(buf: NDArray[np.uint8]) -> Words:
    """The eight bytes from each position on, as one little-endian number; int64[len(buf) - 7], or more than one.

    It is never contiguous nor aligned, so that kernels are compiled for such an array only.
    """
    if len(buf) < _WORD + 1:
        buf = np.concatenate([buf, np.zeros(_WORD + 1, dtype=np.uint8)])
    return np.ndarray(len(buf) - _WORD + 1, dtype="<i8", buffer=buf, strides=(1,))
