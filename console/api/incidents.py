"""The API of incidents: the list, one incident with what it tells, changes with ETags, merging, splitting, export."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from fastapi import Header, Query
from starlette.responses import JSONResponse, Response

from console.api.incident_schema import (
    Change,
    Decided,
    Decision,
    Decisions,
    Incident,
    Incidents,
    Member,
    Members,
    Merge,
    Split,
    Step,
    Steps,
    Undo,
    Undone,
)
from console.disclosure import note_download
from console.figures import write_time
from console.problem import CHANGES
from console.refusal import Refused
from console.routing import Api, Now
from console.table import MOST_ROWS
from console.views.incident import change_case, get_case, list_history_rows
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
Sort = Literal["began", "-began", "last", "-last", "severity", "-severity", "alerts", "-alerts"]


@router.get("/incidents", permission="incidents.read", response_model=Incidents)
def list_them(
    visit: Now,
    limit: Limit = 50,
    sort: Sort = "-severity",
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
    """List incidents, those that are open unless asked otherwise, the worst first and of equal ones the newest."""
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
