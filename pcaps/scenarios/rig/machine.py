"""A machine with an OPC UA server (asyncua): a few values that move, set points, and a state that methods change.

Every server offers all of its endpoints, also the one without security, as many machines are left after commissioning.
Browse names are those a machine builder would choose; the simulation is only as deep as a trend display looks.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from asyncua import ua
from asyncua.common.node import Node
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.server.server import Server

from pcaps.scenarios.rig.identity import make_identity
from pcaps.scenarios.rig.scenario import Serve
from pcaps.scenarios.rig.stage import Stage

PORT = 4840
"""Registered port of OPC UA over TCP (OPC 10000-6, 7.2)."""

PASSWORDS = {"operator": "shift-2 night", "engineer": "Umbau!2026", "historian": "read.only"}
"""User names the machines know; ``engineer`` may change the address space."""

_ENGINEER = "engineer"
_ENDPOINTS = [
    ua.SecurityPolicyType.NoSecurity,
    ua.SecurityPolicyType.Basic256Sha256_Sign,
    ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt,
]
_OUTDATED = ua.SecurityPolicyType.Basic256_Sign
"""Deprecated, because it rests on SHA-1."""


@dataclass(frozen=True, slots=True)
class Signal:
    """One value of a machine."""

    name: str
    start: float
    noise: float
    """Standard deviation of its change per step; 0 for a set point."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What a server's address space holds."""

    name: str
    maker: str
    signals: tuple[Signal, ...]
    anonymous: bool = False
    """True when it lets anybody in."""
    spares: int = 0
    """Further variables that nobody reads, as machines have hundreds."""
    outdated: bool = False
    """True when it also offers a security policy that is deprecated."""
    extra: tuple[str, ...] = field(default=("Start", "Stop", "Reset"))
    """Methods."""


FILLING = Machine(
    "Filling",
    "Siemens",
    (
        Signal("FillLevel", 74.0, 0.3), Signal("BottlesPerMinute", 182.0, 0.8), Signal("ConveyorSpeed", 1.25, 0.004),
        Signal("TorqueCap", 2.1, 0.02), Signal("SpeedSetpoint", 180.0, 0.0), Signal("FillVolume", 500.0, 0.0),
    ),
    anonymous=True,
    spares=240,
)  # fmt: skip
MIXING = Machine(
    "Mixing",
    "Beckhoff",
    (
        Signal("Temperature", 64.5, 0.1), Signal("Viscosity", 1420.0, 3.0), Signal("AgitatorSpeed", 88.0, 0.2),
        Signal("TemperatureSetpoint", 65.0, 0.0), Signal("BatchSize", 1200.0, 0.0),
    ),
)  # fmt: skip


class Users:
    """Who may do what: known names with their password, the nameless where the machine lets them."""

    def __init__(self, anonymous: bool) -> None:
        self._anonymous = anonymous

    def get_user(
        self, iserver: Any, username: str | None = None, password: str | None = None, certificate: Any = None
    ) -> User | None:
        """Give the user's role, or nothing when refused (asyncua's user manager)."""
        _ = iserver, certificate
        if username is None:
            return User(UserRole.User) if self._anonymous else None
        if PASSWORDS.get(username) != password:
            return None
        return User(UserRole.Admin if username == _ENGINEER else UserRole.User, username)


def node_id(machine: Machine, name: str) -> ua.NodeId:
    """Name a node of a machine."""
    return ua.NodeId.from_string(f"ns=2;s={machine.name}.{name}")


def top_id(machine: Machine) -> ua.NodeId:
    """Name the object that a machine's nodes are below."""
    return ua.NodeId.from_string(f"ns=2;s={machine.name}")


def serve_machine(machine: Machine, ip: str) -> Serve:
    """Make what serves a machine for ever."""

    async def serve(stage: Stage, ready: Callable[[], None]) -> None:
        server = await _set_up(machine, ip)
        signals = [(server.get_node(node_id(machine, one.name)), one) for one in machine.signals if one.noise]
        async with server:
            ready()
            while True:
                await stage.wait(1.0)
                for node, signal in signals:
                    value = await node.read_value()
                    pull = 0.1 * (signal.start - value)
                    await node.write_value(round(value + pull + stage.random.gauss(0, signal.noise), 3))

    return serve


async def _set_up(machine: Machine, ip: str) -> Server:
    server = Server(user_manager=Users(machine.anonymous))  # type: ignore[arg-type]  # it only asks get_user
    await server.init()
    uri = f"urn:demo-park:{machine.name.lower()}"
    await server.set_application_uri(uri)
    server.set_endpoint(f"opc.tcp://{ip}:{PORT}/{machine.name.lower()}")
    server.set_server_name(f"{machine.name} line")
    made = dt.datetime(2024, 3, 18, tzinfo=dt.UTC)
    await server.set_build_info(uri, machine.maker, f"{machine.name} machine", "2.4.1", "1187", made)
    server.set_security_policy([*_ENDPOINTS, *([_OUTDATED] if machine.outdated else [])])
    identity = make_identity(uri, machine.maker, ip)
    await server.load_certificate(identity.certificate, "der")
    await server.load_private_key(identity.key, format="pem")
    index = await server.register_namespace(f"urn:demo-park:{machine.name.lower()}:types")
    await _build(server.nodes.objects, machine, index)
    return server


async def _build(objects: Node, machine: Machine, index: int) -> None:
    top = await objects.add_object(top_id(machine), f"{index}:{machine.name}")
    for signal in machine.signals:
        node = await top.add_variable(node_id(machine, signal.name), f"{index}:{signal.name}", signal.start)
        if not signal.noise:
            await node.set_writable()
    state = await top.add_variable(node_id(machine, "State"), f"{index}:State", "Running")
    for ordinal in range(machine.spares):
        if ordinal % 12 == 0:
            group = await top.add_object(node_id(machine, f"Unit{ordinal // 12}"), f"{index}:Unit{ordinal // 12}")
        name = f"Unit{ordinal // 12}.Value{ordinal % 12}"
        await group.add_variable(node_id(machine, name), f"{index}:Value{ordinal % 12}", ordinal)
    for name in machine.extra:
        await top.add_method(
            node_id(machine, name), f"{index}:{name}", _method(state, name), [], [ua.VariantType.String]
        )


def _method(state: Node, name: str) -> Callable[..., Any]:
    async def change(parent: ua.NodeId, *_arguments: ua.Variant) -> list[ua.Variant]:
        _ = parent
        after = {"Start": "Running", "Stop": "Stopped", "Reset": "Idle"}[name]
        await state.write_value(after)
        return [ua.Variant(after, ua.VariantType.String)]

    return change
