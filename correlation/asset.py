"""An asset: what is known of one device, how sure that is, and why."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Scope = Literal["inside", "outside"]
State = Literal["active", "gone", "declared"]

EDITABLE = ("name", "type", "zone", "level", "criticality", "owner", "vendor", "model", "serial", "note")
"""What a person can say of an asset; it holds against whatever the traffic says."""
TYPES = (
    "plc", "rtu", "field_device", "gateway", "hmi", "scada", "engineering", "historian", "server", "broker",
    "identifier_node", "name_server", "network", "client", "sensor", "external", "other",
)  # fmt: skip
"""What a device is for."""
LEVELS = (0.0, 1.0, 2.0, 3.0, 3.5, 4.0, 5.0)
"""Levels of the Purdue model (ISA-95 / IEC 62264-1), 3.5 for the industrial DMZ."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to an asset."""

    at_ns: int
    kind: str
    """``new``, ``changed``, ``conflict`` or ``gone``."""
    field: str = ""
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Asset:
    """One device of an enterprise."""

    id: str
    enterprise: str
    site: str
    key: str
    """What names it: ``mac:`` or ``ip:`` and the address, ``/unit`` after it behind a gateway."""
    keys: tuple[str, ...]
    """Every key that leads to it."""
    name: str
    type: str
    """One of ``TYPES``."""
    addresses: tuple[str, ...]
    macs: tuple[str, ...]
    vendor: str
    model: str
    firmware: str
    serial: str
    zone: str
    level: float | None
    criticality: int
    """1 very low to 5 very high."""
    owner: str
    note: str
    scope: Scope
    state: State
    confidence: float
    """0 to 1: how sure it is that there is this one device."""
    behind: str
    """Id of the gateway it answers through."""
    first_ns: int
    last_ns: int
    reasons: tuple[tuple[str, str], ...] = ()
    """Why it is an asset, one asset, and of this type and level: a word and a value."""
    facts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """All that is known, by field of an observation, the best founded and latest value first."""
    edited: tuple[str, ...] = ()
    """Names of what a person has said."""
    history: tuple[Event, ...] = ()
    """What happened to it, the oldest first."""

    def write(self) -> dict[str, Any]:
        """Give it as JSON can tell it."""
        return asdict(self)


def read_asset(document: Mapping[str, Any]) -> Asset:
    """Read what ``Asset.write`` gave and JSON kept."""
    told = dict(document)
    told["history"] = tuple(Event(**event) for event in told["history"])
    told["reasons"] = tuple((word, value) for word, value in told["reasons"])
    told["facts"] = {name: tuple(values) for name, values in told["facts"].items()}
    for name in ("keys", "addresses", "macs", "edited"):
        told[name] = tuple(told[name])
    return Asset(**told)


def make_id(enterprise: str, key: str) -> str:
    """Name the asset that a key of an enterprise leads to."""
    return "asset-" + hashlib.sha256(f"{enterprise}\0{key}".encode()).hexdigest()[:12]
