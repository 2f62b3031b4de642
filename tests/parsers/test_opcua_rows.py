"""Events of paired messages, column by column."""

from __future__ import annotations

from typing import Any

import numpy as np

from parsers.opcua import PDU
from parsers.opcua_rows import make_room, sort_events
from parsers.opcua_walk import EVENT


def test_events_are_sorted_by_column_and_row() -> None:
    """Within a row the request's come first, in their order; messages in no row are left out."""
    events: Any = np.zeros(6, dtype=EVENT).view(np.recarray)
    events["tag"] = [2, 1, 2, 2, 1, 2]
    events["value"] = np.arange(6)
    pdus: Any = np.zeros(4, dtype=PDU).view(np.recarray)
    pdus["first"], pdus["last"] = [0, 2, 3, 4], [2, 3, 4, 6]
    request, reply = np.array([3, 0], dtype=np.int32), np.array([-1, 1], dtype=np.int32)
    found = sort_events(events, pdus, request, reply, 4)
    assert found.take(0).value.tolist() == []
    assert (found.take(1).value.tolist(), found.take(1).row.tolist()) == ([4, 1], [0, 1])
    assert (found.take(2).value.tolist(), found.take(2).row.tolist()) == ([5, 0, 2], [0, 1, 1])
    assert found.take(3).row.tolist() == []


def test_room_is_used_again() -> None:
    """The same room serves one batch after the other and gives the same as fresh memory."""
    events: Any = np.zeros(3, dtype=EVENT).view(np.recarray)
    events["tag"], events["value"] = [1, 2, 1], [7, 8, 9]
    pdus: Any = np.zeros(2, dtype=PDU).view(np.recarray)
    pdus["first"], pdus["last"] = [0, 2], [2, 3]
    room, nothing = make_room(5), np.array([-1], dtype=np.int32)
    for message in (0, 1):
        request = np.array([message], dtype=np.int32)
        used, fresh = (sort_events(events, pdus, request, nothing, 3, own) for own in (room, None))
        assert used.take(1).value.tolist() == fresh.take(1).value.tolist() == [[7], [9]][message]
        assert np.shares_memory(used.events.value, room)
