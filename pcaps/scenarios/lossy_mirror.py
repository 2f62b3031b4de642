"""Normal traffic from an overloaded mirror port: begun in mid-stream, with packets missing. Nothing is wrong."""

from __future__ import annotations

import random

from pcaps.scenarios.rig.operations import chem_masters
from pcaps.scenarios.rig.scenario import Scenario

_MISSED = 80
"""Packets before the sensor was switched on."""

_LOSS = 0.01
"""Share of the later packets that are lost one by one."""

_OUTAGE = range(900, 1020)
"""Packets lost in a row, while the mirror port was busy with something else."""


def keep(ordinal: int, data: bytes) -> bool:
    """Leave out the beginning, and afterwards packets at random; the same ordinals every time."""
    _ = data
    if ordinal < _MISSED or ordinal in _OUTAGE:
        return False
    return random.Random(ordinal).random() >= _LOSS  # noqa: S311 - which packets are lost


SCENARIO = Scenario(
    file="lossy_mirror.pcap.gz",
    enterprise="chem",
    duration_s=300,
    time_scale=12,
    seed=22,
    masters=chem_masters(slack=2),
    keep=keep,
)
