"""Ten quiet minutes of a waterworks whose addresses another enterprise uses too."""

from __future__ import annotations

from pcaps.scenarios.rig.master import set_coil, set_register
from pcaps.scenarios.rig.operations import small_masters
from pcaps.scenarios.rig.scenario import Scenario

SCENARIO = Scenario(
    file="water_normal.pcap.gz",
    enterprise="water",
    duration_s=600,
    time_scale=15,
    seed=20,
    masters=small_masters(
        "water",
        {
            "pumps": [(120.0, set_register(1, 1, 430)), (300.0, set_coil(1, 2, False)), (360.0, set_coil(1, 2, True))],
            "chlorine": [(240.0, set_register(1, 0, 9))],
        },
    ),
)
