"""A laptop in the office network copies the enterprise's identifiers: by a listing, then number by number."""

from __future__ import annotations

from pcaps.scenarios.rig import handle_message as hdl
from pcaps.scenarios.rig.handle_message import Message
from pcaps.scenarios.rig.node import ADMIN, PREFIX
from pcaps.scenarios.rig.registrar import Questions, connect, make_scenario
from pcaps.scenarios.rig.stage import Stage


async def attack(stage: Stage) -> None:
    """List the prefix, then resolve 600 numbers of which most do not exist."""
    await stage.until(30)
    stage.mark()
    async with connect(stage) as connection:
        await connection.ask(Message(hdl.GET_SITEINFO, hdl.text(ADMIN), 1))
        await connection.ask(Message(hdl.LIST_HANDLE, hdl.text(ADMIN), 2))
    await stage.until(45)
    stage.mark()
    questions = Questions(stage)
    for number in range(150, 750):
        await questions.ask(hdl.RESOLUTION, hdl.ask(f"{PREFIX}/BAG{number:06d}"))
        await stage.wait(0.05)


SCENARIO = make_scenario("handle_enumeration.pcap.gz", 52, 130, {"laptop": attack}, strangers=("laptop",))
