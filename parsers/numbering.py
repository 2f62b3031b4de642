"""Small numbers of a column by what they are: each distinct one is looked at once and not per record (kernel)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wanglou.kernel import int64, kernel


def number_values(values: NDArray[np.int32], room: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Codes of numbers below ``room``, and the distinct ones in the order they come; a negative one has code -1."""
    slots = np.full(room, -1, dtype=np.int32)
    codes, distinct = np.empty((2, len(values)), dtype=np.int32)
    return codes, distinct[: _number(values, slots, codes, distinct)]


@kernel
def _number(values: Any, slots: NDArray[np.int32], codes: NDArray[np.int32], distinct: NDArray[np.int32]) -> int:
    """Number values; ``slots`` holds -1 for each number there can be. Returns how many distinct ones there are."""
    used = int64(0)
    for i in range(len(values)):
        value = int64(values[i])
        if value < 0:
            codes[i] = -1
            continue
        if slots[value] < 0:
            slots[value] = used
            distinct[used] = value
            used += 1
        codes[i] = slots[value]
    return used
