"""Blocks of numbers in one bounded array, for windows whose groups need very different room.

Most groups of a rule hold a handful of records; only one under attack holds thousands. Each group therefore has a
block that doubles when it is full. Blocks are powers of two in size; freed ones are kept in a list per size.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wanglou.kernel import kernel

LIMIT = 12_000_000
"""Most words (of 8 bytes) of all windows of a detector together."""
LEVELS = 32


class Arena:
    """The blocks of all counting windows of a detector."""

    __slots__ = ("free", "used", "words")

    def __init__(self, limit: int = LIMIT) -> None:
        """Hold at most ``limit`` words; the system gives memory only to those that were written."""
        self.words = np.zeros(limit, dtype=np.int64)
        self.free = np.full(LEVELS, -1, dtype=np.int64)
        self.used = np.zeros(1, dtype=np.int64)


@kernel
def take_block(words: NDArray[np.int64], free: NDArray[np.int64], used: NDArray[np.int64], level: int) -> int:
    """Take a block of 2**level words; -1 when there is no room."""
    block = int(free[level])
    if block >= 0:
        free[level] = words[block]
        return block
    block = int(used[0])
    if block + (1 << level) > len(words):
        return -1
    used[0] = block + (1 << level)
    return block


@kernel
def give_block(words: NDArray[np.int64], free: NDArray[np.int64], block: int, level: int) -> None:
    """Give a block back."""
    words[block] = free[level]
    free[level] = block


@kernel
def clear_groups(
    state: NDArray[np.int64], slots: NDArray[np.int64], words: NDArray[np.int64], free: NDArray[np.int64]
) -> None:
    """Forget the groups in ``slots`` and give their blocks back; see ``detection.counting`` for ``state``."""
    for at in range(len(slots)):
        group = int(slots[at])
        if state[group, 3] > 0:
            give_block(words, free, int(state[group, 3]) - 1, int(state[group, 4]))
        for column in range(state.shape[1]):
            state[group, column] = 0
