"""A controller reachable from the internet: an outside address identifies it, reads it and finally writes to it."""

from __future__ import annotations

from pcaps.scenarios.rig.layout import CHEM
from pcaps.scenarios.rig.operations import chem_masters
from pcaps.scenarios.rig.scenario import Scenario
from pcaps.scenarios.rig.stage import Stage


async def attack(stage: Stage) -> None:
    """Do what internet scanners do, and then what they do not."""
    await stage.until(40)
    stage.mark()
    async with stage.connect(CHEM.host("boiler").ip) as client:
        await client.report_device_id(device_id=0)
        await client.read_device_information(read_code=1, object_id=0, device_id=0)
        await stage.until(60)
        stage.mark()
        for address in (0, 8, 100, 400):
            await client.read_holding_registers(address, count=6, device_id=1)
            await stage.wait(3)
        await stage.until(85)
        stage.mark()
        await client.write_register(1, 120, device_id=1)


SCENARIO = Scenario(
    file="exposed_controller.pcap",
    enterprise="chem",
    duration_s=120,
    time_scale=6,
    seed=19,
    masters=chem_masters(slack=2),
    acts={"internet": attack},
    strangers=("internet",),
)
