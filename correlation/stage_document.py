"""Incidents, assets and alerts with their triage as JSON objects: what commands print and other programs read.

Names are those of ECS where it has one. Values are JSON's own: times are texts of RFC 3339 in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from correlation.asset import Asset
    from correlation.case import Case
    from correlation.incident import Moment
    from correlation.triage import Triaged

_SECOND_NS = 1_000_000_000


def write_time(ns: int) -> str:
    """Write nanoseconds since 1970 as RFC 3339 in UTC, with all nine digits."""
    seconds, fraction = divmod(ns, _SECOND_NS)
    return f"{datetime.fromtimestamp(seconds, UTC).strftime('%Y-%m-%dT%H:%M:%S')}.{fraction:09d}Z"


def write_case(case: Case, members: Sequence[str] = ()) -> dict[str, Any]:
    """Write an incident, with the ids of its alerts where they are given."""
    incident = case.incident
    told = {
        "@timestamp": write_time(incident.first_ns),
        "incident.id": case.id,
        "event.kind": "incident",
        "event.start": write_time(incident.first_ns),
        "event.end": write_time(incident.last_ns),
        "event.severity": incident.severity,
        "organization.id": incident.enterprise,
        "wanglou.site": case.site,
        "incident.title.zh": incident.title_zh,
        "incident.title.en": incident.title_en,
        "incident.status": case.status,
        "incident.verdict": case.verdict,
        "incident.assignee": case.assignee,
        "incident.comment": case.comment,
        "incident.actors": list(incident.actors),
        "incident.relays": list(incident.relays),
        "incident.suspects": list(incident.suspects),
        "incident.targets": list(incident.targets),
        "incident.stage": incident.stage,
        "threat.tactic.name": list(incident.stages),
        "threat.technique.id": list(incident.techniques),
        "wanglou.event_class.name": case.event_class,
        "wanglou.event_class.subclass": case.event_subclass,
        "incident.level": case.level,
        "incident.level_proposed": incident.level,
        "incident.alerts": incident.alerts,
        "incident.alerts_gone": case.is_empty or None,
        "incident.records": incident.records,
        "incident.captures": list(incident.captures),
        "incident.version": case.version,
        "incident.timeline": [_write_moment(moment) for moment in incident.timeline],
        "incident.timeline_omitted": incident.omitted,
        "incident.graph": incident.graph,
        "incident.alert_ids": list(members),
    }
    return {name: value for name, value in told.items() if value not in ("", [], None)}


def _write_moment(moment: Moment) -> dict[str, Any]:
    told = asdict(moment)
    first, last = told.pop("first_ns"), told.pop("last_ns")
    return {"first": write_time(first), "last": write_time(last), **told, "techniques": list(moment.techniques)}


def write_asset(one: Asset) -> dict[str, Any]:
    """Write an asset."""
    told = one.write()
    for name in ("first", "last"):
        at_ns = told.pop(f"{name}_ns")
        told[name] = write_time(at_ns) if at_ns else None
    told["history"] = [{"at": write_time(event.at_ns), "kind": event.kind,
                        **{name: value for name in ("field", "before", "after") if (value := getattr(event, name))}}
                       for event in one.history]  # fmt: skip
    return told


def write_triage(triaged: Triaged | None) -> dict[str, Any]:
    """Write what people made of an alert, beside its own fields; None where nobody touched it."""
    told: Mapping[str, Any] = (
        {"state": "new"}
        if triaged is None
        else {"state": triaged.state, "assignee": triaged.assignee, "comment": triaged.comment}
    )
    return {f"wanglou.triage.{name}": value for name, value in told.items() if value}
