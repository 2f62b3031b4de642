"""Events of paired OPC UA messages in the order of their rows, column by column (kernel)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from parsers.opcua_buffers import Buffers
from parsers.opcua_pattern import Patterns
from parsers.opcua_program import DATE_TIME, DOUBLE, INT64, UINT64
from parsers.opcua_walk import NULL, NUMBER, read_number
from wanglou.kernel import int64, kernel

NOTE = np.dtype([("length", "i4"), ("twin", "i4"), ("kind", "u1"), ("spill", "u1")], align=True)
"""What is said of an event's value. One record: four arrays are four times as many places to write."""

FACT = np.dtype([("numbers", "i8"), ("nulls", "i8"), ("low", "i4"), ("high", "i4")], align=True)
"""Of a column's events: how many are numbers, how many null, the least and greatest built-in type."""


class Events(NamedTuple):
    """Events of one column, or of all, member by member; see ``parsers.opcua_walk.EVENT``."""

    value: NDArray[np.int64]
    row: NDArray[np.int32]
    """Row of each event."""
    length: NDArray[np.int32]
    kind: NDArray[np.uint8]
    spill: NDArray[np.uint8]
    twin: NDArray[np.int32]
    """Number of the event in the pattern that its message follows, -1: none; bytes of twins are the same."""

    def pick(self, which: NDArray[Any] | slice) -> Events:
        """Some of the events."""
        members: Any = [member[which] for member in self]
        return Events(*members)


class Facts(NamedTuple):
    """What is true of all events of a column."""

    total: int
    numbers: int
    """How many are numbers."""
    nulls: int
    """How many are null."""
    low: int
    """Least built-in type."""
    high: int


class Room(NamedTuple):
    """Where sorted events lie, to be used again and again: fresh memory costs as much as sorting."""

    value: NDArray[np.int64]
    row: NDArray[np.int32]
    note: Any
    """NOTE[n]."""


@dataclass(frozen=True, slots=True)
class Sorted:
    """Events by column and row; within a row the request's come first."""

    events: Events
    starts: NDArray[np.int64]
    """int64[tags + 1]: where each column's events begin."""
    facts: NDArray[Any]
    """FACT[tags + 1]."""

    def take(self, tag: int) -> Events:
        """Events of a column, their rows in ascending order."""
        return self.events.pick(slice(int(self.starts[tag]), int(self.starts[tag + 1])))

    def tell(self, tag: int) -> Facts:
        """What is true of all events of a column."""
        return Facts(int(self.starts[tag + 1] - self.starts[tag]), *self.facts[tag].tolist())


def make_room(size: int) -> Room:
    """Room for ``size`` events."""
    return Room(np.empty(size, dtype=np.int64), np.empty(size, dtype=np.int32), np.recarray(size, dtype=NOTE))


class Source(NamedTuple):
    """Messages and what was read of them."""

    buffers: Buffers
    messages: Any
    """MESSAGE[n]."""
    pdus: Any
    """PDU[n]."""
    events: Any
    """EVENT[m]: of the messages that follow no pattern."""
    patterns: Patterns


def sort_events(
    source: Source, request: NDArray[np.int32], reply: NDArray[np.int32], tags: int, room: Room | None = None
) -> tuple[Sorted, Room]:
    """Sort the events of the messages of each row; events of messages in no row are left out.

    They lie in ``room`` where it is given and large enough, else in a larger one that is given back.
    """
    starts = np.zeros(tags + 1, dtype=np.int64)
    facts: Any = np.recarray(tags + 1, dtype=FACT)
    uses = np.zeros(int(source.patterns.counts[0]), dtype=np.int64)
    count = _count(source, request, reply, starts, facts, uses)
    if room is None or len(room.row) < count:
        room = make_room(count * 5 // 4)
    _place(source, request, reply, starts, room)
    value, row, note = room.value[:count], room.row[:count], room.note[:count].view(np.ndarray)
    events = Events(value, row, note["length"], note["kind"], note["spill"], note["twin"])
    return Sorted(events, starts, facts.view(np.ndarray)), room


@kernel
def _count(
    source: Source, request: NDArray[np.int32], reply: NDArray[np.int32], starts: NDArray[np.int64], facts: Any,
    uses: NDArray[np.int64],
) -> int:  # fmt: skip
    """Count events by tag, patterns by how often they are used; leaves in ``starts`` where each tag begins."""
    for tag in range(len(facts)):
        fact = facts[tag]
        fact.numbers = fact.nulls = fact.high = 0
        fact.low = 256
    for k in range(len(request)):
        for end in (request[k], reply[k]):
            if end >= 0:
                p = source.pdus[end]
                if p.pattern >= 0:
                    uses[p.pattern] += 1
                for i in range(p.first, p.last):
                    _add_fact(source.events[i], 1, starts, facts)
    for number in range(len(uses)):
        if uses[number]:
            known = source.patterns.table[number]
            for i in range(known.first, known.last):
                _add_fact(source.patterns.events[i], uses[number], starts, facts)
    total = int64(0)
    for tag in range(len(starts)):
        count = starts[tag]
        starts[tag] = total
        total += count
    return total


@kernel
def _add_fact(e: Any, times: int, starts: NDArray[np.int64], facts: Any) -> None:
    """Count an event."""
    starts[e.tag] += times
    fact = facts[e.tag]
    if e.length == NUMBER:
        fact.numbers += times
    elif e.length == NULL:
        fact.nulls += times
    fact.low = min(int64(fact.low), int64(e.kind))
    fact.high = max(int64(fact.high), int64(e.kind))


@kernel
def _place(
    source: Source, request: NDArray[np.int32], reply: NDArray[np.int32], starts: NDArray[np.int64], room: Room
) -> None:
    """Counting sort by tag, walking rows in order; of a pattern's events the values are read now."""
    for k in range(len(request)):
        for end in (request[k], reply[k]):
            if end < 0:
                continue
            p, spill = source.pdus[end], int64(source.messages[end].spill)
            for i in range(p.first, p.last):
                e = source.events[i]
                at = starts[e.tag]
                starts[e.tag] = at + 1
                room.value[at], room.row[at] = e.value, k
                note = room.note[at]
                note.length, note.kind, note.spill, note.twin = e.length, e.kind, e.spill, -1
            if p.pattern >= 0:
                buf = source.buffers.data if spill == 0 else source.buffers.spill
                words = source.buffers.data_words if spill == 0 else source.buffers.spill_words
                known, begin = source.patterns.table[p.pattern], int64(p.start)
                for i in range(known.first, known.last):
                    e = source.patterns.events[i]
                    at = starts[e.tag]
                    starts[e.tag] = at + 1
                    value = int64(e.value)
                    if e.length != NUMBER:
                        value += begin
                    elif e.place >= 0:
                        if e.kind in (DOUBLE, DATE_TIME, INT64, UINT64):
                            value = words[begin + e.place]
                        else:
                            value = read_number(buf, begin + e.place, int64(e.kind))
                    room.value[at], room.row[at] = value, k
                    note = room.note[at]
                    note.length, note.kind, note.spill, note.twin = e.length, e.kind, spill, i
    for tag in range(len(starts) - 1, 0, -1):
        starts[tag] = starts[tag - 1]
    starts[0] = 0
