"""A device in the cell walks through the address space of a machine and reads every value it finds."""

from __future__ import annotations

from collections import deque

from asyncua import ua
from asyncua.common.node import Node
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds

from pcaps.scenarios.rig.line import make_scenario
from pcaps.scenarios.rig.machine import FILLING
from pcaps.scenarios.rig.stage import Stage
from pcaps.scenarios.rig.supervisor import Login, open_client, server_url

_MOST = 600
"""Nodes browsed, and values read."""


async def attack(stage: Stage) -> None:
    """Browse breadth first from Objects, then read what has a value, twenty nodes at a time."""
    await stage.until(20)
    stage.mark()
    async with open_client(stage, server_url(FILLING), Login("crawler")) as client:
        waiting: deque[Node] = deque([client.nodes.objects])
        variables: list[Node] = []
        browsed = 0
        while waiting and browsed < _MOST:
            node = waiting.popleft()
            browsed += 1
            for found in await node.get_references(ObjectIds.HierarchicalReferences, ua.BrowseDirection.Forward):
                child = client.get_node(found.NodeId)
                waiting.append(child)
                if found.NodeClass == ua.NodeClass.Variable:
                    variables.append(child)
        stage.mark()
        for first in range(0, min(len(variables), _MOST), 20):
            await client.read_attributes(variables[first : first + 20], AttributeIds.Value)


SCENARIO = make_scenario(
    "opcua_browse_sweep.pcap.gz", 35, 60, {"implant": attack}, time_scale=2, slack=2.0, strangers=("implant",)
)
