"""A device in the cell answers challenge after challenge with keys it guesses."""

from __future__ import annotations

from pcaps.scenarios.rig import handle_message as hdl
from pcaps.scenarios.rig.handle_message import Value
from pcaps.scenarios.rig.node import PREFIX
from pcaps.scenarios.rig.registrar import connect, make_scenario
from pcaps.scenarios.rig.stage import Stage

_WORDS = ("admin", "123456", "handle", "secret", "teleinfo", "password", "88.118.7", "root", "hdl", "test")


async def attack(stage: Stage) -> None:
    """Try forty keys on one change."""
    await stage.until(30)
    stage.mark()
    url = Value(1, "URL", b"http://203.0.113.80/bag/7")
    async with connect(stage) as connection:
        for ordinal in range(40):
            key = f"{_WORDS[ordinal % len(_WORDS)]}{ordinal // len(_WORDS) or ''}".encode()
            await connection.change(hdl.MODIFY_VALUE, hdl.tell(f"{PREFIX}/BAG000007", [url]), key)
            await stage.wait(1)


SCENARIO = make_scenario("handle_key_guessing.pcap.gz", 55, 110, {"implant": attack}, strangers=("implant",))
