"""A laptop in the office network subscribes to everything the broker has, and to what it says of itself."""

from __future__ import annotations

from pcaps.scenarios.rig.stage import Stage
from pcaps.scenarios.rig.telemetry import V5, make_client, make_scenario, run_client


async def attack(stage: Stage) -> None:
    """Listen to ``#`` with version 5, later to ``$SYS/#`` with 3.1.1, both without a name."""
    await stage.until(40)
    stage.mark()
    async with run_client(make_client("mqtt-explorer-5f21", version=V5)) as client:
        client.subscribe("#", 0)
        await stage.until(110)
    stage.mark()
    async with run_client(make_client("mqtt-spy")) as client:
        client.subscribe("$SYS/#", 0)
        await stage.until(160)


SCENARIO = make_scenario("mqtt_eavesdropping.pcap.gz", 42, 170, {"laptop": attack}, strangers=("laptop",))
