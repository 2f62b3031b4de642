"""DNS messages made byte by byte, and the records that the table makes of them without packets and streams."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from parsers.columns import Conversations, Origin
from parsers.dns_table import DnsTable
from parsers.message import CONVERSATION, MESSAGE, WHOLE
from parsers.packet import TCP, UDP
from parsers.protocol import DNS, DNS_STREAM
from parsers.tracker import Limits

A, NS, CNAME, SOA, PTR, MX, TXT, AAAA, SRV, NAPTR, OPT, HTTPS = 1, 2, 5, 6, 12, 15, 16, 28, 33, 35, 41, 65
RD, REPLY, AUTHORITATIVE, TRUNCATED = 0x0100, 0x8180, 0x0400, 0x0200
POINTER = b"\xc0\x0c"
"""Compression pointer to the first question's name."""

Record = dict[str, Any]


def name(text: str) -> bytes:
    """Uncompressed name of dotted ASCII labels (RFC 1035 §3.1)."""
    labels = [label.encode() for label in text.split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def string(text: str) -> bytes:
    """Character string (RFC 1035 §3.3)."""
    return bytes([len(text)]) + text.encode()


def question(owner: bytes | str = "plc.example.cn", kind: int = A, group: int = 1) -> bytes:
    """One question."""
    return (name(owner) if isinstance(owner, str) else owner) + struct.pack("!HH", kind, group)


def record(kind: int, data: bytes, owner: bytes | str = POINTER, ttl: int = 60, group: int = 1) -> bytes:
    """One resource record."""
    wire = name(owner) if isinstance(owner, str) else owner
    return wire + struct.pack("!HHIH", kind, group, ttl, len(data)) + data


def message(
    word: int = RD, questions: Sequence[bytes] = (), answers: Sequence[bytes] = (), authorities: Sequence[bytes] = (),
    additionals: Sequence[bytes] = (), *, number: int = 7, counts: Sequence[int] | None = None,
) -> bytes:  # fmt: skip
    """Make a whole message; ``counts`` replaces the header's four counts."""
    sections = (questions, answers, authorities, additionals)
    head = struct.pack("!HH4H", number, word, *(counts or map(len, sections)))
    return head + b"".join(part for section in sections for part in section)


def query(owner: bytes | str = "plc.example.cn", kind: int = A, *, number: int = 7, word: int = RD) -> bytes:
    """A query of one question."""
    return message(word, [question(owner, kind)], number=number)


def answer(
    owner: bytes | str = "plc.example.cn", kind: int = A, data: bytes = b"\x0a\0\0\x05", *, number: int = 7,
    word: int = REPLY,
) -> bytes:  # fmt: skip
    """Make a reply with one record of the type asked for."""
    return message(word, [question(owner, kind)], [record(kind, data)], number=number)


@dataclass(frozen=True, slots=True)
class Said:
    """One message of a conversation."""

    data: bytes
    from_server: bool = False
    talk: int = 0
    """Which conversation."""
    status: int = WHOLE
    wire: int = 0
    """Length on the wire where only the beginning is there."""


@dataclass(frozen=True, slots=True)
class Talk:
    """Ends of a conversation."""

    source: str = "10.0.0.1"
    destination: str = "10.0.0.2"
    source_port: int = 40_000
    destination_port: int = 53
    stream: bool = False


def ask(asked: bytes, answered: bytes | None = None) -> list[Said]:
    """A query and its reply."""
    return [Said(asked)] + ([Said(answered, from_server=True)] if answered is not None else [])


def tabulate(
    said: Sequence[Said], talks: Sequence[Talk] = (Talk(),), *, cuts: Iterable[int] = (), limits: Limits | None = None
) -> tuple[list[Record], DnsTable]:
    """Records of messages given in batches of ``cuts`` and one of the rest; all are complete at the end."""
    table = DnsTable(Origin("c" * 64, "sensor", lambda _source, _destination: ""), limits or Limits())
    conversations = Conversations(_make_conversations(talks), Origin("c" * 64, "sensor", lambda _s, _d: ""))
    found: list[Record] = []
    waiting: list[tuple[int, int]] = []
    at = 0
    sizes = [*cuts]
    for place, size in enumerate((*sizes, len(said))):
        part = [*waiting, *((number, 0) for number in range(at, min(at + size, len(said))))]
        at = min(at + size, len(said))
        buffer, messages = _make_messages(said, part, talks)
        flush = place == len(sizes)
        empty = np.empty(0, dtype=np.uint8)
        found += table.add(buffer, empty, messages, conversations, flush=flush).to_pylist()
        waiting = [(int(m["packet"]), int(m["duplicate"])) for m in table.waiting]
    return found, table


def only(said: Sequence[Said], talks: Sequence[Talk] = (Talk(),)) -> Record:
    """The one record of messages, without what is null."""
    records, _ = tabulate(said, talks)
    assert len(records) == 1, records
    return {column: value for column, value in records[0].items() if value is not None}


def _make_messages(said: Sequence[Said], part: Sequence[tuple[int, int]], talks: Sequence[Talk]) -> tuple[Any, Any]:
    """Bytes and MESSAGE[n] of some messages, each in a packet of its own, a millisecond apart."""
    messages: Any = np.zeros(len(part), dtype=MESSAGE).view(np.recarray)
    pieces: list[bytes] = []
    at = 0
    for m, (number, duplicate) in zip(messages, part, strict=True):
        item, talk = said[number], talks[said[number].talk]
        data = struct.pack("!H", len(item.data)) + item.data if talk.stream else item.data
        pieces.append(data)
        m.offset, m.length, m.wire = at, len(data), max(item.wire, len(data))
        m.packet = m.packet_end = number
        m.ts_ns = m.end_ns = 1_700_000_000_000_000_000 + number * 1_000_000
        m.flow_uid, m.conversation, m.from_server = item.talk + 1, item.talk, item.from_server
        m.status, m.duplicate, m.app = item.status, duplicate, DNS_STREAM if talk.stream else DNS
        at += len(data)
    return np.frombuffer(bytearray(b"".join(pieces)), dtype=np.uint8), messages


def _make_conversations(talks: Sequence[Talk]) -> Any:
    """CONVERSATION[n] of the talks."""
    table: Any = np.zeros(len(talks), dtype=CONVERSATION).view(np.recarray)
    for row, talk in zip(table, talks, strict=True):
        row.version, row.vlan, row.protocol = 4, -1, TCP if talk.stream else UDP
        row.source3, row.destination3 = (int.from_bytes(bytes(map(int, end.split(".")))) for end in _ends(talk))
        row.source_port, row.destination_port = talk.source_port, talk.destination_port
        row.source_mac, row.destination_mac = 0x02000000000A, 0x02000000000B
    return table


def _ends(talk: Talk) -> tuple[str, str]:
    return talk.source, talk.destination
