"""How often each small number stands in a column (kernels): numpy's own count copies the column into 64 bits first.

Columns of traffic hold the same number for long: with one counter for each number, every row would wait for the row
before. Rows take turns with ``LANES`` counters instead.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wanglou.kernel import int64, kernel

LANES = 4
_LANE_PLACES = 4_096
"""With more places than this one row seldom waits for another, and clearing four counters for each would cost more."""
_EACH = np.empty(0, dtype=np.uint8)


def tally(numbers: NDArray[Any], size: int, valid: NDArray[np.uint8] = _EACH, begin: int = 0) -> NDArray[np.int64]:
    """Count each of ``numbers``, whole and 0 to ``size`` - 1; gives int64[size]. Raises IndexError for others.

    Where ``valid`` is not empty its bits from ``begin`` on, lowest first (Arrow's bitmaps), say which rows count.
    """
    lanes = np.zeros((LANES if size <= _LANE_PLACES else 1, size), dtype=np.int64)
    _tally(numbers, valid, begin, lanes)
    found: NDArray[np.int64] = lanes.sum(axis=0, dtype=np.int64)
    return found


def tally_spans(numbers: NDArray[np.int64], span: int, first: int, size: int) -> NDArray[np.int64]:
    """Count ``numbers`` by the span they are in: the spans ``first`` to ``first`` + ``size`` - 1 of that length.

    Gives int64[size]. Raises IndexError for numbers of other spans. Quick where neighbours share a span, as times do.
    """
    found = np.zeros(size, dtype=np.int64)
    _tally_spans(numbers, span, first, found)
    return found


@kernel
def _tally(numbers: NDArray[Any], valid: NDArray[np.uint8], begin: int, lanes: NDArray[np.int64]) -> None:
    mask, size = lanes.shape[0] - 1, lanes.shape[1]
    for i in range(len(numbers)):
        if len(valid) and not valid[(begin + i) >> 3] >> ((begin + i) & 7) & 1:
            continue
        place = int64(numbers[i])
        if place < 0 or place >= size:
            raise IndexError
        lanes[i & mask, place] += 1


@kernel
def _tally_spans(numbers: NDArray[np.int64], span: int, first: int, found: NDArray[np.int64]) -> None:
    begin, end, place, run = 0, 0, 0, 0
    for i in range(len(numbers)):
        number = numbers[i]
        if number < begin or number >= end:
            if run:
                found[place] += run
            place, run = number // span - first, 0
            if place < 0 or place >= len(found):
                raise IndexError
            begin = (place + first) * span
            end = begin + span
        run += 1
    if run:
        found[place] += run
