"""Events of paired OPC UA messages in the order of their rows, column by column (kernel)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wanglou.kernel import int64, kernel

SORTED = np.dtype([("value", "i8"), ("length", "i4"), ("row", "i4"), ("kind", "u1"), ("spill", "u1")], align=True)
"""An event in the order of its column and row. One record each: five arrays are five times as many places to write."""


class Events(NamedTuple):
    """Events of one column, or of all, member by member; see ``parsers.opcua_walk.EVENT``."""

    value: NDArray[np.int64]
    length: NDArray[np.int32]
    kind: NDArray[np.uint8]
    spill: NDArray[np.uint8]
    row: NDArray[np.int32]
    """Row of each event."""

    def pick(self, which: NDArray[Any] | slice) -> Events:
        """Some of the events."""
        return Events(self.value[which], self.length[which], self.kind[which], self.spill[which], self.row[which])


@dataclass(frozen=True, slots=True)
class Sorted:
    """Events by column and row; within a row the request's come first."""

    events: Events
    starts: NDArray[np.int64]
    """int64[tags + 1]: where each column's events begin."""

    def take(self, tag: int) -> Events:
        """Events of a column, their rows in ascending order."""
        return self.events.pick(slice(int(self.starts[tag]), int(self.starts[tag + 1])))


def make_room(size: int) -> Any:
    """Room for ``size`` events, SORTED[size], to be used again and again: fresh memory costs as much as sorting."""
    return np.recarray(size, dtype=SORTED)


def sort_events(
    events: Any, pdus: Any, request: NDArray[np.int32], reply: NDArray[np.int32], tags: int, room: Any = None
) -> Sorted:
    """Sort the events of the messages of each row; events of messages in no row are left out.

    They lie in ``room`` where it is given; it must hold as many as there are.
    """
    starts = np.zeros(tags + 1, dtype=np.int64)
    own = make_room(len(events)) if room is None else room
    count = _sort(events, pdus, request, reply, starts, own)
    used = own[:count]
    return Sorted(Events(used["value"], used["length"], used["kind"], used["spill"], used["row"]), starts)


@kernel
def _sort(
    events: Any, pdus: Any, request: NDArray[np.int32], reply: NDArray[np.int32], starts: NDArray[np.int64],
    own: Any,
) -> int:  # fmt: skip
    """Counting sort by tag, walking rows in order; leaves in ``starts`` where each tag begins. Returns how many."""
    for k in range(len(request)):
        for end in (request[k], reply[k]):
            if end >= 0:
                for i in range(pdus[end].first, pdus[end].last):
                    starts[events[i].tag] += 1
    total = int64(0)
    for tag in range(len(starts)):
        count = starts[tag]
        starts[tag] = total
        total += count
    for k in range(len(request)):
        for end in (request[k], reply[k]):
            if end >= 0:
                for i in range(pdus[end].first, pdus[end].last):
                    e = events[i]
                    at = starts[e.tag]
                    starts[e.tag] = at + 1
                    o = own[at]
                    o.value = e.value
                    o.length = e.length
                    o.kind = e.kind
                    o.spill = e.spill
                    o.row = k
    for tag in range(len(starts) - 1, 0, -1):
        starts[tag] = starts[tag - 1]
    starts[0] = 0
    return total
