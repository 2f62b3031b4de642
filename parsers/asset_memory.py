"""What is already known of devices, bounded: it tells whether a sighting is new, a change, or due again."""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

FIRST, CHANGED, AGAIN = "first", "changed", "again"

SINGLE = frozenset(
    {"vendor", "product", "product_code", "model", "hardware", "firmware", "serial", "name", "os", "mac", "mac_vendor"}
)
"""Facts of which a device has one at a time: another value is a change. Of the others it may have several."""

MOST_VALUES = 256
"""Values kept of one fact of a device; more in an hour are counted and not told."""


class Key(NamedTuple):
    """Whose fact it is, and from which source."""

    organization: str
    device: str
    source: str
    field: str


class Memory:
    """Values by fact, the fact longest not seen forgotten first."""

    def __init__(self, most: int) -> None:
        """Know nothing; ``most`` values are kept, and at least those of one fact."""
        self._most, self._size = most, 0
        self.lost = 0
        """How often a value was forgotten or not taken: what was told of it may be told anew."""
        self._known: OrderedDict[Key, dict[str, int]] = OrderedDict()
        self._current: dict[Key, str] = {}
        self.counters = dict.fromkeys(("asset_facts_forgotten", "asset_values_dropped"), 0)

    def note(self, key: Key, value: str, hour: int) -> tuple[str, str]:
        """What a sighting is: FIRST, CHANGED or AGAIN, empty when it says nothing new; and the value before a change.

        The same value is told once an hour of packet time, so that where batches were cut does not matter.
        """
        values = self._known.get(key)
        if values is None:
            values = self._known[key] = {}
        else:
            self._known.move_to_end(key)
        last = values.get(value)
        if last is not None and last >= hour:
            return "", ""
        if last is None and not self._make_room(values, hour):
            return "", ""
        values[value] = hour
        if last is None:
            self._size += 1
            self._forget()
        if key.field not in SINGLE:
            return (FIRST if last is None else AGAIN), ""
        before = self._current.get(key)
        self._current[key] = value
        if before is None:
            return FIRST, ""
        return (AGAIN, "") if before == value else (CHANGED, before)

    @property
    def is_roomy(self) -> bool:
        """True while less than half of the bound is used, so that it does not matter what was last seen when."""
        return 2 * self._size <= self._most

    def __len__(self) -> int:
        """Count the values that are known."""
        return self._size

    def _forget(self) -> None:
        """Drop the facts longest not seen until what is kept is within the bound."""
        while self._size > self._most and len(self._known) > 1:
            oldest, values = self._known.popitem(last=False)
            self._current.pop(oldest, None)
            self._size -= len(values)
            self.counters["asset_facts_forgotten"] += 1
            self.lost += 1

    def _make_room(self, values: dict[str, int], hour: int) -> bool:
        """True when one more value can be kept; those not seen for an hour make room."""
        if len(values) >= MOST_VALUES:
            stale = [value for value, seen in values.items() if seen < hour - 1]
            for value in stale:
                del values[value]
            self._size -= len(stale)
            self.lost += len(stale)
        if len(values) < MOST_VALUES:
            return True
        self.counters["asset_values_dropped"] += 1
        self.lost += 1
        return False
