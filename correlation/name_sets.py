"""Sets of names that are found to belong together, one pair after the other."""

from __future__ import annotations

from collections import defaultdict


class NameSets:
    """Names, each in one set; a set is called by the least of its names."""

    def __init__(self) -> None:
        """Begin without any."""
        self._above: dict[str, str] = {}

    def find(self, name: str) -> str:
        """Give the name that a name's set is called by."""
        above = self._above
        while above.setdefault(name, name) != name:
            above[name] = above[above[name]]
            name = above[name]
        return name

    def join(self, one: str, other: str) -> None:
        """Make the sets of two names one."""
        low, high = sorted((self.find(one), self.find(other)))
        self._above[high] = low

    def list_all(self) -> dict[str, set[str]]:
        """Give all sets by what they are called."""
        found: dict[str, set[str]] = defaultdict(set)
        for name in self._above:
            found[self.find(name)].add(name)
        return dict(found)
