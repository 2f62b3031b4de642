"""A small computer plugged into the cell becomes a second master: it polls like the HMI, then changes values."""

from __future__ import annotations

from pcaps.scenarios.rig.layout import CHEM
from pcaps.scenarios.rig.operations import chem_masters
from pcaps.scenarios.rig.scenario import Scenario
from pcaps.scenarios.rig.stage import Stage


async def attack(stage: Stage) -> None:
    """Poll as the HMI does for a while, then use FC 22 and FC 23, which no master of this plant uses."""
    await stage.until(40)
    stage.mark()
    async with stage.connect(CHEM.host("column").ip) as client:
        for _ in range(12):
            await client.read_input_registers(0, count=20, device_id=1)
            await stage.wait(2)
        stage.mark()
        for mask in (0xFFFE, 0xFFFD, 0xFFFB):
            await client.mask_write_register(address=8, and_mask=mask, or_mask=0x0100, device_id=1)
            await stage.wait(4)
        stage.mark()
        for offset in range(6):
            await client.readwrite_registers(
                read_address=0, read_count=4, write_address=2, values=[1120 + offset * 40, 45 + offset], device_id=1
            )
            await stage.wait(5)


SCENARIO = Scenario(
    file="rogue_master.pcap",
    enterprise="chem",
    duration_s=160,
    time_scale=6,
    seed=14,
    masters=chem_masters(slack=2),
    acts={"implant": attack},
    strangers=("implant",),
)
