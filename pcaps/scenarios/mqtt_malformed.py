"""A device in the cell sends MQTT packets that break the standard, one connection each, to see what the broker does."""

from __future__ import annotations

import struct

from pcaps.scenarios.rig.broker import PORT
from pcaps.scenarios.rig.stage import Stage, hear, open_socket
from pcaps.scenarios.rig.telemetry import BROKER, make_scenario


def _text(data: bytes, length: int | None = None) -> bytes:
    return struct.pack(">H", len(data) if length is None else length) + data


def _packet(first: int, body: bytes, remaining: bytes | None = None) -> bytes:
    """Build a control packet (MQTT 3.1.1, 2); bodies here are shorter than 128 bytes."""
    return bytes([first]) + (bytes([len(body)]) if remaining is None else remaining) + body


def _connect(level: int = 4, flags: int = 2, name: bytes = b"MQTT", client: bytes = _text(b"probe")) -> bytes:
    return _packet(0x10, _text(name) + struct.pack(">BBH", level, flags, 60) + client)


GOOD = _connect()
_PUBLISH = _text(b"chem/probe") + b"x"

CASES: tuple[tuple[bytes, ...], ...] = (
    # CONNECT: reserved flag, will QoS 3, level 9, a name of its own, a client identifier longer than the packet.
    (
        _connect(flags=3),
        _connect(flags=0x1E),
        _connect(level=9),
        _connect(name=b"MQXX"),
        _connect(client=_text(b"probe", 60_000)),
    ),
    # Before CONNECT, and CONNECT twice.
    (_packet(0x30, _PUBLISH), GOOD + GOOD),
    # Types 0 and 15 (AUTH is of version 5), remaining length of five bytes.
    (
        GOOD + _packet(0x00, b""),
        GOOD + _packet(0xF0, b"\0\0"),
        GOOD + _packet(0x30, _PUBLISH, b"\xff\xff\xff\xff\x7f"),
    ),
    # PUBLISH: QoS 3, wildcards in the topic, no UTF-8, a topic longer than the packet, an empty one.
    (
        GOOD + _packet(0x36, _text(b"chem/probe") + b"\0\1x"),
        GOOD + _packet(0x30, _text(b"chem/#") + b"x"),
        GOOD + _packet(0x30, _text(b"chem/\xff\xfe\xc0") + b"x"),
        GOOD + _packet(0x30, _text(b"chem/probe", 500) + b"x"),
        GOOD + _packet(0x30, _text(b"") + b"x"),
    ),
    # SUBSCRIBE: wrong flags, no filter, QoS 7, a filter with # in its middle.
    (
        GOOD + _packet(0x80, b"\0\1" + _text(b"chem/a") + b"\0"),
        GOOD + _packet(0x82, b"\0\1"),
        GOOD + _packet(0x82, b"\0\1" + _text(b"chem/a") + b"\7"),
        GOOD + _packet(0x82, b"\0\1" + _text(b"chem/#/a") + b"\0"),
    ),
)
"""Groups of byte strings, each for a connection of its own."""


async def attack(stage: Stage) -> None:
    """Send each case on a connection of its own, then thirty packets of random bytes behind a good CONNECT."""
    await stage.until(30)
    for group in CASES:
        stage.mark()
        for case in group:
            await _send(case)
            await stage.wait(1.5)
    stage.mark()
    for _ in range(30):
        kind = stage.random.choice((0x20, 0x30, 0x32, 0x3D, 0x40, 0x62, 0x82, 0xA2))
        await _send(GOOD + _packet(kind, stage.random.randbytes(stage.random.randrange(12))))


async def _send(data: bytes) -> None:
    async with open_socket(BROKER, PORT) as (reader, writer):
        writer.write(data)
        await hear(reader, 0.1)
        await hear(reader, 0.05)


SCENARIO = make_scenario(
    "mqtt_malformed.pcap.gz", 49, 130, {"implant": attack}, strangers=("implant",), stack=("sockets", "mosquitto")
)
