"""A tampered controller lies: it answers twice, wrongly, unasked, with exceptions no standard knows, or again."""

from __future__ import annotations

import asyncio
import random

from pcaps.scenarios.rig.controller import Twist
from pcaps.scenarios.rig.layout import CHEM
from pcaps.scenarios.rig.operations import chem_masters
from pcaps.scenarios.rig.scenario import Scenario
from pcaps.scenarios.rig.stage import Stage, hear, make_adu, open_socket

_QUIET = 60
"""Answers before the tampering begins."""


def tamper(seed: int) -> Twist:
    """Make a twist that, after a while, forges every third answer in one of five ways."""
    chance = random.Random(seed)  # noqa: S311 - which lie comes next
    sent: list[bytes] = []

    def twist(data: bytes) -> bytes:
        sent.append(data)
        if len(sent) <= _QUIET or len(sent) % 3:
            return data
        way = chance.randrange(5)
        if way == 3:
            return make_adu(int.from_bytes(data[:2]), data[6], bytes.fromhex("03 02 07d0"))
        if way == 4:
            return make_adu(int.from_bytes(data[:2]), data[6], bytes([data[7] | 0x80, 0x42]))
        if way == 0:
            return data[:9] + bytes(len(data) - 9) + data
        if way == 1:
            return data + make_adu(chance.randrange(40_000, 60_000), 1, bytes.fromhex("04 04 1234 5678"))
        return data + sent[-_QUIET // 2]

    return twist


async def attack(stage: Stage) -> None:
    """Meanwhile an implant asks the same controller several things under one transaction identifier."""
    await stage.until(50)
    stage.mark()
    await stage.until(70)
    stage.mark()
    async with open_socket(CHEM.host("cooling").ip) as (reader, writer):
        for value in range(12):
            for address in (0, 1, 2):
                writer.write(make_adu(7, 1, bytes([4, 0, address, 0, 1 + value % 3])))
            await hear(reader, 0.2)
            await asyncio.sleep(0.05)
            await hear(reader, 0.05)


SCENARIO = Scenario(
    file="reply_injection.pcap",
    enterprise="chem",
    duration_s=120,
    time_scale=5,
    seed=11,
    masters=chem_masters(),
    acts={"implant": attack},
    strangers=("implant",),
    twists={"reactor": tamper},
)
