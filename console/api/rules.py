"""The API of rules: the catalogue, one rule with its cases, decisions with ETags, exemptions, and the coverage."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import Header, Query
from starlette.responses import JSONResponse, Response

from console.api.rule_schema import (
    Bound,
    Case,
    Cases,
    Change,
    Coverage,
    Decided,
    Exemption,
    Exemptions,
    NewExemption,
    Rule,
    RuleDetail,
    Rules,
    Tactic,
    Technique,
    Threshold,
)
from console.figures import SECOND_NS
from console.problem import CHANGES
from console.refusal import Refused
from console.routing import Api, Now
from console.table import MOST_ROWS
from console.views.coverage import Version, draw_matrix, read_version
from console.views.rule_detail import RuleStory, find_rule, list_exemptions, tell_rule
from console.views.rule_tuning import Decision, decide, exempt, lift
from console.views.rules import RuleRow, list_rules, read_query
from detection.tuning import Tuning
from detection.tuning_ledger import Exempted

router = Api("rules")
Limit = Annotated[int, Query(ge=1, le=MOST_ROWS, description="Rules wanted.")]
Text = Annotated[str, Query(max_length=8_192)]
Start = Annotated[str, Query(alias="from", max_length=64)]
End = Annotated[str, Query(max_length=64)]
IfMatch = Annotated[str | None, Header(description="ETag that the rule was read with.")]


@router.get("/rules", permission="rules.read", response_model=Rules)
def list_them(
    visit: Now,
    limit: Limit = 50,
    q: Text = "",
    dataset: Text = "",
    level: Text = "",
    state: Text = "",
    technique: Text = "",
    cursor: Annotated[str, Query(max_length=6, pattern="^[0-9]*$")] = "",
    from_: Start = "",
    to: End = "",
) -> Rules:
    """List the rules by name, with the alerts of a period."""
    del q, dataset, level, state, technique, from_, to  # the visit reads them, for pages and programs alike
    found = list_rules(visit, read_query(visit), "name").found
    begin = int(cursor or 0)
    follows = str(begin + limit) if begin + limit < len(found) else None
    items = [describe(row) for row in found[begin : begin + limit]]
    return Rules(items=items, next=follows, total=len(found))


@router.get("/rules/{name}", permission="rules.read", response_model=RuleDetail)
def get_one(visit: Now, name: str) -> Response:
    """Give one rule, with its ETag; its cases run for it."""
    story = tell_rule(visit, name)
    return JSONResponse(tell(story).model_dump(), headers={"etag": story.version})


@router.patch("/rules/{name}", permission="rules.tune", response_model=RuleDetail, responses={**dict(CHANGES)})
def change_one(visit: Now, name: str, change: Change, if_match: IfMatch = None) -> Response:
    """Decide about a rule, if nobody decided since it was read."""
    if if_match is None:
        raise Refused(428)
    found = re.fullmatch(r'"(\d{1,9})"', if_match)
    if found is None:
        find_rule(visit, name)
        raise Refused(412, reason="conflict")
    known = visit.services.rules.tuning.find(find_rule(visit, name).id).tuning
    given = change.model_fields_set
    decide(visit, name, _merge(change, known, given), change.reason, int(found[1]))
    return get_one(visit, name)


@router.get("/rules/{name}/exemptions", permission="rules.read", response_model=Exemptions)
def list_exempted(visit: Now, name: str) -> Exemptions:
    """List the exemptions of a rule."""
    return Exemptions(items=[_tell_exemption(one) for one in list_exemptions(visit, find_rule(visit, name))])


@router.post("/rules/{name}/exemptions", permission="rules.tune", response_model=Exemption, status_code=201)
def add_exempted(visit: Now, name: str, new: NewExemption) -> Exemption:
    """Let a rule not look at some traffic."""
    return _tell_exemption(exempt(visit, name, new.enterprise, new.source, new.destination, new.reason))


@router.delete("/rules/{name}/exemptions/{identity}", permission="rules.tune", status_code=204)
def lift_exempted(visit: Now, name: str, identity: str) -> Response:
    """Let a rule look at that traffic again."""
    lift(visit, name, identity)
    return Response(status_code=204)


@router.get("/attack-coverage", permission="rules.read", response_model=Coverage)
def get_coverage(visit: Now, version: Version = "v18", from_: Start = "", to: End = "") -> Coverage:
    """Give the matrix of ATT&CK for ICS with rules and the alerts of a period."""
    del version, from_, to
    drawn = draw_matrix(visit, read_version(visit))
    items = [
        Tactic(
            name=column.tactic,
            techniques=[
                Technique(id=cell.technique, name=cell.name, rules=drawn.rules_of(cell), hits=cell.hits)
                for cell in column.cells
            ],
        )
        for column in drawn.columns
    ]
    return Coverage(version=drawn.version, covered=drawn.covered, total=drawn.total, items=items)


def describe(row: RuleRow) -> Rule:
    """Give a rule as lists of the API do."""
    return Rule(**_describe(row))


def _describe(row: RuleRow) -> dict[str, Any]:
    facts = row.facts
    return {
        "name": row.rule.name,
        "id": row.rule.id,
        "title": {"zh": facts.zh.title, "en": facts.en.title},
        "dataset": row.rule.dataset,
        "severity": row.severity,
        "written_severity": facts.severity,
        "state": row.state,
        "status": row.rule.status,
        "attack_v18": list(facts.attack_v18),
        "attack_v19": list(facts.attack_v19),
        "hits": row.hits,
        "exemptions": row.exemptions,
        "cases": None if row.cases is None else Cases(right=row.cases[0], total=row.cases[1]),
    }


def tell(story: RuleStory) -> RuleDetail:
    """Give a rule with all that is told of it."""
    rule, facts, tuning = story.row.rule, story.row.facts, story.decided.tuning
    threshold = story.threshold
    return RuleDetail(
        **_describe(story.row),
        description={language: rule.notes(language).description for language in ("zh", "en")},
        sentence={"zh": facts.zh.sentence, "en": facts.en.sentence},
        advice={"zh": facts.zh.advice, "en": facts.en.advice},
        references=list(rule.references),
        false_positives={language: list(rule.notes(language).falsepositives) for language in ("zh", "en")},
        file=story.written,
        threshold=Threshold(count=threshold.count, timespan_s=threshold.timespan_s) if threshold else None,
        bound=_tell_bound(story),
        lists={name: list(values) for name, values in story.lists.items()},
        decided=Decided(
            enabled=tuning.is_enabled,
            severity=tuning.severity,
            count=tuning.count,
            timespan_s=_seconds(tuning),
            bound=tuning.bound,
            reason=story.decided.reason,
            version=story.decided.version,
        ),
        exempted=[_tell_exemption(one) for one in story.exemptions],
        tested=[
            Case(
                kind="fires" if one.kind == "fires" else "silent",
                number=one.number,
                records=list(one.records),
                alerts=one.alerts,
                right=one.is_right,
                alerts_as_tuned=one.tuned_alerts,
            )
            for one in story.cases
        ],
    )


def _tell_bound(story: RuleStory) -> Bound | None:
    written = story.bound
    if written is None:
        return None
    bound = written.bound
    return Bound(field=bound.field, number=written.number, least=bound.least, most=bound.most)


def _merge(change: Change, known: Tuning, given: set[str]) -> Decision:
    return Decision(
        change.enabled if "enabled" in given else known.is_enabled,
        change.severity if "severity" in given else known.severity,
        change.count if "count" in given else known.count,
        change.timespan_s if "timespan_s" in given else _seconds(known),
        change.bound if "bound" in given else known.bound,
    )


def _seconds(tuning: Tuning) -> float | None:
    return None if tuning.timespan_ns is None else tuning.timespan_ns / SECOND_NS


def _tell_exemption(one: Exempted) -> Exemption:
    told = one.exemption
    return Exemption(
        id=one.id, enterprise=told.enterprise, source=told.source, destination=told.destination, reason=one.reason
    )
