"""Events of paired messages, column by column."""

from __future__ import annotations

from typing import Any

import numpy as np

from parsers.message import MESSAGE
from parsers.opcua_buffers import make_buffers
from parsers.opcua_event import EVENT, NULL, NUMBER
from parsers.opcua_pattern import make_patterns
from parsers.opcua_pdu import PDU
from parsers.opcua_program import DOUBLE, INT32
from parsers.opcua_rows import Events, Facts, Source, lay_out, make_room, sort_events


def make_source(tags: list[int], values: list[int], bounds: list[int]) -> Source:
    """Messages whose events are ``bounds[i]`` to ``bounds[i + 1]`` of those with the tags and values."""
    nothing = np.zeros(0, dtype=np.uint8)
    events: Any = np.zeros(len(tags), dtype=EVENT).view(np.recarray)
    events["tag"], events["value"] = tags, values
    pdus: Any = np.zeros(len(bounds) - 1, dtype=PDU).view(np.recarray)
    pdus["first"], pdus["last"], pdus["pattern"] = bounds[:-1], bounds[1:], -1
    messages: Any = np.zeros(len(pdus), dtype=MESSAGE).view(np.recarray)
    return Source(make_buffers(nothing, nothing), messages, pdus, events, make_patterns())


def test_events_are_sorted_by_column_and_row() -> None:
    """Within a row the request's come first, in their order; messages in no row are left out."""
    source = make_source([2, 1, 2, 2, 1, 2], [*range(6)], [0, 2, 3, 4, 6])
    request, reply = np.array([3, 0], dtype=np.int32), np.array([-1, 1], dtype=np.int32)
    found, _ = sort_events(source, request, reply, np.ones(4, dtype=np.bool_))
    assert found.take(0).value.tolist() == []
    assert (found.take(1).value.tolist(), found.take(1).row.tolist()) == ([4, 1], [0, 1])
    assert (found.take(2).value.tolist(), found.take(2).row.tolist()) == ([5, 0, 2], [0, 1, 1])
    assert found.take(3).row.tolist() == []


def test_facts_of_columns() -> None:
    """How many events a column has, how many are numbers and null, and the bounds of their types."""
    source = make_source([1, 1, 2], [7, 8, 9], [0, 3])
    source.events["length"], source.events["kind"] = [NUMBER, NULL, 4], [INT32, 0, DOUBLE]
    found, _ = sort_events(
        source, np.zeros(1, dtype=np.int32), np.full(1, -1, dtype=np.int32), np.ones(3, dtype=np.bool_)
    )
    assert [found.tell(tag) for tag in (1, 2)] == [Facts(2, 1, 1, 0, INT32), Facts(1, 0, 0, DOUBLE, DOUBLE)]


def test_room_is_used_again() -> None:
    """The same room serves one batch after the other and gives the same as fresh memory."""
    source = make_source([1, 2, 1], [7, 8, 9], [0, 2, 3])
    room, nothing = make_room(5), np.array([-1], dtype=np.int32)
    for message in (0, 1):
        request = np.array([message], dtype=np.int32)
        used, fresh = (
            sort_events(source, request, nothing, np.ones(3, dtype=np.bool_), own)[0] for own in (room, None)
        )
        assert used.take(1).value.tolist() == fresh.take(1).value.tolist() == [[7], [9]][message]
        assert np.shares_memory(used.events.value, room.value)


def test_columns_of_nothing_are_dropped() -> None:
    """Where all events of a column are null none is kept, unless its nulls say something."""
    source = make_source([1, 2, 2, 3], [0, 0, 5, 0], [0, 4])
    source.events["length"] = [NULL, NULL, 4, NULL]
    told = np.array([False, False, False, True])
    found, _ = sort_events(source, np.zeros(1, dtype=np.int32), np.full(1, -1, dtype=np.int32), told)
    assert [found.take(tag).length.tolist() for tag in (1, 2, 3)] == [[], [NULL, 4], [NULL]]


def test_where_rows_begin() -> None:
    """Offsets of lists, and which are empty."""
    offsets, empty = np.empty(5, dtype=np.int32), np.empty(4, dtype=np.bool_)
    assert lay_out(np.array([1, 1, 3], dtype=np.int32), offsets, empty) == 2
    assert (offsets.tolist(), empty.tolist()) == ([0, 0, 2, 2, 3], [True, False, True, False])


def test_twins_are_numbered_once() -> None:
    """Events of one number in a pattern are one, each of no pattern is one of its own."""
    source = make_source([], [], [0])
    source.patterns.counts[2] = 9
    origin = np.array([4, 5, -1, 16, 4, -1], dtype=np.int32)
    numbers, firsts = Events(origin.astype(np.int64), origin, origin, source).find_twins()
    assert (numbers.tolist(), firsts.tolist()) == ([0, 0, 1, 2, 0, 3], [0, 2, 3, 5])
