"""A laptop in the office network sends DNS messages that break the standard, to see what a resolver does."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct

from pcaps.scenarios.rig.nameserver import RESOLVER
from pcaps.scenarios.rig.questioner import make_scenario
from pcaps.scenarios.rig.stage import Stage


def _message(body: bytes, questions: int = 1, answers: int = 0, flags: int = 0x0100, number: int = 1) -> bytes:
    """Build a message (RFC 1035, 4.1.1): identifier, flags, counts, the rest."""
    return struct.pack(">HHHHHH", number, flags, questions, answers, 0, 0) + body


_A = b"\x03mes\x04chem\x07example\x00" + struct.pack(">HH", 1, 1)

CASES: tuple[tuple[bytes, ...], ...] = (
    # Names: a pointer to itself, two that point at each other, one beyond the end, a label of 64, no end.
    (
        _message(b"\xc0\x0c" + struct.pack(">HH", 1, 1)),
        _message(b"\x01a\xc0\x10\x01b\xc0\x0c" + struct.pack(">HH", 1, 1)),
        _message(b"\xff\xff" + struct.pack(">HH", 1, 1)),
        _message(b"\x40" + b"x" * 64 + b"\x00" + struct.pack(">HH", 1, 1)),
        _message(b"\x3f" + b"x" * 63 + b"\x3f" + b"y" * 20),
    ),
    # A name of more than 255 bytes, counts far beyond the message, a question cut off, a header cut off.
    (
        _message((b"\x3f" + b"z" * 63) * 5 + b"\x00" + struct.pack(">HH", 1, 1)),
        _message(_A, questions=65535),
        _message(_A, answers=65535),
        _message(_A[:-3]),
        _message(_A)[:7],
    ),
    # Records: data longer than the message, NAPTR whose texts do not fit, an OPT record that lies.
    (
        _message(_A + b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 400) + b"\1\2\3\4", answers=1, flags=0x8180),
        _message(_A + b"\xc0\x0c" + struct.pack(">HHIH", 35, 1, 60, 8) + b"\0\0\0\0\xffu\0\0", answers=1, flags=0x8180),
        struct.pack(">HHHHHH", 9, 0x0100, 1, 0, 0, 1) + _A + b"\0" + struct.pack(">HHIH", 41, 1232, 0, 9) + b"\0\1\xff",
    ),
)
"""Groups of datagrams."""


async def attack(stage: Stage) -> None:
    """Send each case, then forty good questions with three bytes changed at random behind the identifier."""
    await stage.until(30)
    for group in CASES:
        stage.mark()
        for case in group:
            await _send(case)
            await stage.wait(1)
    stage.mark()
    for number in range(40):
        changed = bytearray(_message(_A, number=number))
        for _ in range(3):
            changed[stage.random.randrange(2, len(changed))] = stage.random.randrange(256)
        await _send(bytes(changed))


async def _send(data: bytes) -> None:
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        datagrams.setblocking(False)
        datagrams.connect((RESOLVER, 53))
        await loop.sock_sendall(datagrams, data)
        with contextlib.suppress(TimeoutError, OSError):
            await asyncio.wait_for(loop.sock_recv(datagrams, 2048), 0.1)


SCENARIO = make_scenario(
    "dns_malformed.pcap.gz",
    67,
    120,
    {"laptop": attack},
    strangers=("laptop",),
    stack=("sockets", "dnspython", "dnslib"),
)
