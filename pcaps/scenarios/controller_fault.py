"""A controller at its end: it answers busy for a minute, then device failure. A fault, not an attack."""

from __future__ import annotations

from pcaps.scenarios.rig.controller import Twist
from pcaps.scenarios.rig.operations import chem_masters
from pcaps.scenarios.rig.scenario import Scenario
from pcaps.scenarios.rig.stage import Stage

_WELL, _BUSY, _FAILED = 50, 110, 135
"""Answers sent until the controller is busy, fails, and is well again."""


def tire(seed: int) -> Twist:
    """Make a twist that turns answers into exceptions 6 (busy) and then 4 (device failure)."""
    _ = seed
    sent = 0

    def twist(data: bytes) -> bytes:
        nonlocal sent
        sent += 1
        if not _WELL < sent <= _FAILED:
            return data
        code = 6 if sent <= _BUSY else 4
        return data[:4] + b"\x00\x03" + data[6:7] + bytes([data[7] | 0x80, code])

    return twist


async def watch(stage: Stage) -> None:
    """Mark about when the trouble begins and ends; the engineering station does nothing else."""
    for moment_s in (42, 90, 110):
        await stage.until(moment_s)
        stage.mark()


SCENARIO = Scenario(
    file="controller_fault.pcap.gz",
    enterprise="chem",
    duration_s=150,
    time_scale=6,
    seed=25,
    masters=chem_masters(),
    acts={"engineering": watch},
    twists={"reactor": tire},
)
