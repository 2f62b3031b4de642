"""Three strangers from three networks write to one controller within minutes, as a spread infection would."""

from __future__ import annotations

from pcaps.scenarios.rig.layout import CHEM
from pcaps.scenarios.rig.operations import chem_masters
from pcaps.scenarios.rig.scenario import Act, Scenario
from pcaps.scenarios.rig.stage import Stage


def write_from(at_s: float, value: int) -> Act:
    """Make the act of one stranger who writes a set point five times."""

    async def attack(stage: Stage) -> None:
        await stage.until(at_s)
        stage.mark()
        async with stage.connect(CHEM.host("cooling").ip) as client:
            for step in range(5):
                await client.write_register(0, value + step, device_id=1)
                await stage.wait(4)

    return attack


SCENARIO = Scenario(
    file="several_writers.pcap",
    enterprise="chem",
    duration_s=140,
    time_scale=6,
    seed=24,
    masters=chem_masters(slack=2),
    acts={"laptop": write_from(40, 300), "implant": write_from(65, 310), "internet": write_from(90, 320)},
    strangers=("laptop", "implant", "internet"),
)
