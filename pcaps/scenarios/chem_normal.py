"""An hour of a chemical plant: polling, operators' changes, an identification round, reconnects. Nothing is wrong."""

from __future__ import annotations

from pcaps.scenarios.rig.operations import chem_masters, identify_all, operators_day
from pcaps.scenarios.rig.scenario import Scenario

_LENGTH_S = 3660.0

SCENARIO = Scenario(
    file="chem_normal.pcap.gz",
    enterprise="chem",
    duration_s=_LENGTH_S,
    time_scale=20,
    seed=1,
    masters=chem_masters(
        deeds=operators_day(_LENGTH_S, 1),
        reconnects={"column": (1500.0,), "meters": (2400.0,)},
    ),
    acts={"engineering": identify_all},
)
