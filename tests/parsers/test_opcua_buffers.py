"""Bytes as words."""

from __future__ import annotations

import numpy as np
import pytest

from parsers.opcua_buffers import make_buffers, make_words


@pytest.mark.parametrize("size", [0, 1, 8, 9, 40])
def test_words_begin_at_every_byte(size: int) -> None:
    """Each word is eight bytes, little-endian; the array is of one kind whatever its size."""
    buf = np.arange(1, size + 1, dtype=np.uint8)
    words = make_words(buf)
    for at in range(size - 7):
        assert words[at] == int.from_bytes(buf[at : at + 8].tobytes(), "little")
    assert not words.flags.aligned
    assert not words.flags.c_contiguous


def test_both_buffers() -> None:
    """Data and spill come with the words of each."""
    buffers = make_buffers(np.full(9, 1, dtype=np.uint8), np.full(9, 2, dtype=np.uint8))
    assert (buffers.data_words[0] & 255, buffers.spill_words[0] & 255) == (1, 2)
