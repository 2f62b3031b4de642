"""A laptop in the office network asks OPC UA servers what they are: servers, endpoints, build information."""

from __future__ import annotations

import contextlib

from asyncua import ua
from asyncua.client.client import Client
from asyncua.ua.uaerrors import UaError

from pcaps.scenarios.rig.line import make_scenario
from pcaps.scenarios.rig.machine import FILLING, MIXING
from pcaps.scenarios.rig.park import LINE
from pcaps.scenarios.rig.stage import Stage
from pcaps.scenarios.rig.supervisor import Login, make_client, open_client, server_url

_PORTS = (4840, 4841, 4843, 4850, 4885, 12686, 48010, 48020, 49320, 51210, 53530, 55000, 62541, 62546, 62548, 62601)
"""Ports on which products of the market serve OPC UA out of the box."""

_ASKER = Login("uaprobe")


async def _ask(client: Client) -> None:
    for question in (
        client.connect_and_find_servers,
        client.connect_and_find_servers_on_network,
        client.connect_and_get_server_endpoints,
    ):
        with contextlib.suppress(UaError, TimeoutError):
            await question()


async def attack(stage: Stage) -> None:
    """Try the ports of two machines, ask the servers found for endpoints, then read what the open one is made of."""
    await stage.until(30)
    for machine in (FILLING, MIXING):
        stage.mark()
        host = LINE.host(machine.name.lower()).ip
        for port in _PORTS:
            with contextlib.suppress(OSError, TimeoutError):
                await _ask(make_client(stage, f"opc.tcp://{host}:{port}/", _ASKER))
            await stage.wait(0.6)
        await stage.wait(5)
    stage.mark()
    async with open_client(stage, server_url(FILLING), _ASKER) as client:
        for item in ("i=2256", "i=2255"):  # Server_ServerStatus, Server_NamespaceArray
            await client.get_node(ua.NodeId.from_string(item)).read_value()
            await stage.wait(2)


SCENARIO = make_scenario("opcua_discovery.pcap.gz", 32, 110, {"laptop": attack}, strangers=("laptop",))
