"""A laptop in the office network sends Handle messages that break the standard, to see what a node does."""

from __future__ import annotations

import struct

from pcaps.scenarios.rig import handle_message as hdl
from pcaps.scenarios.rig.handle_message import Message
from pcaps.scenarios.rig.node import PREFIX
from pcaps.scenarios.rig.registrar import Questions, make_scenario
from pcaps.scenarios.rig.stage import Stage

_HANDLE = hdl.text(f"{PREFIX}/BAG000001")
_GOOD = Message(hdl.RESOLUTION, hdl.ask(f"{PREFIX}/BAG000001"), 1).datagrams()[0]


def _patched(at: int, value: int) -> bytes:
    """Overwrite four bytes of a good message."""
    return _GOOD[:at] + struct.pack(">I", value) + _GOOD[at + 4 :]


CASES: tuple[tuple[bytes, ...], ...] = (
    # Lengths: of the message (offset 16) and of the body (offset 40), too long and too short.
    (_patched(16, 0xFFFFFFFF), _patched(16, 4), _patched(40, 0x7FFFFFFF), _patched(40, 3)),
    # Bodies: a handle longer than the body, 2^32-1 indexes, 2^32-1 types, nothing at all, no UTF-8.
    tuple(
        Message(hdl.RESOLUTION, body, 20 + i).datagrams()[0]
        for i, body in enumerate(
            (
                struct.pack(">I", 5000) + b"88.118.7/x",
                _HANDLE + struct.pack(">I", 0xFFFFFFFF) + struct.pack(">I", 0),
                _HANDLE + struct.pack(">II", 0, 0xFFFFFFFF),
                b"",
                hdl.octets(b"\xff\xfe\x80/\x00") + struct.pack(">II", 0, 0),
            )
        )
    ),
    # Values: 2^32-1 of them, one whose type is longer than the body, references without end.
    tuple(
        Message(hdl.CREATE, _HANDLE + body, 40 + i).datagrams()[0]
        for i, body in enumerate(
            (
                struct.pack(">I", 0xFFFFFFFF),
                struct.pack(">IIIBIBI", 1, 1, 0, 0, 86400, 14, 0x7FFFFFFF) + b"URL",
                struct.pack(">IIIBIB", 1, 1, 0, 0, 86400, 14) + hdl.text("URL") + hdl.text("x") + b"\xff" * 4,
            )
        )
    ),
    # Messages that end in the envelope, in the header and in the body, and an operation that does not exist.
    (_GOOD[:11], _GOOD[:19] + b"\x40", _GOOD[:37], _GOOD[:-9], Message(4711, _HANDLE, 60).datagrams()[0]),
)
"""Groups of datagrams."""


async def attack(stage: Stage) -> None:
    """Send each case, then forty good messages with four bytes changed at random behind the envelope's version.

    Each group begins with a good request from a port of its own, so that the exchange is known for what it is.
    """
    await stage.until(30)
    for group in CASES:
        stage.mark()
        questions = Questions(stage)
        await questions.send(_GOOD)
        for case in group:
            await questions.send(case)
            await stage.wait(1)
    stage.mark()
    for _ in range(40):
        changed = bytearray(_GOOD)
        for _ in range(4):
            changed[stage.random.randrange(4, len(changed))] = stage.random.randrange(256)
        await questions.send(bytes(changed))


SCENARIO = make_scenario("handle_malformed.pcap.gz", 57, 160, {"laptop": attack}, strangers=("laptop",))
