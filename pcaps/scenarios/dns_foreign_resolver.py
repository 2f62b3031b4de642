"""A device in the cell asks a resolver on the internet instead of the plant's; recorded in the cell."""

from __future__ import annotations

from dataclasses import replace

from pcaps.scenarios.rig.nameserver import FOREIGN, Zone, echo_text, park_servers, serve_zone
from pcaps.scenarios.rig.park import IDENTIFIERS
from pcaps.scenarios.rig.questioner import ask, make_scenario
from pcaps.scenarios.rig.stage import Stage

_SUPERVISION, _CELL, *_OTHERS = IDENTIFIERS.segments


async def attack(stage: Stage) -> None:
    """Ask for an update server and for the time, again and again."""
    await stage.until(30)
    stage.mark()
    for _ in range(6):
        for name in ("fw.vendor-update.example", "time.vendor-update.example"):
            await ask(name, "TXT", server=FOREIGN)
            await stage.wait(5)


SCENARIO = make_scenario(
    "dns_foreign_resolver.pcap.gz",
    69,
    110,
    {"implant": attack},
    strangers=("implant", "foreign"),
    servers={**park_servers(), "foreign": serve_zone(lambda: Zone({}, fixed=echo_text), FOREIGN)},
    place=replace(IDENTIFIERS, segments=(_CELL, _SUPERVISION, *_OTHERS)),
)
