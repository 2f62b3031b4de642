"""What a real server (dnslib) and a real client (dnspython) say to each other is what our records hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import dnslib
import dnslib.server
import pytest
from dns import message as dns_message
from dns import query as dns_query

from tests.support.dns_messages import Record, Said, Talk, tabulate

ZONE = """
0.0.6.2.2.3.1.4.1.4.1.6.0.gtin.gs1.id.onsepc.com. 300 IN NAPTR 1 0 "u" "EPC+epcis" "!^.*$!http://epcis.example.cn/q!" .
0.0.6.2.2.3.1.4.1.4.1.6.0.gtin.gs1.id.onsepc.com. 300 IN NAPTR 2 5 "" "" "" gtin.gs1.id.ons-peer.eu.
1.102.101818.156.16.2.oid-res.org. 60 IN NAPTR 100 10 "u" "ORS+COID" "!^.*$!https://oid.example.cn/{i}!" .
plc.example.cn. 60 IN A 10.0.0.5
plc.example.cn. 60 IN AAAA 2001:db8::5
www.example.cn. 60 IN CNAME plc.example.cn.
_opcua-tcp._tcp.example.cn. 60 IN SRV 1 2 4840 plc.example.cn.
example.cn. 60 IN MX 10 mail.example.cn.
example.cn. 60 IN TXT "handle=88.608.8889/park" "second; part"
example.cn. 60 IN NS ns1.example.cn.
example.cn. 60 IN SOA ns1.example.cn. admin.example.cn. 1 2 3 4 5
5.0.0.10.in-addr.arpa. 60 IN PTR plc.example.cn.
"""
ASKED = (
    ("0.0.6.2.2.3.1.4.1.4.1.6.0.gtin.gs1.id.onsepc.com", "NAPTR"),
    ("1.102.101818.156.16.2.oid-res.org", "NAPTR"),
    ("plc.example.cn", "A"),
    ("plc.example.cn", "AAAA"),
    ("www.example.cn", "CNAME"),
    ("_opcua-tcp._tcp.example.cn", "SRV"),
    ("example.cn", "MX"),
    ("example.cn", "TXT"),
    ("example.cn", "NS"),
    ("example.cn", "SOA"),
    ("5.0.0.10.in-addr.arpa", "PTR"),
    ("missing.example.cn", "A"),
)


class Zone:
    """Answers from ``ZONE``."""

    def __init__(self) -> None:
        """Parse the zone."""
        self._records = dnslib.RR.fromZone(ZONE)

    def resolve(self, request: Any, _handler: Any) -> Any:
        """Reply with the records of the name and type asked for."""
        reply, asked = request.reply(), request.q
        for found in self._records:
            if found.rname == asked.qname and found.rtype == asked.qtype:
                reply.add_answer(found)
        if not reply.rr:
            reply.header.rcode = dnslib.RCODE.NXDOMAIN
        return reply


@dataclass
class Ears:
    """Keeps the bytes of every message of the server's sockets."""

    said: list[Said] = field(default_factory=list)

    def log_recv(self, _handler: Any, data: bytes) -> None:
        """Keep a query."""
        self.said.append(Said(bytes(data)))

    def log_send(self, _handler: Any, data: bytes) -> None:
        """Keep a reply."""
        self.said.append(Said(bytes(data), from_server=True))

    def __getattr__(self, name: str) -> Any:
        """Whatever else the server wants to tell is not kept."""
        if name.startswith("log_"):
            return lambda *_: None
        raise AttributeError(name)


@pytest.fixture(params=[False, True], ids=["udp", "tcp"])
def exchange(request: pytest.FixtureRequest) -> tuple[list[Record], list[Any]]:
    """Records of all exchanges, and what the client understood."""
    ears, tcp = Ears(), request.param
    server = dnslib.server.DNSServer(Zone(), address="127.0.0.1", port=0, tcp=tcp, logger=ears)
    server.start_thread()
    port = server.server.server_address[1]
    ask = dns_query.tcp if tcp else dns_query.udp
    try:
        asked = [dns_message.make_query(name, kind, use_edns=0, payload=1232) for name, kind in ASKED]
        understood = [ask(query, "127.0.0.1", port=port, timeout=10) for query in asked]
    finally:
        server.stop()
        server.server.server_close()
        server.thread.join(10)
    talk = Talk("127.0.0.1", "127.0.0.1", 40_000, port, stream=tcp)
    return tabulate(ears.said, (talk,))[0], understood


def test_exchanges_are_understood_alike(exchange: tuple[list[Record], list[Any]]) -> None:
    """Names, types, times to live, data and codes are what the client got."""
    records, understood = exchange
    assert [(r["dns.question.name"], r["dns.question.type"]) for r in records] == list(ASKED)
    for record, reply in zip(records, understood, strict=True):
        assert (record["wanglou.pairing"], record["error.code"]) == ("paired", None)
        assert record["dns.id"] == str(reply.id)
        assert record["dns.response_code"] == ("NXDOMAIN" if reply.rcode() else "NOERROR")
        found = [(rrset.ttl, drop_dots(data.to_text())) for rrset in reply.answer for data in rrset]
        assert sorted(record["dns.answers.data"] or []) == sorted(text for _, text in found)
        assert (record["dns.answers.ttl"] or []) == [ttl for ttl, _ in found]
        assert record["dns.edns.request.udp_size"] == 1232


def drop_dots(text: str) -> str:
    """A zone file's text with names as we write them: no dot at their end."""
    words = [word if word == "." or word.startswith('"') else word.removesuffix(".") for word in text.split(" ")]
    return " ".join(words)


def test_resolution_of_identifiers(exchange: tuple[list[Record], list[Any]]) -> None:
    """The names of ONS and ORS are understood, and their NAPTR records taken apart."""
    ons, ors = exchange[0][:2]
    assert (ons["dns.resolution.system"], ons["dns.resolution.identifier"]) == ("ons", "gtin:00614141322602")
    assert sorted(ons["dns.naptr.services"]) == ["", "EPC+epcis"]
    assert "!^.*$!http://epcis.example.cn/q!" in ons["dns.naptr.regexp"]
    assert "gtin.gs1.id.ons-peer.eu" in ons["dns.naptr.replacement"]
    assert (ors["dns.resolution.system"], ors["dns.resolution.identifier"]) == ("ors", "urn:oid:2.16.156.101818.102.1")
    assert (ors["dns.naptr.services"], ors["dns.naptr.order"]) == (["ORS+COID"], [100])
