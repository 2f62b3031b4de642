"""Datagrams to messages (kernel)."""

from __future__ import annotations

from typing import Any

from parsers.flow import GAP_BYTES, GAPS, Scalars
from parsers.framing import measure_datagram, recognise
from parsers.message import MALFORMED_BYTES, WHOLE, add_message, register_conversation
from parsers.packet import UDP, Bytes
from parsers.protocol import NOT_RECOGNISED, UNKNOWN
from parsers.recognition import is_read, settle_app
from wanglou.kernel import inlined_kernel, int64


@inlined_kernel
def parse_datagram(
    buf: Bytes, pos: int, end: int, missing: int, flow: Any, near: Any, far: Any, side: int, packet: int, ts: int,
    spill: int, messages: Any, conversations: Any, scalars: Scalars,
) -> None:  # fmt: skip
    """Parse a datagram: whole messages only, and what is left over is malformed.

    One of which the sensor cut off ``missing`` bytes is counted, and not looked at.
    """
    if missing > 0:
        mine = near if side == 0 else far
        scalars[GAPS] += 1
        scalars[GAP_BYTES] += missing
        mine.gap_bytes += missing
        return
    if flow.app == UNKNOWN:
        app, role = recognise(buf, pos, end, int64(flow.a_port), int64(flow.b_port), flow.protocol == UDP)
        settle_app(flow, app if app != UNKNOWN else NOT_RECOGNISED, role, side)
        if not is_read(flow.app):
            return
    pdu = int64(0)
    conversation = register_conversation(flow, near, far, conversations, scalars)
    while pos < end:
        size = measure_datagram(flow.app, buf, pos, end, side == flow.client)
        status = WHOLE
        if size <= 0 or size > end - pos:
            status = MALFORMED_BYTES
            size = end - pos
        add_message(
            messages, scalars, flow, conversation, side, status, spill, pos, size, size, packet, packet, ts, ts, pdu
        )
        pos += size
        pdu += 1
