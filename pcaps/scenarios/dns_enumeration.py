"""A laptop in the office network maps the resolver: version, zone transfer, then every product number in turn."""

from __future__ import annotations

from pcaps.scenarios.rig.nameserver import gtin_name
from pcaps.scenarios.rig.questioner import ask, make_scenario
from pcaps.scenarios.rig.stage import Stage

_WORDS = ("www", "mail", "vpn", "scada", "plc", "hmi", "eng", "dc", "files", "backup", "erp", "test", "dev", "gw")


async def attack(stage: Stage) -> None:
    """Ask for the version, for the whole zone, for usual names, then for 500 numbers of which few exist."""
    await stage.until(30)
    stage.mark()
    await ask("version.bind", "TXT", family="CH")
    await stage.wait(3)
    await ask("chem.example", "AXFR", tcp=True)
    await stage.wait(3)
    for word in _WORDS:
        await ask(f"{word}.chem.example")
    await stage.until(50)
    stage.mark()
    for number in range(500):
        await ask(gtin_name(number), "NAPTR")
        await stage.wait(0.05)


SCENARIO = make_scenario("dns_enumeration.pcap.gz", 66, 120, {"laptop": attack}, strangers=("laptop",))
