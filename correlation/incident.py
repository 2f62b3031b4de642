"""The record of this stage: an incident, as its alerts tell it.

``description.py`` makes it from alerts and their groups, ``incidents.py`` keeps it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of a timeline: the alerts of one rule between the same two ends."""

    first_ns: int
    last_ns: int
    rule: str
    source: str
    """Client's address; empty where the rule does not fold by it."""
    destination: str
    severity: int
    alerts: int
    records: int
    stage: str
    techniques: tuple[str, ...]
    title_zh: str
    title_en: str
    sample: str
    """Id of the first of the alerts."""


@dataclass(frozen=True, slots=True)
class Incident:
    """One attack or fault, as its alerts tell it."""

    id: str
    """``incident-`` and 16 hexadecimal digits of the first alert's id."""
    enterprise: str
    title_zh: str
    title_en: str
    actors: tuple[str, ...]
    """Addresses where it comes from."""
    relays: tuple[str, ...]
    """Addresses that act because somebody acted on them, or only answer."""
    suspects: tuple[str, ...]
    targets: tuple[str, ...]
    first_ns: int
    last_ns: int
    severity: int
    stage: str
    """Furthest tactic of ATT&CK for ICS."""
    stages: tuple[str, ...]
    """All tactics, in the order of the matrix."""
    techniques: tuple[str, ...]
    event_class: str
    """Class of GB/T 20986-2023, by name."""
    event_subclass: str
    level: int
    """Proposed level, 1 (worst) to 4."""
    alerts: int
    records: int
    timeline: tuple[Moment, ...]
    graph: Mapping[str, Any]
    """``nodes`` (id, role, alerts) and ``edges`` (source, target, rules, severity, alerts)."""
    omitted: int
    """Lines of the timeline that were left out."""
    captures: tuple[str, ...] = ()
    """Captures that its alerts are in, up to ``LONGEST`` of them."""


def name_incident(first_alert: str) -> str:
    """Make the id of an incident from the id of its first alert."""
    return f"incident-{hashlib.sha256(first_alert.encode()).hexdigest()[:16]}"
