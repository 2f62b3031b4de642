"""Events of paired OPC UA messages in the order of their rows, column by column (kernel)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy import uint64  # an index without a sign needs no check whether it counts from the end
from numpy.typing import NDArray

from parsers.opcua_buffers import Buffers
from parsers.opcua_event import NULL, NUMBER
from parsers.opcua_pattern import Patterns
from wanglou.kernel import int64, kernel

FACT = np.dtype([("numbers", "i8"), ("nulls", "i8"), ("low", "i2"), ("high", "i2"), ("dropped", "i4")], align=True)
"""Of a column's events: how many are numbers, how many null, the least and greatest built-in type, 1: none is kept."""


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


@dataclass(frozen=True, slots=True)
class Events:
    """Events of one column, or of all; see ``parsers.opcua_event.EVENT``."""

    value: NDArray[np.int64]
    row: NDArray[np.int32]
    """Row of each event."""
    origin: NDArray[np.int32]
    """Twice the number of an event of a pattern, one more where its message lies in the spill buffer; or the
    complement of the number of an event of a message of no pattern."""
    source: Source

    def pick(self, which: NDArray[Any] | slice) -> Events:
        """Some of the events."""
        return Events(self.value[which], self.row[which], self.origin[which], self.source)

    @property
    def length(self) -> NDArray[np.int32]:
        """Bytes of each event; NUMBER or NULL."""
        return self._look_up("length")

    @property
    def kind(self) -> NDArray[np.uint8]:
        """Built-in type of each event."""
        return self._look_up("kind")

    @property
    def spill(self) -> NDArray[np.uint8]:
        """1 where bytes lie in the spill buffer."""
        spill = self._look_up("spill")
        return np.where(self.origin >= 0, (self.origin & 1).astype(np.uint8), spill)

    def find_twins(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Events of one number in their pattern are twins, whose bytes are the same; those of no pattern have none.

        Returns int32[n], which of the distinct ones each is, and int32[k], the first event of each.
        """
        seen = np.full(int(self.source.patterns.counts[2]), -1, dtype=np.int32)
        numbers, firsts = np.empty((2, len(self.origin)), dtype=np.int32)
        return numbers, firsts[: _number_twins(self.origin, seen, numbers, firsts)]

    def _look_up(self, member: str) -> NDArray[Any]:
        """Member of the events that these were made of."""
        own, patterns = self.origin, self.source.patterns.events.view(np.ndarray)[member]
        found: NDArray[Any] = patterns[np.maximum(own, 0) >> 1]
        if len(own) and own.min() < 0:
            others = self.source.events.view(np.ndarray)[member]
            found = np.where(own >= 0, found, others[np.maximum(~own, 0)])
        return found


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
    origin: NDArray[np.int32]


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
        return Facts(int(self.starts[tag + 1] - self.starts[tag]), *self.facts[tag].tolist()[:4])


def make_room(size: int) -> Room:
    """Room for ``size`` events."""
    return Room(np.empty(size, dtype=np.int64), *np.empty((2, size), dtype=np.int32))


def sort_events(
    source: Source, request: NDArray[np.int32], reply: NDArray[np.int32], told: NDArray[np.bool_],
    room: Room | None = None,
) -> tuple[Sorted, Room]:  # fmt: skip
    """Sort the events of the messages of each row; events of messages in no row are left out.

    ``told`` bool[tags]: the columns where nulls say something; of others that are all null no event is kept.
    They lie in ``room`` where it is given and large enough, else in a larger one that is given back.
    """
    starts = np.zeros(len(told) + 1, dtype=np.int64)
    facts: Any = np.recarray(len(told) + 1, dtype=FACT)
    uses = np.zeros(int(source.patterns.counts[0]), dtype=np.int64)
    count = _count(source, request, reply, told, starts, facts, uses)
    if room is None or len(room.row) < count:
        room = make_room(count * 5 // 4)
    _place(source, request, reply, facts, starts, room)
    events = Events(room.value[:count], room.row[:count], room.origin[:count], source)
    return Sorted(events, starts, facts.view(np.ndarray)), room


@kernel
def _count(
    source: Source, request: NDArray[np.int32], reply: NDArray[np.int32], told: NDArray[np.bool_],
    starts: NDArray[np.int64], facts: Any, uses: NDArray[np.int64],
) -> int:  # fmt: skip
    """Count events by tag, patterns by how often they are used; leaves in ``starts`` where each tag begins."""
    for tag in range(len(facts)):
        fact = facts[tag]
        fact.numbers = fact.nulls = fact.high = fact.dropped = 0
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
            for r in range(known.first, known.last):
                run = source.patterns.runs[r]
                for i in range(run.first, run.last):
                    _add_fact(source.patterns.events[i], uses[number], starts, facts)
    total = int64(0)
    for tag in range(len(starts)):
        count, fact = starts[tag], facts[tag]
        if count and count == fact.nulls and not told[tag]:
            fact.dropped, count = 1, 0
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
    source: Source, request: NDArray[np.int32], reply: NDArray[np.int32], facts: Any, starts: NDArray[np.int64],
    room: Room,
) -> None:  # fmt: skip
    """Counting sort by tag, walking rows in order; of a pattern's events the values are read now."""
    for k in range(len(request)):
        for end in (request[k], reply[k]):
            if end < 0:
                continue
            p, spill = source.pdus[end], int64(source.messages[end].spill)
            for i in range(p.first, p.last):
                e = source.events[i]
                if facts[e.tag].dropped:
                    continue
                at = starts[e.tag]
                starts[e.tag] = at + 1
                room.value[at], room.row[at], room.origin[at] = e.value, k, ~i
            if p.pattern >= 0:
                words = source.buffers.data_words if spill == 0 else source.buffers.spill_words
                known, begin = source.patterns.table[p.pattern], int64(p.start)
                for r in range(known.first, known.last):
                    run = source.patterns.runs[uint64(r)]
                    if facts[uint64(run.tag)].dropped:
                        continue
                    at = starts[uint64(run.tag)]
                    starts[uint64(run.tag)] = at + run.last - run.first
                    for i in range(run.first, run.last):
                        e, to = source.patterns.moves[uint64(i)], uint64(at)
                        word = words[uint64(begin + e.place)]
                        room.value[to] = e.value + (begin & e.moved) + ((word >> e.shift) & e.mask)
                        room.row[to], room.origin[to] = k, 2 * i + spill
                        at += 1
    for tag in range(len(starts) - 1, 0, -1):
        starts[tag] = starts[tag - 1]
    starts[0] = 0


@kernel
def _number_twins(
    origin: NDArray[np.int32], seen: NDArray[np.int32], numbers: NDArray[np.int32], firsts: NDArray[np.int32]
) -> int:
    """Number events by their event of a pattern; ``seen`` is -1 for each of those. Returns how many are distinct."""
    used = int64(0)
    for i in range(len(origin)):
        number = int64(-1)
        if origin[i] >= 0:
            number = int64(seen[origin[i] >> 1])
        if number < 0:
            number = used
            firsts[used] = i
            used += 1
            if origin[i] >= 0:
                seen[origin[i] >> 1] = number
        numbers[i] = number
    return used


@kernel
def lay_out(rows: NDArray[np.int32], offsets: NDArray[np.int32], empty: NDArray[np.bool_]) -> int:
    """Find where each row's elements begin, whose ``rows`` ascend; returns how many rows are ``empty``.

    ``offsets`` is int32[n + 1], ``empty`` bool[n].
    """
    at, missing = 0, 0
    for row in range(len(empty)):
        offsets[row] = at
        begin = at
        while at < len(rows) and rows[at] == row:
            at += 1
        empty[row] = at == begin
        missing += at == begin
    offsets[len(empty)] = at
    return missing
