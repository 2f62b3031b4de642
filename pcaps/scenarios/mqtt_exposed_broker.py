"""The broker can be reached from the internet: somebody finds it, listens for a while and gives a command."""

from __future__ import annotations

from pcaps.scenarios.rig.stage import Stage
from pcaps.scenarios.rig.telemetry import SCALE, make_client, make_scenario, run_client


async def attack(stage: Stage) -> None:
    """Connect without a name, listen to the plant's topics, then tare the scale."""
    await stage.until(40)
    stage.mark()
    async with run_client(make_client("shodan-probe")) as client:
        client.subscribe("#", 0)
        await stage.until(80)
        stage.mark()
        client.publish(f"{SCALE}/cmd", b'{"cmd":"tare"}', 1)
        await stage.wait(5)


SCENARIO = make_scenario("mqtt_exposed_broker.pcap.gz", 50, 110, {"internet": attack}, strangers=("internet",))
