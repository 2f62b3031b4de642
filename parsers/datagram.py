"""Datagrams to messages (kernel)."""

from __future__ import annotations

from typing import Any

from parsers.flow import Scalars
from parsers.framing import is_served, measure, recognise
from parsers.message import MALFORMED_BYTES, WHOLE, add_message, register_conversation
from parsers.packet import Bytes
from parsers.protocol import NOT_RECOGNISED, UNKNOWN
from parsers.recognition import settle_app
from wanglou.kernel import int64, kernel


@kernel
def parse_datagram(
    buf: Bytes, pos: int, end: int, flow: Any, near: Any, far: Any, side: int, packet: int, ts: int, spill: int,
    messages: Any, conversations: Any, scalars: Scalars,
) -> None:  # fmt: skip
    """Parse a datagram: whole messages only, and what is left over is malformed."""
    if flow.app == UNKNOWN:
        app, role = recognise(buf, pos, end, is_served(flow.a_port) or is_served(flow.b_port), True)
        settle_app(flow, app if app != UNKNOWN else NOT_RECOGNISED, role, side)
        if flow.app in (UNKNOWN, NOT_RECOGNISED):
            return
    pdu = int64(0)
    conversation = register_conversation(flow, near, far, conversations, scalars)
    while pos < end:
        size = measure(flow.app, buf, pos, end, side == flow.client)
        status = WHOLE
        if size <= 0 or size > end - pos:
            status = MALFORMED_BYTES
            size = end - pos
        add_message(messages, scalars, flow, conversation, side, status, spill, pos, size, packet, packet, ts, ts, pdu)
        pos += size
        pdu += 1
