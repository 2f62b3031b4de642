"""The groups of a correlation rule: a bounded table from group key to a slot of the rule's state arrays."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

GroupKey = tuple[Any, ...]

LIMIT = 65_536
"""Most groups of one rule, whatever their state takes."""
BUDGET_BYTES = 96 << 20
"""Memory for the group state of all correlation rules together; rules with large thresholds keep fewer groups."""
LEAST = 64
"""Groups that any rule may keep."""


def group_limit(slot_bytes: int, rules: int) -> int:
    """Most groups of a rule whose state takes ``slot_bytes`` a group, when ``rules`` share the budget."""
    return max(LEAST, min(LIMIT, BUDGET_BYTES // max(rules, 1) // max(slot_bytes, 1)))


class Groups:
    """Gives each group key a slot; when full, the group that was seen longest ago gives up its slot."""

    __slots__ = ("evicted", "limit", "refused", "slots")

    def __init__(self, limit: int) -> None:
        """Hold at most ``limit`` groups."""
        self.limit = limit
        self.slots: OrderedDict[GroupKey, int] = OrderedDict()
        self.evicted = self.refused = 0

    def take(self, keys: Sequence[GroupKey]) -> tuple[list[int], list[int]]:
        """Give the slots of different keys, and which of them are new and must be cleared.

        Groups of one call count as seen together, so none of them evicts another: where there are more than
        ``limit``, those that are known come first, and the others get -1 and are counted as refused.
        """
        known = [key for key in keys if key in self.slots]
        for key in known:
            self.slots.move_to_end(key)
        room = self.limit - len(known)
        taken: list[int] = []
        fresh: list[int] = []
        for key in keys:
            slot = self.slots.get(key)
            if slot is None:
                if len(fresh) == room:
                    self.refused += 1
                    taken.append(-1)
                    continue
                slot = self._make_room()
                self.slots[key] = slot
                fresh.append(slot)
            taken.append(slot)
        return taken, fresh

    def _make_room(self) -> int:
        if len(self.slots) < self.limit:
            return len(self.slots)
        self.evicted += 1
        return self.slots.popitem(last=False)[1]
