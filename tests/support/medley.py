"""One capture of everything that is hard about streams, small enough to run uncompiled; as a program it prints it."""

from __future__ import annotations

import json
from collections.abc import Sequence

from tests.support.conversations import PSH, SMALL, SYN, Connection, Dissected, datagram, dissect, mbap, rtu
from tests.support.frames import (
    GRE,
    ICMP,
    START_NS,
    UDP,
    Packet,
    ethernet,
    gre,
    ipv4,
    ipv6,
    mpls,
    tcp,
    udp,
    vxlan,
)

READ, ANSWER = bytes.fromhex("0300000002"), bytes.fromhex("030400010002")
RARE = (
    "07", "08 0004 0000", "0B", "0C", "0F 0013 000A 02 CD01", "11", "14 07 06 0004 0001 0002", "16 0004 00F2 0025",
    "15 09 06 0004 0007 0001 06AF", "17 0003 0006 000E 0001 02 00FF", "18 04DE", "2B 0E 01 00", "2B 0D 01", "5A 00 02",
    "41 0102", "03 0000", "10 0000 0002 03 0001", "83 02", "03 FFFF 0002",
)  # fmt: skip


def make_medley() -> list[Packet]:
    """Packets of some dozen conversations, one after the other in time."""
    packets: list[Packet] = []
    for number, connection in enumerate(_make_connections()):
        packets += [Packet(p.data, p.ts_ns + number * 10**9, p.wirelen) for p in connection.packets]
    packets += [datagram(mbap(READ, 1), number=40_000), datagram(mbap(ANSWER, 1), number=40_001, reply=True)]
    return [*packets, *(Packet(data, START_NS + 60 * 10**9) for data in _make_wrapped())]


def _make_connections() -> list[Connection]:
    """TCP connections, whole and broken, on ports of their own."""
    stream = b"".join(mbap(READ, number) for number in range(1, 7))
    whole = Connection(port=1001).open().ask(stream).answer(b"".join(mbap(ANSWER, n) for n in range(1, 7))).close()
    pieces = Connection(port=1002, isn=(2**32 - 9, 2**32 - 3)).open().ask(stream, sizes=[1, 2, 3, 4, 5] * 4)
    mixed = Connection(port=1003).open()
    for at in (24, 0, 48, 12, 12, 40, 36):
        mixed.place(at, stream[at : at + 12])
    gap = Connection(port=1004).open().place(0, stream[:30]).place(41, stream[41:])
    gap.place(0, mbap(ANSWER, 4), from_server=True, ack=72)
    cut = Connection(port=1005).open().ask(stream, keep=84).ask(mbap(READ, 9)).wait(400).answer(mbap(ANSWER, 9))
    rare = Connection(port=1006).open()
    for number, pdu in enumerate(RARE):
        rare.ask(mbap(bytes.fromhex(pdu), number)).answer(mbap(bytes.fromhex(pdu), number))
    bad = Connection(port=1007).open().ask(mbap(READ, 1)).ask(mbap(READ, 2, length=0) + mbap(READ, 3)).ask(b"\xff" * 30)
    bad.put(tcp(mbap(READ, 4), 1007, seq=0x70000000, flags=PSH)).ask(mbap(READ, 5)).place(9, b"", flags=SYN)
    serial = Connection(port=1008, served=4001).open().ask(rtu(READ), sizes=[3]).answer(rtu(ANSWER), sizes=[2, 2])
    serial.ask(rtu(READ, damage=1)).ask(rtu(READ, 2)).answer(rtu(b"\x83\x02", 2))
    web = Connection(port=1009).open().ask(b"GET / HTTP/1.1\r\n\r\n").answer(b"HTTP/1.1 200 OK\r\n\r\n" * 9).close()
    six = Connection("2001:db8::9", "2001:db8::1", port=1010).open().ask(mbap(READ, 1)).answer(mbap(ANSWER, 1))
    again = Connection(port=1001, isn=(5, 6)).open().ask(mbap(READ, 77))
    long = Connection(port=1011, served=1883).open().ask(bytes.fromhex("100d00044d5154540402003c000161"))
    long.ask(bytes.fromhex("30b8980400016e") + bytes(68_661) + b"\xc0\x00", sizes=[9000] * 7)
    return [whole, pieces, mixed, gap, cut, rare, bad, serial, web, six, again, long]


def _make_wrapped() -> list[bytes]:
    """Tags, tunnels, fragments, and what is no IP."""
    inner = ipv4(udp(mbap(READ, 8), 3000), UDP, "10.9.0.1", "10.9.0.2")
    body = udp(mbap(READ, 9), 3001)
    return [
        ethernet(inner, tags=[(0x88A8, 5), (0x8100, 6)]),
        ethernet(mpls(inner, 1, 2), 0x8847),
        ethernet(ipv4(gre(ethernet(inner), 0x6558, key=True), GRE)),
        ethernet(ipv4(udp(vxlan(ethernet(inner)), 5, 4789), UDP)),
        ethernet(ipv4(body[8:], UDP, "10.9.0.3", "10.9.0.4", offset=8)),
        ethernet(ipv4(body[:8], UDP, "10.9.0.3", "10.9.0.4", more=True)),
        ethernet(ipv6(body, UDP), 0x86DD),
        ethernet(ipv4(bytes([8, 0, 0, 0]), ICMP)),
        ethernet(b"\x01" * 40, 0x88CC),
        ethernet(inner)[:30],
    ]


def render(found: Dissected) -> list[str]:
    """Every record and the counters as text, in an order of their own."""
    records = [json.dumps(record, default=str, sort_keys=True) for record in (*found.flow, *found.modbus, *found.asset)]
    return [*sorted(records), json.dumps(found.counters, sort_keys=True)]


def dissect_medley(cuts: Sequence[int] = ()) -> list[str]:
    """Records of the medley as text."""
    return render(dissect(make_medley(), cuts=cuts, limits=SMALL))


if __name__ == "__main__":
    print("\n".join(dissect_medley()))  # noqa: T201 - a program
