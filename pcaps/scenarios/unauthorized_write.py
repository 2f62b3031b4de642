"""A laptop in the office network reads a reactor's registers and then writes to two controllers."""

from __future__ import annotations

from pcaps.scenarios.rig.layout import CHEM
from pcaps.scenarios.rig.operations import chem_masters
from pcaps.scenarios.rig.scenario import Scenario
from pcaps.scenarios.rig.stage import Stage


async def attack(stage: Stage) -> None:
    """Look around, raise a set point, overwrite a recipe, stop a pump."""
    await stage.until(60)
    stage.mark()
    async with stage.connect(CHEM.host("reactor").ip) as client:
        for address in (0, 8):
            await client.read_holding_registers(address, count=8, device_id=1)
            await stage.wait(4)
        await stage.until(80)
        stage.mark()
        for value in (1500, 1600, 1750):
            await client.write_register(0, value, device_id=1)
            await stage.wait(6)
    async with stage.connect(CHEM.host("dosing").ip) as client:
        stage.mark()
        await client.write_registers(100, [999] * 8, device_id=1)
        await stage.wait(5)
        await client.write_coil(1, False, device_id=1)
        await stage.wait(5)
        await client.write_coils(0, [False] * 4, device_id=1)


SCENARIO = Scenario(
    file="unauthorized_write.pcap",
    enterprise="chem",
    duration_s=180,
    time_scale=6,
    seed=2,
    masters=chem_masters(slack=2),
    acts={"laptop": attack},
    strangers=("laptop",),
)
