"""The API of incidents: the list, one incident with what it tells, changes with ETags, merging, splitting, export."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from fastapi import Header, Query
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response

from console.disclosure import note_download
from console.figures import write_time
from console.problem import CHANGES
from console.refusal import Refused
from console.routing import Api, Now
from console.table import MOST_ROWS
from console.views.incident import LONGEST, change_case, get_case, list_history_rows
from console.views.incident_decisions import check_version, list_made, merge_cases, split_case, undo_decisions
from console.views.incident_tabs import list_alerts
from console.views.incidents import StatusChoice, list_rows, read_query
from console.visit import Visit
from correlation.case import Case
from correlation.decision import Part
from correlation.stage_document import write_case
from wanglou.audit import AuditRow

router = Api("incidents")
Limit = Annotated[int, Query(ge=1, le=MOST_ROWS, description="Rows wanted.")]
Text = Annotated[str, Query(max_length=2_048)]
IfMatch = Annotated[str | None, Header(description="ETag that the incident was read with.")]
Status = Literal["new", "investigating", "contained", "closed"]
Verdict = Literal["undetermined", "attack", "false_positive", "authorised", "fault"]
Sort = Literal["began", "-began", "last", "-last", "severity", "-severity", "alerts", "-alerts"]


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


@router.get("/incidents", permission="incidents.read", response_model=Incidents)
def list_them(
    visit: Now,
    limit: Limit = 50,
    sort: Sort = "began",
    q: Text = "",
    status: StatusChoice = "open",
    severity: Text = "",
    level: Text = "",
    stage: Text = "",
    verdict: Text = "",
    age: Annotated[str, Query(max_length=16, description="How long ago it began: day, three, week, older.")] = "",
    enterprise: Text = "",
    assignee: Annotated[str, Query(max_length=128, description="A name; - for nobody.")] = "",
    cursor: Text = "",
    from_: Annotated[str, Query(alias="from", max_length=64)] = "",
    to: Annotated[str, Query(max_length=64)] = "",
) -> Incidents:
    """List incidents, those that are open unless asked otherwise, the oldest first."""
    del q, status, severity, level, stage, verdict, age, enterprise, assignee, cursor, from_, to  # the visit reads them
    found = list_rows(visit, read_query(visit, limit, sort))
    return Incidents(items=[describe(row.case) for row in found.rows], next=found.next or None)


@router.get("/incidents/{identity}", permission="incidents.read", response_model=Incident)
def get_one(visit: Now, identity: str) -> Response:
    """Give one incident, with its ETag."""
    return _answer(get_case(visit, identity))


@router.patch("/incidents/{identity}", permission="incidents.decide", response_model=Incident, responses={**CHANGES})
def change_one(visit: Now, identity: str, change: Change, if_match: IfMatch = None) -> Response:
    """Change what people made of an incident, if it is still as it was read."""
    case = _expect(visit, identity, if_match)
    return _answer(change_case(visit, case, change.model_dump(exclude_none=True), case.version))


@router.post("/incidents/{identity}/merge", permission="incidents.decide", responses={**CHANGES})
def merge(visit: Now, identity: str, body: Merge, if_match: IfMatch = None) -> Decided:
    """Make other incidents parts of this one; it stays so whatever comes in."""
    _expect(visit, identity, if_match)
    done = merge_cases(visit, identity, body.others, if_match)
    return Decided(incident=describe(done.case), decisions=list(done.seqs), others=list(done.others))


@router.post("/incidents/{identity}/split", permission="incidents.decide", responses={**CHANGES})
def split(visit: Now, identity: str, body: Split, if_match: IfMatch = None) -> Decided:
    """Take alerts out of an incident; they are an incident of their own from then on."""
    _expect(visit, identity, if_match)
    part = Part(tuple(body.alerts), body.source, body.destination, body.rule)
    done = split_case(visit, identity, part, if_match)
    return Decided(incident=describe(done.case), decisions=list(done.seqs), others=list(done.others))


@router.post("/incidents/{identity}/undo", permission="incidents.decide", responses={**CHANGES})
def undo(visit: Now, identity: str, body: Undo, if_match: IfMatch = None) -> Undone:
    """Take merges or splits back."""
    _expect(visit, identity, if_match)
    case = undo_decisions(visit, identity, body.decisions, if_match)
    return Undone(incident=describe(case) if case is not None else None)


@router.get("/incidents/{identity}/decisions", permission="incidents.read")
def list_decisions(visit: Now, identity: str) -> Decisions:
    """List the merges and splits that made an incident what it is."""
    found = list_made(visit, get_case(visit, identity))
    return Decisions(items=[Decision(decision=one.seq, kind=one.kind, part=_tell_part(one.part)) for one in found])


@router.get("/incidents/{identity}/history", permission="incidents.read")
def list_steps(visit: Now, identity: str) -> Steps:
    """Tell what was done to an incident."""
    return Steps(items=[_tell_step(row) for row in list_history_rows(visit, get_case(visit, identity))])


@router.get("/incidents/{identity}/alerts", permission="alerts.read")
def list_members(visit: Now, identity: str, limit: Limit = 50, cursor: Text = "") -> Members:
    """List the alerts of an incident, by time."""
    found = list_alerts(visit, get_case(visit, identity), cursor, limit)
    items = [
        Member(
            id=line.id,
            at=write_time(int(str(line.record["@timestamp"]))),
            rule=str(line.record.get("rule.name", "")),
            severity=int(str(line.record.get("event.severity", 0))),
            source=_text(line.record.get("source.ip")),
            destination=_text(line.record.get("destination.ip")),
            state=line.triaged.state,
        )
        for line in found.lines
    ]
    return Members(items=items, next=found.next or None)


@router.get("/incidents/{identity}/export", permission="incidents.read", response_class=JSONResponse)
def export(visit: Now, identity: str) -> Response:
    """Download an incident with all it tells, its history, decisions and, where they may be seen, alerts."""
    case = get_case(visit, identity)
    members = visit.services.incidents.members(case.id) if visit.may("alerts.read") else []
    told = write_case(case, members)
    told["incident.history"] = [_tell_step(row).model_dump() for row in list_history_rows(visit, case)]
    told["incident.decisions"] = [
        {"decision": one.seq, "kind": one.kind, "part": _tell_part(one.part)} for one in list_made(visit, case)
    ]
    text = json.dumps(told, ensure_ascii=False, indent=2)
    note_download(visit, "export", f"{case.id}.json")
    headers = {"content-disposition": f'attachment; filename="{case.id}.json"', "etag": f'"{case.version}"'}
    return Response(text, media_type="application/json", headers=headers)


def describe(case: Case) -> Incident:
    """Give an incident as the API does."""
    told = case.incident
    return Incident(
        id=case.id,
        status=case.status,
        verdict=case.verdict,
        assignee=case.assignee,
        comment=case.comment,
        level=case.level,
        level_set=case.level_set,
        level_proposed=told.level,
        event_class=case.event_class,
        event_subclass=case.event_subclass,
        class_set=case.class_set,
        subclass_set=case.subclass_set,
        version=case.version,
        record=write_case(case),
    )


def _expect(visit: Visit, identity: str, if_match: str | None) -> Case:
    if if_match is None:
        raise Refused(428)
    return check_version(get_case(visit, identity), if_match)


def _answer(case: Case) -> Response:
    return JSONResponse(describe(case).model_dump(), headers={"etag": f'"{case.version}"'})


def _tell_part(part: Part) -> dict[str, Any]:
    told = {"alerts": list(part.alerts), "source": part.source, "destination": part.destination, "rule": part.rule}
    return {name: value for name, value in told.items() if value}


def _tell_step(row: AuditRow) -> Step:
    before, after = (None if text is None else json.loads(text) for text in (row.before, row.after))
    return Step(at=write_time(row.at_ns), actor=row.actor, action=row.action, before=before, after=after)


def _text(value: object) -> str | None:
    return None if value is None else str(value)
