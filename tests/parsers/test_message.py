"""Messages and the conversations they belong to."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.flow import CONVERSATIONS, EPOCH, FLOW_RECORD, MESSAGES, RECORDED, SCALARS, SIDE_RECORD
from parsers.message import (
    CONVERSATION,
    MALFORMED_BYTES,
    MESSAGE,
    WHOLE,
    add_message,
    copy_messages,
    register_conversation,
)
from parsers.modbus_pdu import PDU
from parsers.packet import FRAME
from parsers.slot import SLOT


@pytest.mark.parametrize("kind", [FRAME, FLOW_RECORD, SIDE_RECORD, MESSAGE, CONVERSATION, PDU, SLOT])
def test_field_names_hide_nothing(kind: np.dtype[np.void]) -> None:
    """Uncompiled kernels read fields as attributes of numpy records, whose own attributes come first."""
    assert [name for name in kind.names or () if hasattr(np.record, name)] == []


@pytest.mark.parametrize("client", [0, 1])
def test_a_conversation_is_told_from_the_client_s_side(client: int) -> None:
    """Source is the client, whichever side of the flow it is; the number holds for the batch."""
    flow, sides = np.recarray(1, dtype=FLOW_RECORD)[0], np.recarray(2, dtype=SIDE_RECORD)
    conversations, scalars = np.recarray(4, dtype=CONVERSATION), np.zeros(SCALARS, np.int64)
    for name in FLOW_RECORD.names or ():
        flow[name] = 0
    flow.a3, flow.b3, flow.a_port, flow.b_port, flow.client, flow.epoch = 11, 22, 1, 2, client, -1
    sides["mac"] = [111, 222]
    for _ in range(2):
        assert register_conversation(flow, sides[0], sides[1], conversations, scalars) == 0
    assert (scalars[CONVERSATIONS], flow.client_known) == (1, RECORDED)
    row = conversations[0]
    ends = [
        (row.source3, row.source_port, row.source_mac),
        (row.destination3, row.destination_port, row.destination_mac),
    ]
    assert ends[:: 1 if client == 0 else -1] == [(11, 1, 111), (22, 2, 222)]
    scalars[EPOCH] = 7
    assert register_conversation(flow, sides[0], sides[1], conversations, scalars) == 1


def test_messages_are_appended_and_counted() -> None:
    """Each message knows its side, and the flow counts messages and malformed ones."""
    flow = np.recarray(1, dtype=FLOW_RECORD)[0]
    flow.messages = flow.malformed = 0
    flow.client, flow.uid, flow.app = 1, 9, 1
    messages, scalars = np.recarray(2, dtype=MESSAGE), np.zeros(SCALARS, np.int64)
    add_message(messages, scalars, flow, 3, 1, WHOLE, 0, 100, 12, 12, 5, 6, 50, 60, 2)
    add_message(messages, scalars, flow, 3, 0, MALFORMED_BYTES, 1, 0, 7, 7, 6, 6, 60, 60, 0)
    assert (scalars[MESSAGES], flow.messages, flow.malformed) == (2, 2, 1)
    assert messages.from_server.tolist() == [0, 1]
    first = messages[0]
    assert (first.offset, first.length, first.packet, first.packet_end, first.pdu) == (100, 12, 5, 6, 2)
    assert (first.ts_ns, first.end_ns, first.flow_uid, first.conversation) == (50, 60, 9, 3)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 90), st.integers(0, 10)), max_size=12))
def test_bytes_of_messages_are_copied_together(parts: list[tuple[bool, int, int]]) -> None:
    """Messages from the batch and from the spill buffer lie one after the other in the copy."""
    data, spill = np.arange(100, dtype=np.uint8), np.arange(100, 200, dtype=np.uint8)
    messages = np.recarray(len(parts), dtype=MESSAGE)
    for row, (spilled, offset, length) in zip(messages, parts, strict=True):
        row.spill, row.offset, row.length = spilled, offset, length
    out = np.zeros(sum(length for _, _, length in parts), dtype=np.uint8)
    copy_messages(data, spill, messages, out)
    for row, (spilled, offset, length) in zip(messages, parts, strict=True):
        start = offset + 100 * spilled
        assert out[row.offset : row.offset + length].tolist() == list(range(start, start + length))
        assert row.spill == 1
