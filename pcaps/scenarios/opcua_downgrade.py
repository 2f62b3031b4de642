"""The engineering station, first secured as it should be, comes back to the mixer without any security."""

from __future__ import annotations

from pcaps.scenarios.rig.line import ENGINEERING, make_scenario
from pcaps.scenarios.rig.machine import MIXING, node_id
from pcaps.scenarios.rig.stage import Stage
from pcaps.scenarios.rig.supervisor import Login, open_client, server_url, write


async def attack(stage: Stage) -> None:
    """Read over a signed channel; then read and write over one with policy None, the password in clear."""
    await stage.until(25)
    stage.mark()
    async with open_client(stage, server_url(MIXING), ENGINEERING) as client:
        await client.get_node(node_id(MIXING, "Temperature")).read_value()
        await stage.wait(10)
    await stage.until(60)
    stage.mark()
    async with open_client(stage, server_url(MIXING), Login("engineering", user="engineer", clear=True)) as client:
        await client.get_node(node_id(MIXING, "Temperature")).read_value()
        await stage.wait(8)
        await write(MIXING, "TemperatureSetpoint", 71.0)(client)
        await stage.wait(8)


SCENARIO = make_scenario("opcua_downgrade.pcap.gz", 37, 110, {"engineering": attack})
