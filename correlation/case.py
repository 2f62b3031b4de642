"""What people make of an incident: status, verdict, level, who looks after it; and how it is written in the ledger."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from correlation.incident import Incident, Moment
from correlation.stage import rank_stage

Status = Literal["new", "investigating", "contained", "closed"]
STATUSES: tuple[Status, ...] = get_args(Status)
Verdict = Literal["undetermined", "attack", "false_positive", "authorised", "fault"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)


@dataclass(frozen=True, slots=True)
class Case:
    """An incident with what people made of it."""

    incident: Incident
    status: Status = "new"
    verdict: Verdict = "undetermined"
    assignee: str = ""
    comment: str = ""
    level_set: int = 0
    """Level that somebody set, 1 to 4; 0 where the proposed one holds."""
    is_touched: bool = False
    """True once a person changed anything: it then is never removed by itself."""
    version: int = 1
    site: str = ""
    class_set: str = ""
    """Class of GB/T 20986 that somebody set; empty where that of the alerts holds."""
    subclass_set: str = ""
    is_empty: bool = False
    """True where none of its alerts is in the store any more; what is told is what was known of them."""

    @property
    def id(self) -> str:
        """Id of the incident."""
        return self.incident.id

    @property
    def level(self) -> int:
        """Level 1 (worst) to 4 that holds."""
        return self.level_set or self.incident.level

    @property
    def event_class(self) -> str:
        """Class of GB/T 20986-2023 that holds, by name."""
        return self.class_set or self.incident.event_class

    @property
    def event_subclass(self) -> str:
        """Subclass that holds; of a class that somebody set only one that was set with it."""
        return self.subclass_set if self.class_set else self.incident.event_subclass


def judged(incident: Incident) -> str:
    """Write what an incident was when it was closed: severity and stage."""
    return f"{incident.severity}:{rank_stage(incident.stage)}"


def is_worse(incident: Incident, judged_as: str) -> bool:
    """True where an incident went beyond what it was when it was closed."""
    severity, _, stage = judged_as.partition(":")
    return incident.severity > int(severity or 0) or rank_stage(incident.stage) > int(stage or 0)


def write_body(incident: Incident) -> str:
    """Write what the alerts tell as JSON, without the id."""
    body = _spread(incident)
    del body["id"]
    body["timeline"] = [_spread(moment) for moment in incident.timeline]
    return _ENCODER.encode(body)


_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _spread(told: Incident | Moment) -> dict[str, Any]:
    """Give the values by name as they are: ``asdict`` copies them all the way down, which is most of its time."""
    return {name: getattr(told, name) for name in told.__dataclass_fields__}


def read_case(row: Mapping[Any, Any]) -> Case:
    """Read a row of the ledger."""
    body: dict[str, Any] = json.loads(row["body"])
    moments = (Moment(**{**moment, "techniques": tuple(moment["techniques"])}) for moment in body["timeline"])
    lists = {name: tuple(value) for name, value in body.items() if isinstance(value, list)}
    incident = Incident(**{**body, **lists, "id": row["id"], "timeline": tuple(moments)})
    names = ("status", "verdict", "assignee", "comment", "level_set", "is_touched", "version", "site")
    given = {name: row[name] for name in (*names, "class_set", "subclass_set")}
    return Case(incident, **given, is_empty=not row["alerts"])
