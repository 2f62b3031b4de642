"""What a flow is known to speak, and which side asks, from what was recognised of its bytes (kernel)."""

from __future__ import annotations

from typing import Any

from parsers.flow import GUESSED, RECORDED, SYN_TOLD
from parsers.framing import UNTIL_CLOSE, follow
from parsers.packet import Bytes
from parsers.port import is_served
from parsers.protocol import HANDLE, NOT_RECOGNISED, REPLY, REQUEST, SILENT, TLS, TLS_DATA, UNKNOWN
from parsers.tls_frame import is_application_data
from wanglou.kernel import inlined_kernel, kernel

TRIES = 4
"""Segments looked at before a flow is given up as none of ours."""


@inlined_kernel
def is_read(app: int) -> bool:
    """True for a protocol whose messages are read."""
    return app != UNKNOWN and app < SILENT


@kernel
def settle_app(flow: Any, app: int, role: int, side: int) -> None:
    """Remember the protocol; turn the flow round when the bytes show that the other side asks.

    Against the SYN's word only where its sender cannot have arranged it: the other side asks first, as one does that
    is called by its devices; or a side that answers first does so from the served port. Where neither tells, the
    protocol's own port does.
    """
    if app == NOT_RECOGNISED:
        flow.tries += 1
        if flow.tries >= TRIES:
            flow.app = NOT_RECOGNISED
        return
    flow.app = app
    flow.epoch = -1
    own, other = (flow.a_port, flow.b_port) if side == 0 else (flow.b_port, flow.a_port)
    serves = is_served(app, own) and not is_served(app, other)
    if role not in (REQUEST, REPLY):
        if flow.client_known == GUESSED and is_served(app, own) != is_served(app, other):
            flow.client = 1 - side if serves else side
        return
    if flow.client_known == RECORDED or (role == REQUEST) == (side == flow.client):
        return
    if flow.client_known != SYN_TOLD or role == REQUEST or serves:
        flow.client = 1 - flow.client


@inlined_kernel
def may_switch(app: int) -> bool:
    """True for a protocol after whose messages another one may be spoken."""
    return HANDLE <= app <= TLS  # HTTP is between them


@kernel
def switch_app(flow: Any, mine: Any, other: Any, buf: Bytes, pos: int, end: int, from_client: bool) -> None:
    """Go on with another protocol where the message ``buf[pos:end]`` said so; its records name the new one.

    A side of TLS is skipped from its first application data on; where both are, the flow turns silent.
    """
    if flow.app == TLS:
        if is_application_data(buf, pos, end):
            mine.skip = UNTIL_CLOSE
            if other.skip > 0:
                flow.app = TLS_DATA
        return
    app = follow(flow.app, buf, pos, end, from_client)
    if app != flow.app:
        flow.app = app
        flow.epoch = -1
