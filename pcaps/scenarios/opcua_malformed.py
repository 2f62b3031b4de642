"""A device in the cell sends OPC UA chunks that break the standard, to see what a server does."""

from __future__ import annotations

import struct

from pcaps.scenarios.rig.line import make_scenario
from pcaps.scenarios.rig.machine import PORT
from pcaps.scenarios.rig.park import LINE
from pcaps.scenarios.rig.stage import Stage, hear, open_socket

_URL = b"opc.tcp://10.20.1.31:4840/filling"
_POLICY = b"http://opcfoundation.org/UA/SecurityPolicy#None"


def _chunk(kind: bytes, body: bytes, size: int | None = None) -> bytes:
    """Build a chunk (OPC 10000-6, 7.1.2.2): three letters, F, C or A, the size, the rest."""
    return kind + struct.pack("<I", len(body) + 8 if size is None else size) + body


def _text(data: bytes, length: int | None = None) -> bytes:
    return struct.pack("<i", len(data) if length is None else length) + data


HELLO = _chunk(b"HELF", struct.pack("<5I", 0, 65536, 65536, 0, 0) + _text(_URL))

_OPEN_HEAD = struct.pack("<I", 0) + _text(_POLICY) + struct.pack("<ii", -1, -1) + struct.pack("<II", 1, 1)
_REQUEST_HEADER = b"\0\0" + struct.pack("<qII", 0, 1, 0) + struct.pack("<i", -1) + struct.pack("<I", 1000) + b"\0\0\0"
_OPEN_BODY = b"\x01\x00" + struct.pack("<H", 446) + _REQUEST_HEADER + struct.pack("<III", 0, 0, 1) + _text(b"\0")
OPEN = _chunk(b"OPNF", _OPEN_HEAD + _OPEN_BODY + struct.pack("<I", 3_600_000))

_SEQUENCE = struct.pack("<IIII", 1, 1, 2, 2)
"""Channel, token, sequence number, request id."""

CASES: tuple[tuple[bytes, ...], ...] = (
    # Sizes: less than a header, four bytes of gigabytes, more and less than what follows.
    (
        HELLO[:4] + struct.pack("<I", 4) + HELLO[8:],
        HELLO[:4] + struct.pack("<I", 0xFFFFFFFF) + HELLO[8:],
        HELLO[:4] + struct.pack("<I", len(HELLO) - 9) + HELLO[8:],
    ),
    # Endpoint URL: length beyond the message, 5,000 bytes where 4,096 are allowed.
    (
        _chunk(b"HELF", struct.pack("<5I", 0, 65536, 65536, 0, 0) + _text(_URL, 70_000)),
        _chunk(b"HELF", struct.pack("<5I", 0, 65536, 65536, 0, 0) + _text(b"opc.tcp://" + b"a" * 4990)),
    ),
    # Channel opening: policy URI that is none, negative and huge lengths.
    (
        HELLO + _chunk(b"OPNF", struct.pack("<I", 0) + _text(b"\xff\xfe" * 20) + struct.pack("<iiII", -1, -1, 1, 1)),
        HELLO + _chunk(b"OPNF", struct.pack("<I", 0) + _text(_POLICY, -7) + struct.pack("<iiII", -1, -1, 1, 1)),
        HELLO + _chunk(b"OPNF", struct.pack("<I", 0) + _text(_POLICY, 0x7FFFFFFF)),
    ),
    # Messages: before any channel, of a service that is none, cut off in the header, an array of 2^31 nodes.
    (
        HELLO + _chunk(b"MSGF", _SEQUENCE + b"\x01\x00" + struct.pack("<H", 631) + _REQUEST_HEADER),
        HELLO + OPEN + _chunk(b"MSGF", _SEQUENCE + b"\x01\x00" + struct.pack("<H", 60_000) + _REQUEST_HEADER),
        HELLO + OPEN + _chunk(b"MSGF", _SEQUENCE + b"\x01\x00" + struct.pack("<H", 631) + _REQUEST_HEADER[:9]),
        HELLO
        + OPEN
        + _chunk(
            b"MSGF",
            _SEQUENCE + b"\x01\x00" + struct.pack("<H", 631) + _REQUEST_HEADER + struct.pack("<dIi", 0, 2, 0x7FFFFFFF),
        ),
    ),
    # Chunks: letters that do not exist, a message of 40 chunks that never ends.
    (
        HELLO + _chunk(b"XYZF", b"\0" * 16),
        HELLO + OPEN + _chunk(b"MSGQ", _SEQUENCE + b"\0" * 8),
        HELLO
        + OPEN
        + b"".join(_chunk(b"MSGC", struct.pack("<IIII", 1, 1, 2 + i, 2) + b"\xa5" * 64) for i in range(40)),
    ),
)
"""Groups of byte strings; each string has a connection of its own and begins as OPC UA does."""


async def attack(stage: Stage) -> None:
    """Send each case on a connection of its own, then thirty hellos with random bytes changed."""
    target = LINE.host("filling").ip
    await stage.until(25)
    for group in CASES:
        stage.mark()
        for case in group:
            await _send(target, case)
            await stage.wait(1.5)
    stage.mark()
    for _ in range(30):
        changed = bytearray(HELLO)
        for _ in range(3):
            changed[stage.random.randrange(4, 36)] = stage.random.randrange(256)
        await _send(target, bytes(changed))


async def _send(target: str, data: bytes) -> None:
    async with open_socket(target, PORT) as (reader, writer):
        writer.write(data)
        await hear(reader, 0.2)


SCENARIO = make_scenario("opcua_malformed.pcap.gz", 39, 110, {"implant": attack}, strangers=("implant",))
