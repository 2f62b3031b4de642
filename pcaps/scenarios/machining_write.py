"""The waterworks' master has the address of a workstation at the machining enterprise, which must not write."""

from __future__ import annotations

from pcaps.scenarios.rig.layout import MACHINING
from pcaps.scenarios.rig.operations import small_masters
from pcaps.scenarios.rig.scenario import Scenario
from pcaps.scenarios.rig.stage import Stage


async def attack(stage: Stage) -> None:
    """Raise the pressure of the compressor, then stop the ventilation."""
    await stage.until(60)
    stage.mark()
    async with stage.connect(MACHINING.host("compressor").ip) as client:
        for value in (85, 95, 110):
            await client.write_register(0, value, device_id=1)
            await stage.wait(5)
    stage.mark()
    async with stage.connect(MACHINING.host("ventilation").ip) as client:
        await client.write_coil(1, False, device_id=1)
        await stage.wait(2)


SCENARIO = Scenario(
    file="machining_write.pcap",
    enterprise="machining",
    duration_s=180,
    time_scale=6,
    seed=21,
    masters=small_masters("machining"),
    acts={"workstation": attack},
    strangers=("workstation",),
)
