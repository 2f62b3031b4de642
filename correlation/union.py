"""Sets of numbers that are joined one pair at a time (union by the smallest, with paths halved)."""

from __future__ import annotations


class Union:
    """Sets of the numbers from 0 to ``count - 1``, each by itself at first."""

    def __init__(self, count: int) -> None:
        self._above = list(range(count))

    def find(self, one: int) -> int:
        """Give the smallest of the set."""
        above = self._above
        while above[one] != one:
            above[one] = above[above[one]]
            one = above[one]
        return one

    def join(self, one: int, other: int) -> None:
        """Make two sets one."""
        low, high = sorted((self.find(one), self.find(other)))
        self._above[high] = low
