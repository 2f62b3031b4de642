"""A node that was never finished: it gives its secret key out, changes without a challenge, and counts questions."""

from __future__ import annotations

from pcaps.scenarios.rig import handle_message as hdl
from pcaps.scenarios.rig.handle_message import Message
from pcaps.scenarios.rig.node import ADMIN, PREFIX
from pcaps.scenarios.rig.registrar import Questions, connect, make_scenario, new_bag
from pcaps.scenarios.rig.stage import Stage


async def attack(stage: Stage) -> None:
    """Read the prefix with its key, register a handle just so, then ask until the node has had enough."""
    await stage.until(30)
    questions = Questions(stage)
    stage.mark()
    await questions.ask(hdl.RESOLUTION, hdl.ask(ADMIN))
    await stage.wait(5)
    stage.mark()
    async with connect(stage) as connection:
        await connection.ask(Message(hdl.CREATE, new_bag(9001), 3))
    await stage.wait(5)
    stage.mark()
    for number in range(1, 241):
        await questions.ask(hdl.RESOLUTION, hdl.ask(f"{PREFIX}/BAG{number:06d}"))
        await stage.wait(0.1)


SCENARIO = make_scenario("handle_weak_node.pcap.gz", 58, 110, {"laptop": attack}, strangers=("laptop",), weak=True)
