"""A device in the cell sends frames that break the standard, one connection each, to see what a controller does."""

from __future__ import annotations

import struct

from pcaps.scenarios.rig.layout import CHEM
from pcaps.scenarios.rig.operations import chem_masters
from pcaps.scenarios.rig.scenario import Scenario
from pcaps.scenarios.rig.stage import Stage, hear, make_adu, open_socket

_READ = bytes.fromhex("03 0000 000a")
_GOOD = make_adu(1, 1, _READ)

CASES: tuple[tuple[bytes, ...], ...] = (
    # Protocol identifiers other than 0.
    tuple(_GOOD + make_adu(2 + i, 1, _READ, protocol=protocol) for i, protocol in enumerate((1, 0x0100, 0xFFFF))),
    # Lengths: none, one, larger than the 254 a frame may have, longer and shorter than what follows.
    tuple(_GOOD + make_adu(10 + i, 1, _READ, length=length) for i, length in enumerate((0, 1, 255, 300, 65535, 40, 3))),
    # PDUs cut off: no address, half an address, no quantity, function code alone.
    tuple(_GOOD + make_adu(20 + i, 1, _READ[:size]) for i, size in enumerate((1, 2, 3, 4))),
    # Byte counts that do not fit: FC 16 and FC 15 with too little and too much.
    (
        _GOOD + make_adu(30, 1, struct.pack(">BHHB", 16, 100, 4, 8) + b"\0" * 4),
        _GOOD + make_adu(31, 1, struct.pack(">BHHB", 16, 100, 4, 2) + b"\0" * 8),
        _GOOD + make_adu(32, 1, struct.pack(">BHHB", 15, 0, 16, 1) + b"\xff"),
        _GOOD + make_adu(33, 1, struct.pack(">BHHB", 16, 100, 4, 200) + b"\0" * 200),
    ),
    # Quantities outside the standard's limits, and an address range that runs over 65535.
    (
        _GOOD + make_adu(40, 1, struct.pack(">BHH", 3, 0, 0)),
        _GOOD + make_adu(41, 1, struct.pack(">BHH", 3, 0, 126)),
        _GOOD + make_adu(42, 1, struct.pack(">BHH", 1, 0, 2001)),
        _GOOD + make_adu(43, 1, struct.pack(">BHH", 4, 65530, 20)),
        _GOOD + make_adu(44, 1, struct.pack(">BHH", 5, 0, 0x1234)),
    ),
    # Bytes left over after a complete request, and function code 0.
    (
        _GOOD + make_adu(50, 1, _READ + b"\xde\xad\xbe\xef"),
        _GOOD + make_adu(51, 1, b"\x00\x00\x00\x00\x01"),
        _GOOD + make_adu(52, 1, b""),
    ),
)
"""Groups of byte strings; each string begins with one good request, so that the connection is known for Modbus."""


async def attack(stage: Stage) -> None:
    """Send each case on a connection of its own, then thirty random cut-off requests on one."""
    await stage.until(30)
    for group in CASES:
        stage.mark()
        for case in group:
            async with open_socket(CHEM.host("column").ip) as (reader, writer):
                writer.write(case[: len(_GOOD)])
                await hear(reader)
                writer.write(case[len(_GOOD) :])
                await hear(reader)
            await stage.wait(1.5)
    stage.mark()
    async with open_socket(CHEM.host("column").ip) as (reader, writer):
        writer.write(_GOOD)
        await hear(reader)
        for i in range(30):
            function = stage.random.choice((1, 2, 3, 4, 5, 6, 15, 16))
            writer.write(make_adu(100 + i, 1, bytes([function]) + stage.random.randbytes(stage.random.randrange(4))))
            await hear(reader)


SCENARIO = Scenario(
    file="malformed.pcap",
    enterprise="chem",
    duration_s=150,
    time_scale=6,
    seed=10,
    masters=chem_masters(slack=2),
    acts={"implant": attack},
    strangers=("implant",),
    disputed=("requests",),
)
