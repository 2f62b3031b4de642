"""A device in the cell switches outputs on and off as fast as it can, then forces them all."""

from __future__ import annotations

from pcaps.scenarios.rig.layout import CHEM
from pcaps.scenarios.rig.operations import chem_masters
from pcaps.scenarios.rig.scenario import Scenario
from pcaps.scenarios.rig.stage import Stage


async def attack(stage: Stage) -> None:
    """Toggle one valve, then sweep all outputs, then force all at once."""
    await stage.until(40)
    async with stage.connect(CHEM.host("tankfarm").ip) as client:
        stage.mark()
        for i in range(240):
            await client.write_coil(0, i % 2 == 1, device_id=1)
            await stage.wait(0.04)
        stage.mark()
        for round_ in range(8):
            for coil in range(8):
                await client.write_coil(coil, round_ % 2 == 1, device_id=1)
                await stage.wait(0.1)
        stage.mark()
        for i in range(20):
            await client.write_coils(0, [i % 2 == 1] * 8, device_id=1)
            await stage.wait(0.5)


SCENARIO = Scenario(
    file="coil_toggle.pcap.gz",
    enterprise="chem",
    duration_s=150,
    time_scale=5,
    seed=7,
    masters=chem_masters(slack=2),
    acts={"implant": attack},
    strangers=("implant",),
)
