"""A message: one protocol data unit's bytes, whose they are, and where in the capture they came from (kernels)."""

from __future__ import annotations

from typing import Any

import numpy as np

from parsers.flow import CONVERSATIONS, EPOCH, MESSAGES, RECORDED, SPOKEN, Scalars
from parsers.packet import Bytes
from parsers.protocol import SILENT
from wanglou.kernel import int64, kernel

# How its bytes were found.
WHOLE, MALFORMED_BYTES, BROKEN_BY_GAP, STRAY = 0, 1, 2, 3  # stray: whole, but numbered far outside the stream

MESSAGE = np.dtype(
    [
        ("offset", "i8"),  # in the batch's data, or in the spill buffer
        ("packet", "i8"),  # ordinal of the packet it begins in
        ("packet_end", "i8"),
        ("ts_ns", "i8"),  # of the packet it begins in
        ("end_ns", "i8"),
        ("flow_uid", "i8"),
        ("wire", "i8"),  # bytes the message has on the wire; more than length where only its beginning is kept
        ("length", "i4"),
        ("conversation", "i4"),
        ("pdu", "i4"),  # which message of that packet
        ("app", "u1"),
        ("from_server", "u1"),
        ("status", "u1"),
        ("spill", "u1"),
        ("duplicate", "u1"),  # another request waited under its key when it came
    ],
    align=True,
)

CONVERSATION = np.dtype(
    [
        ("uid", "i8"),
        ("source_mac", "i8"),
        ("destination_mac", "i8"),
        ("source0", "u4"),
        ("source1", "u4"),
        ("source2", "u4"),
        ("source3", "u4"),
        ("destination0", "u4"),
        ("destination1", "u4"),
        ("destination2", "u4"),
        ("destination3", "u4"),
        ("source_port", "u2"),
        ("destination_port", "u2"),
        ("vlan", "i2"),
        ("version", "u1"),
        ("protocol", "u1"),
        ("app", "u1"),
    ],
    align=True,
)
"""What a record says of its flow: kept once per flow and batch, so that text is made once and not per record."""


@kernel
def register_conversation(flow: Any, near: Any, far: Any, conversations: Any, scalars: Scalars) -> int:
    """Number of the flow among the batch's conversations, adding it at first sight; ``near`` is side 0."""
    if flow.epoch == scalars[EPOCH]:
        return int(flow.conversation)
    index = scalars[CONVERSATIONS]
    scalars[CONVERSATIONS] = index + 1
    flow.epoch = scalars[EPOCH]
    flow.conversation = index
    flow.client_known = RECORDED
    c = conversations[index]
    c.uid = flow.uid
    c.vlan = flow.vlan
    c.version = flow.version
    c.protocol = flow.protocol
    c.app = flow.app
    if flow.app < SILENT:
        scalars[SPOKEN] |= 1 << int64(flow.app)
    if flow.client == 0:
        c.source_mac, c.destination_mac = near.mac, far.mac
        c.source0, c.source1, c.source2, c.source3, c.source_port = flow.a0, flow.a1, flow.a2, flow.a3, flow.a_port
        c.destination0, c.destination1, c.destination2 = flow.b0, flow.b1, flow.b2
        c.destination3, c.destination_port = flow.b3, flow.b_port
    else:
        c.source_mac, c.destination_mac = far.mac, near.mac
        c.source0, c.source1, c.source2, c.source3, c.source_port = flow.b0, flow.b1, flow.b2, flow.b3, flow.b_port
        c.destination0, c.destination1, c.destination2 = flow.a0, flow.a1, flow.a2
        c.destination3, c.destination_port = flow.a3, flow.a_port
    return int(index)


@kernel
def add_message(
    messages: Any,
    scalars: Scalars,
    flow: Any,
    conversation: int,
    side: int,
    status: int,
    spill: int,
    offset: int,
    length: int,
    wire: int,
    packet: int,
    packet_end: int,
    ts_ns: int,
    end_ns: int,
    pdu: int,
) -> None:
    """Append one message of ``wire`` bytes of which ``length`` are kept; the caller made room for it."""
    m = messages[scalars[MESSAGES]]
    scalars[MESSAGES] += 1
    flow.messages += 1
    if status not in (WHOLE, STRAY):
        flow.malformed += 1
    m.offset = offset
    m.packet = packet
    m.packet_end = packet_end
    m.ts_ns = ts_ns
    m.end_ns = end_ns
    m.flow_uid = flow.uid
    m.length = length
    m.wire = wire
    m.conversation = conversation
    m.pdu = pdu
    m.app = flow.app
    m.from_server = side != flow.client
    m.status = status
    m.spill = spill
    m.duplicate = 0


@kernel
def copy_messages(data: Bytes, spill: Bytes, messages: Any, out: Bytes) -> None:
    """Copy the bytes of ``messages`` one after the other into ``out`` and point the messages there."""
    at = 0
    for i in range(len(messages)):
        m = messages[i]
        buf = data if m.spill == 0 else spill
        taken, put = buf[m.offset : m.offset + m.length], out[at : at + m.length]
        for k in range(min(len(taken), len(put))):  # bounds that the compiler can see through: it copies blocks
            put[k] = taken[k]
        m.offset = at
        m.spill = 1
        at += m.length


@kernel
def select_messages(messages: Any, first: int, own: int, carried: int, reads: Any, out: Any) -> int:
    """Copy a table's messages to ``out``: its ``own`` carried ones from ``first`` on, then those new after ``carried``.

    ``reads`` bool[256] says which protocols are the table's; returns how many messages it has.
    """
    count = 0
    for i in range(first, first + own):
        out[count] = messages[i]
        count += 1
    for i in range(carried, len(messages)):
        if reads[messages[i].app]:
            out[count] = messages[i]
            count += 1
    return count
