"""MQTT control packets and WebSocket frames byte by byte, and the records our parsers make of them."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parsers.dissection import Dissector
from tests.support.conversations import CAPTURE, SMALL, Connection, Record, said
from tests.support.frames import Packet, make_batch


def varint(number: int) -> bytes:
    """Variable byte integer (5.0 §1.5.5)."""
    out = b""
    while True:
        number, low = number >> 7, number & 0x7F
        out += bytes([low | (0x80 if number else 0)])
        if not number:
            return out


def text(value: str | bytes) -> bytes:
    """Text or binary data behind its length."""
    data = value.encode() if isinstance(value, str) else value
    return struct.pack("!H", len(data)) + data


def packet(first: int, body: bytes = b"") -> bytes:
    """Fixed header and body."""
    return bytes([first]) + varint(len(body)) + body


def block(*properties: bytes) -> bytes:
    """Properties behind their length; each is its identifier and value."""
    joined = b"".join(properties)
    return varint(len(joined)) + joined


def connect(
    client: str = "c1", *, level: int = 4, user: str | None = None, password: str | None = None, keep_alive: int = 60,
    properties: bytes = b"\0", will: bytes = b"", will_bits: int = 0, clean: bool = True,
) -> bytes:  # fmt: skip
    """CONNECT; ``will`` is its properties (5), topic and message as they lie in the packet."""
    bits = (0x80 if user is not None else 0) | (0x40 if password is not None else 0) | will_bits | 2 * clean
    body = text("MQIsdp" if level == 3 else "MQTT") + struct.pack("!BBH", level, bits, keep_alive)
    body += (properties if level == 5 else b"") + text(client) + will
    return packet(0x10, body + b"".join(text(value) for value in (user, password) if value is not None))


def connack(code: int = 0, *, properties: bytes = b"", present: bool = False) -> bytes:
    """CONNACK, of 5 with properties."""
    return packet(0x20, bytes([present, code]) + properties)


def publish(
    topic: str = "a/b", payload: bytes = b"21.5", *, qos: int = 0, number: int = 7, properties: bytes = b"",
    retain: bool = False, dup: bool = False,
) -> bytes:  # fmt: skip
    """PUBLISH, of 5 with properties."""
    numbered = struct.pack("!H", number) if qos else b""
    return packet(0x30 | dup << 3 | qos << 1 | retain, text(topic) + numbered + properties + payload)


def acknowledge(first: int, number: int = 7, rest: bytes = b"") -> bytes:
    """PUBACK (0x40), PUBREC (0x50), PUBREL (0x62), PUBCOMP (0x70), SUBACK (0x90), UNSUBACK (0xB0)."""
    return packet(first, struct.pack("!H", number) + rest)


def subscribe(*filters: tuple[str, int], number: int = 7, properties: bytes = b"") -> bytes:
    """SUBSCRIBE to filters with their options."""
    body = b"".join(text(name) + bytes([options]) for name, options in filters)
    return packet(0x82, struct.pack("!H", number) + properties + body)


def unsubscribe(*filters: str, number: int = 7, properties: bytes = b"") -> bytes:
    """UNSUBSCRIBE from filters."""
    return packet(0xA2, struct.pack("!H", number) + properties + b"".join(text(name) for name in filters))


PINGREQ, PINGRESP, DISCONNECT = b"\xc0\0", b"\xd0\0", b"\xe0\0"


def websocket(
    payload: bytes, *, masked: bool = True, opcode: int = 2, final: bool = True, key: bytes = b"\x37\xfa\x21\x3d"
) -> bytes:
    """WebSocket frame (RFC 6455 §5.2)."""
    size = len(payload)
    short = size if size < 126 else (126 if size < 65_536 else 127)
    head = bytes([final << 7 | opcode, masked << 7 | short])
    head += b"" if short < 126 else struct.pack("!H" if short == 126 else "!Q", size)
    if not masked:
        return head + payload
    return head + key + bytes(byte ^ key[at % 4] for at, byte in enumerate(payload))


def array(data: bytes) -> NDArray[np.uint8]:
    """Bytes as kernels take them."""
    return np.frombuffer(bytearray(data), dtype=np.uint8)


def begin(first: bytes | None = None, *, served: int = 1883, answer: bytes | None = None) -> Connection:
    """A connection with its CONNECT and CONNACK."""
    connection = Connection(served=served).open().ask(connect() if first is None else first)
    return connection.answer(connack() if answer is None else answer)


def modern(**options: Any) -> Connection:
    """A connection of version 5."""
    return begin(connect(level=5, **options), answer=connack(properties=b"\0"))


def records(packets: Sequence[Packet] | Connection, cuts: Iterable[int] = ()) -> list[Record]:
    """Records of the packets, given in batches of ``cuts`` packets and one of the rest."""
    return dissect(packets, cuts)[0]


def dissect(packets: Sequence[Packet] | Connection, cuts: Iterable[int] = ()) -> tuple[list[Record], dict[str, int]]:
    """Records and counters."""
    listed = packets.packets if isinstance(packets, Connection) else packets
    dissector = Dissector(CAPTURE, "sensor", limits=SMALL)
    found: list[Record] = []
    at = 0
    for size in (*cuts, len(listed)):
        if part := listed[at : at + size]:
            tables = dissector.feed(make_batch(part, first=at))
            found += tables["mqtt"].to_pylist() if "mqtt" in tables else []
        at += size
    tables = dissector.finish()
    return found + (tables["mqtt"].to_pylist() if "mqtt" in tables else []), dissector.counters


def last(connection: Connection) -> Record:
    """What the last record says."""
    return short(records(connection)[-1])


def short(record: Record) -> Record:
    """What a record says of MQTT, without the prefix and without what is null."""
    return {name.removeprefix("mqtt."): value for name, value in said(record).items()}


ASKED = (connect(), subscribe(("a/#", 1)), publish(qos=1), publish(qos=2, number=8), acknowledge(0x62, 8), PINGREQ)
ANSWERED = (
    connack(),
    acknowledge(0x90, rest=b"\1"),
    acknowledge(0x40),
    acknowledge(0x50, 8),
    acknowledge(0x70, 8),
    PINGRESP,
)
"""What a client of both qualities of service sends (``ASKED``) and what its broker answers."""
