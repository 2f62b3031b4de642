"""What a device is for, which Purdue level that is, and how much depends on it: told by its protocols and roles.

Levels are those of the Purdue model (ISA-95 / IEC 62264-1 hierarchy); criticality has the five grades that
GB/T 20984-2022 gives to assets, 1 very low to 5 very high. All of it is a first guess: the site file comes before it,
and a person before that.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

CONTROL = frozenset({"modbus", "s7comm", "enip", "cip", "dnp3", "iec104", "bacnet", "fins", "melsec", "profinet"})
"""Protocols in which a server is a controller or an instrument, and a client commands it."""

SUPERVISION, OFFICE = 3.0, 4.0
"""Purdue levels from which stations supervise several cells, and from which nothing commands controllers."""

DEFAULTS: dict[str, tuple[float | None, int]] = {
    "plc": (1.0, 4), "rtu": (1.0, 4), "field_device": (0.0, 3), "sensor": (0.0, 3), "gateway": (1.0, 3),
    "hmi": (2.0, 4), "scada": (2.0, 4), "engineering": (2.0, 4), "historian": (3.0, 3), "broker": (3.0, 4),
    "identifier_node": (3.0, 3), "name_server": (3.0, 3), "server": (3.0, 3), "network": (None, 4),
    "client": (3.0, 2), "external": (5.0, 1), "other": (None, 1),
}  # fmt: skip
"""Level and criticality of a type, where nothing else tells them; network devices join levels and have none."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What the type of a device is inferred from."""

    roles: frozenset[str]
    """Values of ``asset.role``."""
    has_units: bool = False
    """Devices answer through it."""
    is_unit: bool = False
    """It answers through another device."""
    carries: int = 0
    """Devices whose packets it forwarded."""
    names: str = ""
    """Its product, names and software, in lower case."""
    capabilities: frozenset[str] = frozenset()
    """What it said in LLDP."""
    is_outside: bool = False
    """It lies beyond the enterprise."""
    is_master: bool | None = None
    """Whether the site file lets it command any server of the enterprise; None where that tells nothing of masters."""
    level: float | None = None
    """Level of its zone in the site file."""


def infer_type(traits: Traits) -> tuple[str, str]:
    """Give one of ``asset.TYPES``, and what told it: a role, or a word."""
    served = {role.removesuffix("_server") for role in traits.roles if role.endswith("_server")}
    asked = {role.removesuffix("_client") for role in traits.roles if role.endswith("_client")}
    for kind, reason in _list_types(traits, served, asked):
        if reason:
            return kind, reason
    return "other", ""


def _list_types(traits: Traits, served: set[str], asked: set[str]) -> list[tuple[str, str]]:
    """Types in the order they are tried, with what speaks for each; empty where nothing does."""
    roles = traits.roles
    network = _first({"router", "bridge", "access_point", "repeater", "dhcp_relay"} & {*roles, *traits.capabilities})
    control_served, control_asked = _first(CONTROL & served), _first(CONTROL & asked)
    commands = control_asked or ("opcua" if "opcua" in asked else "")
    is_stranger = traits.is_master is False or (traits.is_master is None and (traits.level or 0) >= OFFICE)
    return [
        ("field_device", "unit" if traits.is_unit else ""),
        ("external", "outside" if traits.is_outside else ""),
        ("gateway", "units" if traits.has_units else ""),
        ("network", network or (f"carries {traits.carries}" if traits.carries > 1 else "")),
        ("broker", "broker" if "broker" in roles else ""),
        ("identifier_node", "handle" if "handle" in served else ""),
        ("plc", "plc" if "plc" in roles else ""),
        ("rtu", _first({"dnp3", "iec104"} & served)),
        ("historian", "historian" if "historian" in traits.names else ""),
        ("engineering", "engineer" if "engineering" in traits.names else ""),
        ("client", commands and f"{commands} unlisted" if is_stranger else ""),
        ("hmi", commands if traits.level is not None and traits.level < SUPERVISION else ""),
        ("scada", control_asked if control_asked and asked & {"opcua", "mqtt", "iec104", "dnp3"} else ""),
        ("plc", "" if control_asked else control_served),
        ("hmi", control_asked),
        ("gateway", "edge_node" if "edge_node" in roles else ""),
        ("plc", "opcua" if "opcua" in served and "opcua" not in asked else ""),
        ("scada", "opcua" if "opcua" in asked else ""),
        ("name_server", _first({"dns", "dhcp"} & served)),
        ("server", _first(served) or ("web_server" if "web_server" in roles else "")),
        ("client", _first(asked) or ("dhcp_client" if "dhcp_client" in roles else "")),
    ]


def _first(words: Collection[str]) -> str:
    return min(words, default="")


def infer_level(kind: str) -> float | None:
    """Give the Purdue level where devices of a type usually stand."""
    return DEFAULTS[kind][0]


def infer_criticality(kind: str, *, safety: bool = False, outside: bool = False) -> int:
    """Grade how much depends on a device; what a safety function depends on is graded highest, strangers lowest."""
    return 5 if safety else 1 if outside else DEFAULTS[kind][1]
