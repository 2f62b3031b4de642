"""Distinct values of arrays, and columns of one value, without sorting where nothing needs to be sorted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

_DENSE = 65_536
"""Span of values up to which they are counted in place of sorted."""


def code_numbers(values: NDArray[Any]) -> tuple[list[int], NDArray[np.int32]]:
    """Distinct values in ascending order, and the place of each of ``values`` in them."""
    if not len(values):
        return [], np.empty(0, dtype=np.int32)
    low, high = int(values.min()), int(values.max())
    if low == high:
        return [low], np.zeros(len(values), dtype=np.int32)
    if high - low < min(_DENSE, 4 * len(values)):
        shifted = values - values.dtype.type(low)
        there = np.zeros(high - low + 1, dtype=np.int32)
        there[shifted] = 1
        distinct = np.flatnonzero(there) + low
        return distinct.tolist(), (np.cumsum(there, dtype=np.int32) - 1)[shifted]
    sorted_values, codes = np.unique(values, return_inverse=True)
    return sorted_values.tolist(), codes.astype(np.int32)


def take_texts(texts: Sequence[str | None], codes: NDArray[np.int32]) -> pa.Array:
    """Array of texts by code; a negative code is null."""
    low, high = (int(codes.min()), int(codes.max())) if len(codes) else (-1, -1)
    if high < 0:
        return pa.nulls(len(codes), pa.string())
    if low == high and texts[low] is not None:
        return repeat_text(str(texts[low]), len(codes))
    return pa.array(texts, pa.string()).take(pa.array(codes, mask=codes < 0 if low < 0 else None))


def repeat_text(text: str, count: int) -> pa.Array:
    """Array that holds one text ``count`` times."""
    content = text.encode()
    if len(content) * count > np.iinfo(np.int32).max:
        return pa.array([text] * count, pa.string())
    offsets = np.arange(count + 1, dtype=np.int32) * np.int32(len(content))
    return pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(content * count))
