"""Conversations to packets, and packets to the records that the parser stage makes of them."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import pyarrow as pa

from parsers.dissection import Dissector
from parsers.tracker import Limits
from tests.support.frames import START_NS, STEP_NS, TCP, UDP, Packet, ethernet, ipv4, ipv6, make_batch, tcp, udp

CAPTURE = "c" * 64
SMALL = Limits(flows=64, slots=8, pending=64, fragments=8, gathered=0)
FIN, SYN, RST, PSH, ACK = 0x01, 0x02, 0x04, 0x08, 0x10

PLACES = ("@timestamp", "event.duration", "wanglou.packet", "wanglou.packet_end", "wanglou.pdu", "wanglou.capture")
"""Columns that tell where and when; the others tell what was said."""

Record = dict[str, Any]

READ, ANSWER = bytes.fromhex("0300000001"), bytes.fromhex("0302002a")
"""Reads one holding register; it holds 42."""


def mbap(pdu: bytes, transaction: int = 1, unit: int = 1, *, protocol: int = 0, length: int | None = None) -> bytes:
    """Modbus/TCP message (Messaging Guide V1.0b §3.1.3)."""
    return struct.pack("!HHHB", transaction, protocol, len(pdu) + 1 if length is None else length, unit) + pdu


def rtu(pdu: bytes, unit: int = 1, *, damage: int = 0) -> bytes:
    """RTU frame (Serial Line V1.02 §2.5.1); ``damage`` spoils the CRC."""
    crc = 0xFFFF
    for byte in bytes([unit]) + pdu:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return bytes([unit]) + pdu + struct.pack("<H", crc ^ damage)


class Connection:
    """A TCP connection that writes down its packets; ``place`` gives full control, the rest keeps the numbers."""

    def __init__(
        self, client: str = "10.0.0.1", server: str = "10.0.0.2", port: int = 40000, served: int = 502, *,
        isn: tuple[int, int] = (1000, 5000), start_ns: int = START_NS,
    ) -> None:  # fmt: skip
        """``isn`` are the initial sequence numbers of client and server."""
        self.packets: list[Packet] = []
        self.now_ns = start_ns
        self._ends, self._ports, self._isn = (client, server), (port, served), isn
        self._sent = [0, 0]

    def put(self, segment: bytes, *, from_server: bool = False, keep: int | None = None) -> Self:
        """Write down one segment; ``keep`` cuts the packet to so many bytes, as a short snaplen does."""
        source, destination = self._ends[::-1] if from_server else self._ends
        v6 = ":" in source
        data = ethernet((ipv6 if v6 else ipv4)(segment, TCP, source, destination), 0x86DD if v6 else 0x0800)
        self.packets.append(Packet(data[:keep], self.now_ns, len(data)))
        self.now_ns += STEP_NS
        return self

    def place(self, offset: int, payload: bytes, *, from_server: bool = False, **fields: Any) -> Self:
        """Send bytes that begin ``offset`` bytes into the stream; fields: flags, ack (offset), keep."""
        near, far = (1, 0) if from_server else (0, 1)
        seq = self._isn[near] + 1 + offset
        ack = self._isn[far] + 1 + fields.get("ack", self._sent[far])
        segment = tcp(
            payload, self._ports[near], self._ports[far], seq=seq, ack=ack, flags=fields.get("flags", PSH | ACK)
        )
        return self.put(segment, from_server=from_server, keep=fields.get("keep"))

    def open(self) -> Self:
        """Three-way handshake."""
        self.place(-1, b"", flags=SYN)
        self.place(-1, b"", flags=SYN | ACK, from_server=True)
        return self.place(0, b"", flags=ACK)

    def send(self, payload: bytes, *, from_server: bool = False, sizes: Iterable[int] = (), **fields: Any) -> Self:
        """Send the next bytes of a side, in segments of ``sizes`` and the rest in one more."""
        near = 1 if from_server else 0
        for piece in cut(payload, sizes):
            self._sent[near] += len(piece)
            self.place(self._sent[near] - len(piece), piece, from_server=from_server, **fields)
        return self

    def ask(self, payload: bytes, **fields: Any) -> Self:
        """Send from the client."""
        return self.send(payload, **fields)

    def answer(self, payload: bytes, **fields: Any) -> Self:
        """Send from the server."""
        return self.send(payload, from_server=True, **fields)

    def wait(self, seconds: float) -> Self:
        """Let packet time pass."""
        self.now_ns += int(seconds * 1_000_000_000)
        return self

    def close(self) -> Self:
        """FIN from both sides."""
        self.place(self._sent[0], b"", flags=FIN | ACK)
        return self.place(self._sent[1], b"", flags=FIN | ACK, from_server=True)


def datagram(payload: bytes, *, reply: bool = False, number: int = 0, served: int = 502) -> Packet:
    """UDP datagram between 10.0.0.1:40000 and 10.0.0.2; ``number`` sets its time."""
    ports, ends = (40000, served), ("10.0.0.1", "10.0.0.2")
    if reply:
        ports, ends = ports[::-1], ends[::-1]
    return Packet(ethernet(ipv4(udp(payload, *ports), UDP, *ends)), START_NS + number * STEP_NS)


def cut(whole: bytes, sizes: Iterable[int]) -> list[bytes]:
    """Pieces of ``sizes`` bytes each, then what is left; sizes below one are one."""
    pieces, at = [], 0
    for size in sizes:
        if at < len(whole):
            pieces.append(whole[at : at + max(size, 1)])
            at += max(size, 1)
    return [*pieces, whole[at:]] if at < len(whole) else pieces


@dataclass(frozen=True, slots=True)
class Dissected:
    """Records of one capture."""

    flow: list[Record]
    modbus: list[Record]
    counters: dict[str, int]
    dissector: Dissector
    asset: list[Record]
    others: dict[str, list[Record]] = field(default_factory=dict)
    """Records of the other datasets."""

    @property
    def ids(self) -> list[tuple[str, int, int]]:
        """What tells the records apart: dataset, packet, PDU."""
        return [(r["event.dataset"], r["wanglou.packet"], r["wanglou.pdu"]) for r in (*self.flow, *self.modbus)]


def dissect(
    packets: Sequence[Packet], *, cuts: Iterable[int] = (), limits: Limits = SMALL, **options: Any
) -> Dissected:
    """Dissect packets given in batches of ``cuts`` packets and one of the rest."""
    dissector = Dissector(CAPTURE, "sensor", limits=limits, **options)
    found: dict[str, list[Record]] = {"flow": [], "modbus": [], "asset": []}
    at = 0
    for size in (*cuts, len(packets)):
        part = packets[at : at + size]
        if part:
            _collect(found, dissector.feed(make_batch(part, first=at)))
        at += size
    _collect(found, dissector.finish())
    return Dissected(found["flow"], found["modbus"], dissector.counters, dissector, found["asset"], found)


def _collect(found: dict[str, list[Record]], tables: Mapping[str, pa.Table]) -> None:
    """Add the rows of a batch's tables."""
    for name, table in tables.items():
        found.setdefault(name, []).extend(table.to_pylist())


def said(record: Record) -> Record:
    """What a record says, without where and when and without what is null."""
    return {name: value for name, value in record.items() if value is not None and name not in PLACES}


def only(records: Sequence[Record]) -> Record:
    """The one record there is."""
    assert len(records) == 1, [said(record) for record in records]
    return records[0]


def numbers(found: Dissected, pairing: str = "paired") -> list[int]:
    """Transaction ids of the records of one kind, in the order of their numbers."""
    return sorted(r["modbus.transaction_id"] for r in found.modbus if r["wanglou.pairing"] == pairing)


def broken(found: Dissected) -> list[Record]:
    """Records of messages that could not be read to their end."""
    return [record for record in found.modbus if record["wanglou.pairing"] == "malformed"]


def paired(records: list[Record]) -> list[int]:
    """Transaction ids of the paired records, in order."""
    return [record["modbus.transaction_id"] for record in records if record["wanglou.pairing"] == "paired"]


def polls(connection: Connection, count: int, seconds: float = 0.0, *, start: int = 0) -> Connection:
    """Requests with their replies, ``seconds`` apart."""
    for number in range(start, start + count):
        connection.ask(mbap(READ, number)).answer(mbap(ANSWER, number)).wait(seconds)
    return connection


def exchange(request: bytes | str, reply: bytes | str | None = None, **changes: Any) -> Record:
    """The one record of a request and its reply; ``changes`` go into the reply's header."""
    asked, answered = (bytes.fromhex(pdu) if isinstance(pdu, str) else pdu for pdu in (request, reply or b""))
    connection = Connection().open().ask(mbap(asked, 5, 17))
    if reply is not None:
        connection.answer(mbap(answered, **{"transaction": 5, "unit": 17, **changes}))
    return only(dissect(connection.packets).modbus)
