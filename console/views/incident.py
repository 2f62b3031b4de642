"""One incident as its page shows it and as people change it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from console.refusal import not_found
from console.views.event_classes import list_classes, tell_class
from console.views.incidents import IncidentRow, tell_stage
from console.visit import Visit
from correlation.alert_detail import list_history
from correlation.case import STATUSES, VERDICTS, Case
from correlation.incident_detail import find_incident
from correlation.stage import STAGES, rank_stage
from wanglou.audit import AuditRow

LONGEST = {"assignee": 128, "comment": 4_000}
"""Characters of what is typed freely."""
FIELDS = ("status", "verdict", "assignee", "level", "class", "comment")
"""Fields of the form, in its order."""
_HIDDEN = frozenset({"version", "is_touched", "judged", "first_ns", "last_ns", "body", "stage", "title_en"})
"""Columns that a line of the history leaves out."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One tactic of the bar."""

    name: str
    word: str
    is_reached: bool
    is_furthest: bool
    lines: int
    """Lines of the timeline that stand for it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the history."""

    at_ns: int
    who: str
    text: str
    detail: str


@dataclass(frozen=True, slots=True)
class Change:
    """What a form asks to change: the values of the columns that differ."""

    values: Mapping[str, Any]
    faults: Mapping[str, str]
    """What is wrong, by field."""


def get_case(visit: Visit, identity: str) -> Case:
    """Find one incident; raises Refused (404) where there is none, or it is not the guest's to see."""
    with visit.ledger.reading() as connection:
        case = find_incident(connection, identity, visit.enterprises)
    if case is None:
        raise not_found()
    return case


def draw_stages(visit: Visit, case: Case) -> list[Stage]:
    """Give the bar of stages along the matrix."""
    told = case.incident
    lines = [moment.stage for moment in told.timeline]
    return [
        Stage(name, tell_stage(visit, name), name in told.stages, name == told.stage, lines.count(name))
        for name in STAGES
    ]


def read_values(case: Case) -> dict[str, str]:
    """Give what the form shows: how the incident is now."""
    return {
        "status": case.status,
        "verdict": case.verdict,
        "assignee": case.assignee,
        "level": str(case.level_set),
        "class": f"{case.class_set}/{case.subclass_set}" if case.class_set else "",
        "comment": case.comment,
    }


def read_form(visit: Visit, case: Case) -> tuple[dict[str, str], set[str]]:
    """Read what was typed, and which fields the person changed since the form was shown.

    A field counts as changed where it is not what it was when it was shown, told by ``was_<field>``.
    """
    now = read_values(case)
    typed = {name: str(visit.form.get(name, now[name])).replace("\r\n", "\n").strip() for name in FIELDS}
    before = {name: str(visit.form.get(f"was_{name}", now[name])).replace("\r\n", "\n").strip() for name in FIELDS}
    return typed, {name for name in FIELDS if typed[name] != before[name]}


def check_form(visit: Visit, case: Case, typed: Mapping[str, str], changed: set[str]) -> Change:
    """Check the fields that were changed, and give the columns they stand for."""
    say, faults = visit.say, {}
    values: dict[str, Any] = {name: typed[name] for name in ("status", "verdict", "assignee", "comment")}
    for name, allowed in (("status", STATUSES), ("verdict", VERDICTS), ("level", ("0", "1", "2", "3", "4"))):
        if name in changed and typed[name] not in allowed:
            faults[name] = say("incidents.wrong_choice")
    for name, most in LONGEST.items():
        if name in changed and len(typed[name]) > most:
            faults[name] = say("incidents.wrong_length", most=most)
    name, _, subclass = typed["class"].partition("/")
    parts = {one.name.zh: {part.zh for part in one.subclasses} for one in list_classes()}
    if "class" in changed and (name or subclass) and (name not in parts or (subclass and subclass not in parts[name])):
        faults["class"] = say("incidents.wrong_choice")
    closes = "status" in changed and typed["status"] == "closed"
    if closes and (typed["verdict"] if "verdict" in changed else case.verdict) == "undetermined":
        faults["verdict"] = say("incidents.wrong_verdict")
    columns = {field: values[field] for field in values if field in changed}
    if "level" in changed and "level" not in faults:
        columns["level_set"] = int(typed["level"])
    if "class" in changed:
        columns |= {"class_set": name, "subclass_set": subclass}
    return Change({} if faults else columns, faults)


def change_case(visit: Visit, case: Case, values: Mapping[str, Any], expected: int) -> Case:
    """Change what people made of an incident; raises ConflictError where it has no longer the version expected."""
    return visit.services.incidents.set_state(case.id, visit.actor, expected=expected, **values)


def list_history_rows(visit: Visit, case: Case) -> list[AuditRow]:
    """Give the rows of the audit about an incident, the newest first."""
    with visit.ledger.reading() as connection:
        return list_history(connection, "incident", case.id)


def list_steps(visit: Visit, case: Case) -> list[Step]:
    """Tell what was done to an incident, the newest first."""
    return [_tell(visit, row) for row in list_history_rows(visit, case)]


def _tell(visit: Visit, row: AuditRow) -> Step:
    word = visit.say.find(f"incidents.done_{row.action.rpartition('.')[2]}") or row.action
    kind, _, name = row.actor.partition(":")
    who = visit.say("incidents.by_itself") if kind == "system" else name or kind
    before, after = (_read(text) for text in (row.before, row.after))
    names = [name for name in {**before, **after} if name not in _HIDDEN]
    if row.action in ("incident.opened", "incident.regrouped", "incident.reopened"):
        names = [name for name in names if name in ("alerts", "severity")]
    told = [_tell_field(visit, name, before.get(name), after.get(name)) for name in names]
    return Step(row.at_ns, who, word, "; ".join(filter(None, told)))


def _read(text: str | None) -> dict[str, Any]:
    found = json.loads(text) if text else {}
    return found if isinstance(found, dict) else {}


def _tell_field(visit: Visit, name: str, before: object, after: object) -> str:
    label = visit.say.find(f"incidents.field_{name}")
    if label is None:
        return ""
    one, other = (_tell_value(visit, name, value) for value in (before, after))
    if before is None or not one:
        return visit.say("incidents.now", field=label, after=other or "–")  # noqa: RUF001 - a dash is what stands there
    return visit.say("incidents.was", field=label, before=one, after=other or "–")  # noqa: RUF001 - as above


def _tell_value(visit: Visit, name: str, value: object) -> str:
    if name in ("status", "verdict") and isinstance(value, str):
        return visit.say.find(f"incidents.{name}_{value}") or value
    if name == "level_set":
        return visit.say(f"incidents.level_{value}") if value in (1, 2, 3, 4) else visit.say("incidents.level_proposed")
    if name == "class_set" and isinstance(value, str):
        return tell_class(value, "", visit.language)
    if isinstance(value, list):
        return ", ".join(str(one)[:80] for one in value[:5])
    return "" if value is None else str(value)[:200]


def tell_values(visit: Visit, values: Mapping[str, str]) -> dict[str, str]:
    """Write the values of the form as people read them."""
    say = visit.say
    name, _, subclass = values["class"].partition("/")
    return {
        "status": say.find(f"incidents.status_{values['status']}") or values["status"],
        "verdict": say.find(f"incidents.verdict_{values['verdict']}") or values["verdict"],
        "assignee": values["assignee"],
        "level": say.find(f"incidents.level_{values['level']}") or say("incidents.level_proposed"),
        "class": tell_class(name, subclass, visit.language) if name else say("incidents.class_proposed"),
        "comment": values["comment"],
    }


def list_form_choices(visit: Visit, case: Case) -> dict[str, Sequence[tuple[str, str]]]:
    """Give what the selects of the form offer: values and words."""
    say, told = visit.say, case.incident
    proposed = say("incidents.level_as_proposed", level=say(f"incidents.level_{told.level}"))
    own = tell_class(told.event_class, told.event_subclass, visit.language)
    return {
        "status": [(one, say(f"incidents.status_{one}")) for one in STATUSES],
        "verdict": [(one, say(f"incidents.verdict_{one}")) for one in VERDICTS],
        "level": [("0", proposed), *((str(one), say(f"incidents.level_{one}")) for one in (1, 2, 3, 4))],
        "class": [("", say("incidents.class_as_told", name=own)), *_classes(visit)],
    }


def _classes(visit: Visit) -> list[tuple[str, str]]:
    found = []
    for one in list_classes():
        found.append((f"{one.name.zh}/", one.name.tell(visit.language)))
        found += [
            (f"{one.name.zh}/{part.zh}", tell_class(one.name.zh, part.zh, visit.language)) for part in one.subclasses
        ]
    return found


def make_row(case: Case) -> IncidentRow:
    """Give an incident as lists have it."""
    return IncidentRow(case)


def count_stages(case: Case) -> int:
    """Count the tactics reached."""
    return sum(rank_stage(one) > 0 for one in case.incident.stages)
