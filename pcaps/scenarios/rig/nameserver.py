"""Name servers (dnslib): the park's resolver with a cache, the one of the level above, and one of an attacker.

The resolver knows the plant's own names and forwards the rest: identifiers (GS1 ONS, X.672 ORS) and everything else to
the level above, names of the attacker's domain to the attacker, as recursion would.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from dnslib import NAPTR, QTYPE, RCODE, RR, TXT, A, DNSError, DNSRecord
from dnslib.server import BaseResolver, DNSHandler, DNSServer

from pcaps.scenarios.rig.park import IDENTIFIERS
from pcaps.scenarios.rig.scenario import Serve
from pcaps.scenarios.rig.stage import Stage

RESOLVER, UPPER, FOREIGN = (IDENTIFIERS.host(name).ip for name in ("resolver", "upper_node", "foreign"))

ATTACKER = "cdn-sync.example"
"""Domain of the attacker."""

_HOSTS = {"mes": "10.20.2.41", "node": "10.20.2.61", "broker": "10.20.2.30", "historian": "10.20.2.40"}
_TTL = 600
_GOOD = "http://epcis.chem.example/events"
_BAD = ("http://203.0.113.80/epcis", "ldap://203.0.113.80/o=epcis")


def gtin_name(number: int) -> str:
    """Give the ONS name of the plant's product ``number``: GTIN-14 without check digit, reversed (ONS 2.0.1)."""
    digits = f"06901234{number:05d}"
    return ".".join([*reversed(digits[1:]), digits[0]]) + ".gtin.gs1.id.onsepc.com"


def oid_name(number: int) -> str:
    """Give the ORS name of a device: arcs reversed below oid-res.org (X.672)."""
    return f"{number}.102.101818.156.16.2.oid-res.org"


def _products(*urls: str) -> dict[tuple[str, str], list[RR]]:
    """Give the records of sixty products, the addresses in turn."""
    rules = [f"!^.*$!{url}!".encode() for url in urls]
    return {
        (gtin_name(number), "NAPTR"): [
            RR(
                gtin_name(number),
                QTYPE.NAPTR,
                ttl=_TTL,
                rdata=NAPTR(0, 0, b"u", b"EPC+epcis", rules[number % len(rules)], "."),
            )
        ]
        for number in range(100, 160)
    }


def _devices() -> dict[tuple[str, str], list[RR]]:
    names = {oid_name(number): f"!^.*$!http://node.chem.example/device/{number}!" for number in range(1, 21)}
    return {
        (name, "NAPTR"): [RR(name, QTYPE.NAPTR, ttl=_TTL, rdata=NAPTR(100, 10, b"u", b"ORS+CINF", rule.encode(), "."))]
        for name, rule in names.items()
    }


def _own_names() -> dict[tuple[str, str], list[RR]]:
    zone = {}
    for name, ip in _HOSTS.items():
        zone[f"{name}.chem.example", "A"] = [RR(f"{name}.chem.example", QTYPE.A, ttl=_TTL, rdata=A(ip))]
    texts = [TXT([f"v=park{i}; " + "k=" * 110]) for i in range(12)]
    zone["keys.chem.example", "TXT"] = [RR("keys.chem.example", QTYPE.TXT, ttl=_TTL, rdata=text) for text in texts]
    return zone


@dataclass
class Zone(BaseResolver):  # type: ignore[misc]  # dnslib has no types
    """Answers from what it knows, else from whom it may ask."""

    records: Mapping[tuple[str, str], list[RR]]
    upstream: str = ""
    """Address to forward to; nothing for an authoritative server."""
    cache: dict[tuple[str, str], list[RR]] = field(default_factory=dict)
    fixed: Callable[[DNSRecord], DNSRecord] | None = None
    """Answers instead of the records, where given."""

    def resolve(self, request: DNSRecord, handler: DNSHandler) -> DNSRecord:
        """Answer a request (dnslib's resolver)."""
        _ = handler
        if self.fixed is not None:
            return self.fixed(request)
        reply = request.reply()
        if request.header.opcode or not request.questions:
            reply.header.rcode = RCODE.NOTIMP if request.header.opcode == 0 else RCODE.REFUSED
            return reply
        name, kind = str(request.q.qname).rstrip(".").lower(), QTYPE[request.q.qtype]
        if kind == "AXFR":
            reply.header.rcode = RCODE.REFUSED
            return reply
        found = self.records.get((name, kind)) or self.cache.get((name, kind))
        if found is None and self.upstream and not name.endswith("chem.example"):
            return self._forward(request, name, kind)
        for record in found or []:
            reply.add_answer(record)
        if not found:
            reply.header.rcode = RCODE.NXDOMAIN
        return reply

    def _forward(self, request: DNSRecord, name: str, kind: str) -> DNSRecord:
        target = FOREIGN if name.endswith(ATTACKER) else self.upstream
        reply = request.reply()
        try:
            got = DNSRecord.parse(DNSRecord.question(name, kind).send(target, 53, timeout=2))
        except (OSError, DNSError, UnicodeError):
            reply.header.rcode = RCODE.SERVFAIL
            return reply
        reply.header.rcode = got.header.rcode
        for record in got.rr:
            reply.add_answer(record)
        if got.rr and target == self.upstream:
            self.cache[name, kind] = list(got.rr)
        return reply


def echo_text(request: DNSRecord) -> DNSRecord:
    """Answer every question with a short text, as the far end of a tunnel does."""
    reply = request.reply()
    reply.add_answer(RR(request.q.qname, QTYPE.TXT, ttl=1, rdata=TXT([f"ack {request.header.id:04x}"])))
    return reply


def serve_zone(zone: Callable[[], Zone], ip: str) -> Serve:
    """Make what serves a zone for ever over UDP and TCP."""

    async def serve(stage: Stage, ready: Callable[[], None]) -> None:
        _ = stage
        logging.disable(logging.CRITICAL)
        answers = zone()
        for tcp in (False, True):
            DNSServer(answers, address=ip, port=53, tcp=tcp, logger=_Silence()).start_thread()
        ready()
        await asyncio.Event().wait()

    return serve


class _Silence:
    """Takes what dnslib would print."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_: None


def park_servers(*, redirected: bool = False) -> dict[str, Serve]:
    """Give the resolver and the level above, which hands out foreign addresses when ``redirected``."""
    own = _own_names()
    above = {**_products(*(_BAD if redirected else (_GOOD,))), **_devices()}
    return {
        "resolver": serve_zone(lambda: Zone(own, UPPER), RESOLVER),
        "upper_node": serve_zone(lambda: Zone(above), UPPER),
    }
