"""A laptop in the office network publishes commands: it shuts a valve by Sparkplug and tares the scale by JSON."""

from __future__ import annotations

from pcaps.scenarios.rig import sparkplug
from pcaps.scenarios.rig.stage import Stage
from pcaps.scenarios.rig.telemetry import (
    DEVICE,
    EDGE,
    SCALE,
    SPARKPLUG,
    command_valve,
    make_client,
    make_scenario,
    run_client,
)


async def attack(stage: Stage) -> None:
    """Send a device command, a node command that makes the edge node start anew, and three plain ones."""
    await stage.until(45)
    async with run_client(make_client("mqttx_92be1a")) as client:
        stage.mark()
        client.publish(f"{SPARKPLUG}/DCMD/{EDGE}/{DEVICE}", command_valve(opened=False))
        await stage.wait(8)
        rebirth = sparkplug.encode({"Node Control/Rebirth": True}, 0, None)
        client.publish(f"{SPARKPLUG}/NCMD/{EDGE}", rebirth)
        await stage.until(75)
        stage.mark()
        for command in (b'{"cmd":"tare"}', b'{"cmd":"set_factor","value":1.07}', b'{"cmd":"stop"}'):
            client.publish(f"{SCALE}/cmd", command, 1)
            await stage.wait(5)


SCENARIO = make_scenario("mqtt_command_write.pcap.gz", 44, 120, {"laptop": attack}, strangers=("laptop",))
