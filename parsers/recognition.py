"""What a flow is known to speak, and which side asks, from what was recognised of its bytes (kernel)."""

from __future__ import annotations

from typing import Any

from parsers.flow import RECORDED, SYN_TOLD
from parsers.framing import is_served
from parsers.modbus_frame import REPLY, REQUEST
from parsers.protocol import NOT_RECOGNISED
from wanglou.kernel import kernel

TRIES = 4
"""Segments looked at before a flow is given up as none of ours."""


@kernel
def settle_app(flow: Any, app: int, role: int, side: int) -> None:
    """Remember the protocol; turn the flow round when the bytes show that the other side asks.

    Against the SYN's word only where its sender cannot have arranged it: the other side asks first, as one does that
    is called by its devices; or a side that answers first does so from the served port.
    """
    if app == NOT_RECOGNISED:
        flow.tries += 1
        if flow.tries >= TRIES:
            flow.app = NOT_RECOGNISED
        return
    flow.app = app
    if flow.client_known == RECORDED or role not in (REQUEST, REPLY) or (role == REQUEST) == (side == flow.client):
        return
    own, other = (flow.a_port, flow.b_port) if side == 0 else (flow.b_port, flow.a_port)
    if flow.client_known != SYN_TOLD or role == REQUEST or (is_served(own) and not is_served(other)):
        flow.client = 1 - flow.client
