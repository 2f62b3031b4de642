"""The everyday OPC UA clients: an operator panel, SCADA, a historian, an engineering station (asyncua).

Intervals that clients name in requests are those of the recording; packets are stretched, their contents are not.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from asyncua import ua
from asyncua.client.client import Client
from asyncua.common.node import Node
from asyncua.crypto.security_policies import SecurityPolicyBasic256, SecurityPolicyBasic256Sha256
from asyncua.crypto.uacrypto import CertProperties

from pcaps.scenarios.rig.identity import make_identity
from pcaps.scenarios.rig.machine import FILLING, PASSWORDS, PORT, Machine, node_id, top_id
from pcaps.scenarios.rig.park import LINE
from pcaps.scenarios.rig.stage import Stage

Mode = Literal["None", "Sign", "SignAndEncrypt"]
Deed = Callable[[Client], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Login:
    """How a client comes to a server."""

    application: str
    """Name of the client, and last part of its application URI."""
    mode: Mode = "None"
    """Any other needs a certificate, which is made then."""
    user: str = ""
    password: str = ""
    """Of the user where it is not the right one."""
    outdated: bool = False
    """True for a client that knows no newer policy than Basic256."""
    clear: bool = False
    """True for a client that sends passwords as they are, whatever the server's token policy asks for."""


class CarelessClient(Client):
    """A client that does not encrypt passwords."""

    def _encrypt_password(self, password: str, policy_uri: str) -> tuple[bytes, str]:
        _ = policy_uri
        return password.encode(), ""


def server_url(machine: Machine, ip: str = "") -> str:
    """Give the endpoint of a machine."""
    return f"opc.tcp://{ip or LINE.host(machine.name.lower()).ip}:{PORT}/{machine.name.lower()}"


def make_client(stage: Stage, url: str, login: Login) -> Client:
    """Make a client that is not yet connected; it looks after its server every half minute of packet time."""
    client = (CarelessClient if login.clear else Client)(url, timeout=10, watchdog_intervall=max(30 / stage.scale, 0.2))
    client.application_uri = f"urn:demo-park:{login.application}"
    client.name = client.description = login.application
    client.product_uri = "urn:demo-park:client"
    if login.user:
        client.set_user(login.user)
        client.set_password(login.password or PASSWORDS[login.user])
    return client


@contextlib.asynccontextmanager
async def open_client(stage: Stage, url: str, login: Login) -> AsyncIterator[Client]:
    """Connect and disconnect; for a secure channel the endpoints are asked for first, as clients do."""
    client = make_client(stage, url, login)
    if login.mode != "None":
        identity = make_identity(client.application_uri, "Demo Chemicals", "10.20.2.1")
        mode = ua.MessageSecurityMode[login.mode]
        key = CertProperties(identity.key, "pem")
        policy = SecurityPolicyBasic256 if login.outdated else SecurityPolicyBasic256Sha256
        await client.set_security(policy, identity.certificate, key, mode=mode)
    async with client:
        yield client


class Display:
    """Takes what a subscription notifies, and shows it to nobody."""

    def datachange_notification(self, node: Node, value: object, data: object) -> None:
        """Take one value (asyncua's subscription handler)."""


async def supervise(
    stage: Stage, machine: Machine, login: Login, every_s: float = 2.0, deeds: Sequence[tuple[float, Deed]] = ()
) -> None:
    """Subscribe to all signals of a machine and stay; now and then do a deed."""
    async with open_client(stage, server_url(machine), login) as client:
        subscription = await client.create_subscription(every_s * 1000 / stage.scale, Display())
        names = (*(signal.name for signal in machine.signals), "State")
        await subscription.subscribe_data_change([client.get_node(node_id(machine, name)) for name in names])
        for at_s, deed in deeds:
            await stage.until(at_s)
            if stage.stopped.is_set():
                break
            await deed(client)
        await stage.stopped.wait()
        await subscription.delete()


async def collect(stage: Stage, machine: Machine, login: Login, every_s: float = 10.0) -> None:
    """Read all signals of a machine again and again, as a historian without subscriptions does."""
    async with open_client(stage, server_url(machine), login) as client:
        nodes = [client.get_node(node_id(machine, signal.name)) for signal in machine.signals]
        while not stage.stopped.is_set():
            await client.read_values(nodes)
            await stage.wait(every_s)


def write(machine: Machine, name: str, value: float) -> Deed:
    """Make a deed of one Write."""
    return lambda client: client.get_node(node_id(machine, name)).write_value(value, ua.VariantType.Double)


def call(machine: Machine, name: str) -> Deed:
    """Make a deed of one Call."""
    return lambda client: client.get_node(top_id(machine)).call_method(node_id(machine, name))


async def look_around(stage: Stage, login: Login) -> None:
    """Browse the top of a machine and read what it is, as an engineering tool does on opening a project."""
    await stage.until(25)
    async with open_client(stage, server_url(FILLING), login) as client:
        for child in await client.nodes.objects.get_children():
            await child.read_browse_name()
            await child.get_children()
            await stage.wait(1)
        await client.get_node(ua.NodeId.from_string("i=2256")).read_value()
