"""What the API of incidents takes and gives."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from console.views.incident import LONGEST

Status = Literal["new", "investigating", "contained", "closed"]
Verdict = Literal["undetermined", "attack", "false_positive", "authorised", "fault"]


class Incident(BaseModel):
    """One incident: what its alerts tell, by dotted names, and what people made of it."""

    id: str
    status: Status
    verdict: Verdict
    assignee: str
    comment: str
    level: int = Field(description="Level I to IV that holds, as 1 (worst) to 4.")
    level_set: int = Field(description="Level that somebody set; 0 where the proposed one holds.")
    level_proposed: int
    event_class: str = Field(description="Class of GB/T 20986-2023 that holds, by its Chinese name; unconfirmed.")
    event_subclass: str
    class_set: str = Field(description="Class that somebody set; empty where that of the alerts holds.")
    subclass_set: str
    version: int = Field(description="Counts the changes: the ETag.")
    record: dict[str, Any] = Field(description="What the alerts tell; times as RFC 3339 in UTC.")


class Incidents(BaseModel):
    """One page of incidents."""

    items: list[Incident]
    next: str | None = Field(description="Cursor of the next page; null at the end.")


class Change(BaseModel):
    """What to change; what is left out stays."""

    status: Status | None = None
    verdict: Verdict | None = None
    assignee: str | None = Field(None, max_length=LONGEST["assignee"])
    comment: str | None = Field(None, max_length=LONGEST["comment"])
    level_set: int | None = Field(None, ge=0, le=4, description="1 to 4; 0 for the proposed one.")
    class_set: str | None = Field(None, max_length=64, description="Chinese name; empty for that of the alerts.")
    subclass_set: str | None = Field(None, max_length=64)


class Merge(BaseModel):
    """Incidents that go into this one."""

    others: list[str] = Field(min_length=1, max_length=50)


class Split(BaseModel):
    """What leaves: of what is given, all must hold."""

    alerts: list[str] = Field(default_factory=list, max_length=500)
    source: str = Field("", max_length=64)
    destination: str = Field("", max_length=64)
    rule: str = Field("", max_length=256)


class Undo(BaseModel):
    """Decisions to take back."""

    decisions: list[int] = Field(min_length=1, max_length=100)


class Decided(BaseModel):
    """What a merge or a split did."""

    incident: Incident
    decisions: list[int] = Field(description="Numbers by which it can be taken back.")
    others: list[str] = Field(description="Incidents that went into it, or came out of it.")


class Undone(BaseModel):
    """What became of the incident."""

    incident: Incident | None = Field(description="Null where it is no more.")


class Decision(BaseModel):
    """One merge or split."""

    decision: int
    kind: Literal["merge", "split"]
    part: dict[str, Any] = Field(description="Of a split: what leaves.")


class Decisions(BaseModel):
    """The merges and splits that made an incident what it is."""

    items: list[Decision]
    next: None = None


class Step(BaseModel):
    """One line of the history."""

    at: str
    actor: str
    action: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class Steps(BaseModel):
    """What was done to an incident, the newest first, up to a hundred lines."""

    items: list[Step]
    next: None = None


class Member(BaseModel):
    """One alert of an incident."""

    id: str
    at: str
    rule: str
    severity: int
    source: str | None
    destination: str | None
    state: str


class Members(BaseModel):
    """One page of the alerts of an incident, by time."""

    items: list[Member]
    next: str | None
