"""Handle messages made byte by byte, exchanges of them, and the records that the table makes of those."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from parsers.columns import Conversations, Origin
from parsers.handle import decode_messages
from parsers.handle_frame import find_handle, measure_handle, measure_handle_datagram
from parsers.handle_intake import take_messages
from parsers.handle_pdu import HEAD, PDU, make_pools
from parsers.handle_rows import Decoded
from parsers.handle_table import HandleTable
from parsers.message import BROKEN_BY_GAP, CONVERSATION, MALFORMED_BYTES, MESSAGE, WHOLE
from parsers.packet import TCP, UDP
from parsers.protocol import HANDLE
from parsers.tracker import Limits, carry_over

CAPTURE = "c" * 64
START_NS, STEP_NS = 1_700_000_000_000_000_000, 1_000_000
EXPIRES = START_NS // 1_000_000_000 + 43_200
FLAGS = 0x19000000
"""Recursive, cache authentication, public only: what the CNRI client asks for."""
RD = 0x00800000

Record = dict[str, Any]


def array(content: bytes) -> NDArray[np.uint8]:
    """Bytes as kernels take them."""
    return np.frombuffer(bytearray(content), dtype=np.uint8)


def text(content: str | bytes) -> bytes:
    """String or byte array: four bytes of length, then its bytes (RFC 3652 §2.1.4)."""
    content = content.encode() if isinstance(content, str) else content
    return struct.pack("!I", len(content)) + content


def numbers(*values: int) -> bytes:
    """List of indexes."""
    return struct.pack(f"!{len(values) + 1}I", len(values), *values)


def texts(*values: str | bytes) -> bytes:
    """List of strings."""
    return struct.pack("!I", len(values)) + b"".join(map(text, values))


def value(index: int, kind: str, content: str | bytes, **fields: Any) -> bytes:
    """Handle value as implementations send it; fields: ts, ttl_type, ttl, permissions, references."""
    references: Sequence[tuple[str, int]] = fields.get("references", ())
    head = struct.pack(
        "!IIBIB", index, fields.get("ts", 1_700_000_000), fields.get("ttl_type", 0), fields.get("ttl", 86_400),
        fields.get("permissions", 14),
    )  # fmt: skip
    tail = b"".join(text(handle) + struct.pack("!I", number) for handle, number in references)
    return head + text(kind) + text(content) + struct.pack("!I", len(references)) + tail


def values(*items: bytes) -> bytes:
    """List of handle values."""
    return struct.pack("!I", len(items)) + b"".join(items)


def admin(handle: str, index: int, permissions: int = 0x0FFF) -> bytes:
    """Data of an HS_ADMIN."""
    return struct.pack("!H", permissions) + text(handle) + struct.pack("!I", index)


def site(address: str = "10.20.30.40", port: int = 2641, key: bytes = b"", serial: int = 6) -> bytes:
    """Data of an HS_SITE with one server and one TCP interface."""
    packed = bytes(12) + bytes(int(part) for part in address.split("."))
    server = struct.pack("!I", 1) + packed + text(key) + struct.pack("!IBBI", 1, 3, 1, port)
    return struct.pack("!HBBHBB", 1, 2, 11, serial, 0x80, 2) + text("") + struct.pack("!I", 0) + numbers(1)[:4] + server


def message(op: int, body: bytes = b"", response: int = 0, **fields: Any) -> bytes:
    """Envelope, header, body and credential; fields as in RFC 3652 §2.2, ``length`` and ``body_length`` to lie."""
    credential: bytes | None = fields.get("credential", b"")
    tail = b"" if credential is None else struct.pack("!I", fields.get("credential_length", len(credential)))
    tail += credential or b""
    header = struct.pack(
        "!IIIHBBII", op, response, fields.get("flags", FLAGS), fields.get("serial", 0xFFFF),
        fields.get("recursions", 0), fields.get("reserved", 0), fields.get("expires", EXPIRES),
        fields.get("body_length", len(body)),
    )  # fmt: skip
    major, minor = fields.get("version", (2, 10))
    content = header + body + tail
    envelope = struct.pack(
        "!BBBBIIII", major, minor, fields.get("envelope", 2), 11, fields.get("session", 0), fields.get("request", 1),
        fields.get("number", 0), fields.get("length", len(content)),
    )  # fmt: skip
    return envelope + content


def query(handle: str, *, indexes: Sequence[int] = (), types: Sequence[str] = (), **fields: Any) -> bytes:
    """Resolution request."""
    return message(1, text(handle) + numbers(*indexes) + texts(*types), **fields)


def answer(handle: str, *items: bytes, **fields: Any) -> bytes:
    """Resolution reply."""
    return message(1, text(handle) + values(*items), 1, **fields)


def fragments(whole: bytes) -> list[bytes]:
    """Datagrams of a message: 492 bytes of it each, behind an envelope that says which they are."""
    content = whole[20:]
    pieces = [content[at : at + 492] for at in range(0, len(content), 492)]
    return [
        whole[:2] + bytes([whole[2] | 0x20]) + whole[3:12] + struct.pack("!I", number) + whole[16:20] + piece
        for number, piece in enumerate(pieces)
    ]


@dataclass(slots=True)
class Event:
    """A message as the stream layer found it."""

    content: bytes
    conversation: int
    from_server: bool
    status: int
    ts_ns: int
    packet: int
    pdu: int = 0
    wire: int = 0


@dataclass(slots=True)
class Talk:
    """Exchanges of several clients with one server, in packet order."""

    events: list[Event] = field(default_factory=list)
    ends: list[tuple[int, str, int]] = field(default_factory=list)
    now_ns: int = START_NS
    packets: int = 0

    def join(self, protocol: int = TCP, client: str = "10.0.0.1", app: int = HANDLE) -> int:
        """Begin a conversation; gives its number."""
        self.ends.append((protocol, client, app))
        return len(self.ends) - 1

    def say(self, content: bytes, conversation: int = 0, *, from_server: bool = False, wire: int = 0) -> Self:
        """Send bytes in one packet: a datagram, or messages of a stream that end with it."""
        while len(self.ends) <= conversation:
            self.join()
        data, at, pdu = array(content), 0, 0
        datagram = self.ends[conversation][0] == UDP
        measure = measure_handle_datagram if datagram else measure_handle
        while at < len(content):
            size, status = int(measure(data, at, len(data), not from_server)), WHOLE
            if size <= 0 or size > len(data) - at:
                status = MALFORMED_BYTES if datagram or size < 0 else BROKEN_BY_GAP
                if wire and size == wire:
                    status = WHOLE
                found = len(data) if datagram or size >= 0 else int(find_handle(data, at + 1, len(data), True))
                size = found - at
            event = Event(content[at : at + size], conversation, from_server, status, self.now_ns, self.packets, pdu)
            event.wire = wire or size
            self.events.append(event)
            at, pdu = at + size, pdu + 1
        self.packets += 1
        self.now_ns += STEP_NS
        return self

    def ask(self, content: bytes, conversation: int = 0, **fields: Any) -> Self:
        """Send from the client."""
        return self.say(content, conversation, **fields)

    def reply(self, content: bytes, conversation: int = 0, **fields: Any) -> Self:
        """Send from the server."""
        return self.say(content, conversation, from_server=True, **fields)

    def wait(self, seconds: float) -> Self:
        """Let packet time pass."""
        self.now_ns += int(seconds * 1_000_000_000)
        return self


def _make_conversations(ends: Sequence[tuple[int, str, int]]) -> Any:
    """CONVERSATION[n] of clients with 10.0.0.2."""
    table = np.recarray(len(ends), dtype=CONVERSATION)
    table.view(np.uint8).fill(0)
    for k, (protocol, client, app) in enumerate(ends):
        row = table[k]
        row.uid, row.version, row.protocol, row.app, row.vlan = k, 4, protocol, app, -1
        row.source3 = int.from_bytes(bytes(int(part) for part in client.split(".")), "big")
        row.destination3, row.source_port, row.destination_port = 0x0A000002, 40_000 + k, 2641
    return table


def make_messages(events: Sequence[Event], shift: int) -> tuple[Any, NDArray[np.uint8]]:
    """MESSAGE[n] of events over one buffer; ``shift`` is added to their conversations."""
    table = np.recarray(len(events), dtype=MESSAGE)
    table.view(np.uint8).fill(0)
    at = 0
    for k, event in enumerate(events):
        row = table[k]
        row.offset, row.length, row.wire, row.status = at, len(event.content), event.wire, event.status
        row.packet = row.packet_end = event.packet
        row.ts_ns = row.end_ns = event.ts_ns
        row.flow_uid, row.conversation = event.conversation, event.conversation + shift
        row.from_server, row.pdu, row.app = event.from_server, event.pdu, HANDLE
        at += len(event.content)
    return table, array(b"".join(event.content for event in events))


def tabulate(talk: Talk, *, cuts: Iterable[int] = (), limits: Limits | None = None) -> tuple[list[Record], HandleTable]:
    """Records of a talk given in batches of ``cuts`` messages and one of the rest, and the table that made them."""
    origin = Origin(CAPTURE, "sensor", lambda _source, _destination: "")
    table = HandleTable(origin, limits or Limits(pending=64, fragments=64))
    records: list[Record] = []
    waiting, conversations, spill = np.recarray(0, dtype=MESSAGE), _make_conversations(()), array(b"")
    at = 0
    for size in (*cuts, len(talk.events), 0):
        fresh, data = make_messages(talk.events[at : at + size], len(conversations))
        flush = size == 0 and at >= len(talk.events)
        at += size
        known = np.concatenate([conversations, _make_conversations(talk.ends)]).view(np.recarray)
        both = np.concatenate([waiting, fresh]).view(np.recarray)
        made = table.add(data, spill, both, Conversations(known, origin), flush=flush)
        made.validate(full=True)
        records += made.to_pylist()
        carried = carry_over(table.waiting, known, data, spill)
        waiting, conversations, spill = carried.messages, carried.conversations, carried.data
        waiting["spill"] = 1
    return records, table


def said(record: Record) -> Record:
    """What a record says, without what is null."""
    return {name: found for name, found in record.items() if found is not None}


def decode_talk(talk: Talk) -> Decoded:
    """Every message of a talk, decoded, its fragments joined."""
    messages, data = make_messages(talk.events, 0)
    datagram = np.array([talk.ends[event.conversation][0] == UDP for event in talk.events], dtype=np.bool_)
    intake = take_messages(data, array(b""), messages, datagram, [], most=4_096, flush=True)
    count = len(intake.messages)
    heads, pdus = np.recarray(count, dtype=HEAD), np.recarray(count + 2, dtype=PDU)
    pools = make_pools(int(intake.messages["length"].sum()), count)
    present, rich = decode_messages(
        intake.data, intake.spill, intake.messages, heads, pdus, intake.faults, intake.fragments, pools
    )
    return Decoded(intake.data, intake.spill, intake.messages, heads, pdus[:rich], pools, present)
