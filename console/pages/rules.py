"""Pages of rules: the catalogue, one rule, and the matrix of ATT&CK for ICS."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from starlette.responses import Response

from console.address import local_address
from console.figures import SEVERITIES
from console.formats import SHAPES
from console.question import Question
from console.rendering import render
from console.routing import Now, Pages, redirect
from console.table import Column, Table, choose_columns, choose_limit, choose_sort
from console.toast import Toast, add_toast
from console.translation import translate
from console.views.coverage import VERSIONS, draw_matrix, read_version
from console.views.rule_detail import find_rule, tell_rule
from console.views.rule_tuning import LONGEST_NUMBER, decide, exempt, lift, read_form, write_form
from console.views.rules import RULE_STATES, Catalogue, RuleQuery, list_rules, read_query, split_sentence
from console.visit import Visit
from wanglou.errors import UsageError

router = Pages("rules")
COLUMNS = (
    Column("severity", "rules.column_severity", sort=True, is_fixed=True),
    Column("title", "rules.column_title", is_wide=True, is_fixed=True),
    Column("name", "rules.column_name", sort=True, is_usual=False),
    Column("dataset", "rules.column_dataset", sort=True),
    Column("technique", "rules.column_technique", is_rare=True),
    Column("state", "rules.column_state", sort=True),
    Column("hits", "rules.column_hits", sort=True, is_number=True, is_fixed=True),
    Column("trend", "rules.column_trend"),
    Column("cases", "rules.column_cases", is_rare=True),
    Column("status", "rules.column_status", is_usual=False),
)

LONGEST_TOLD = 60
"""Characters of a reason that the way back carries: a cookie holds 4 KB."""


@router.get("/rules", permission="rules.read")
def show_list(visit: Now) -> Response:
    """Show the catalogue with hits of the period."""
    query, sort = read_query(visit), choose_sort(visit, COLUMNS, "-hits")
    found = list_rules(visit, query, sort)
    limit, text = choose_limit(visit), visit.asked("cursor")
    begin = int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0
    rows = found.found[begin : begin + limit]
    follows = str(begin + limit) if begin + limit < len(found.found) else ""
    table = Table(COLUMNS, rows, follows, sort, choose_columns(visit, COLUMNS))
    values = {"times": True, "query": query, "table": table, "catalogue": found}
    if visit.target == "more-rows":
        return render(visit, "pages/rules/rows.html", values)
    values |= {"outdated": visit.services.rules.count_outdated(visit.store)}
    values |= {"question": Question(query.text), "facets": _list_facets(visit, query, found)}
    if selected := visit.asked("selected"):
        values |= _tell(visit, selected)
    return render(visit, "pages/rules/list.html", values)


@router.get("/rules/coverage", permission="rules.read")
def show_matrix(visit: Now) -> Response:
    """Show the matrix of ATT&CK for ICS."""
    coverage = draw_matrix(visit, read_version(visit))
    versions = [(one, visit.say(f"rules.version_{one}")) for one in VERSIONS]
    values = {"times": True, "coverage": coverage, "versions": versions}
    return render(visit, "pages/rules/coverage.html", values)


@router.get("/rules/{name}", permission="rules.read")
def show_one(visit: Now, name: str) -> Response:
    """Show one rule, by itself or in the side panel of the catalogue."""
    values = {**_tell(visit, name), "times": True}
    if visit.target == "side":
        return render(visit, "pages/rules/panel.html", values)
    return render(visit, "pages/rules/one.html", values)


@router.post("/rules/{name}/tune", permission="rules.tune")
def tune(visit: Now, name: str) -> Response:
    """Decide about a rule: whether it runs, its severity, its threshold; the toast takes it back."""
    fields = _read_fields(visit)
    rule = find_rule(visit, name)
    before = visit.services.rules.tuning.find(rule.id)
    version = fields.get("version", "")
    expected = int(version) if version.isascii() and version.isdigit() and len(version) < LONGEST_NUMBER else None
    try:
        decide(visit, name, read_form(fields), fields.get("reason", ""), expected)
    except UsageError as error:
        return _show_fault(visit, name, fields, error, "reason")
    reason = before.reason[:LONGEST_TOLD] or visit.say("rules.undone")
    undo = {**write_form(before.tuning), "reason": reason, "back": _find_back(fields, name)}
    return _go_back(name, fields, Toast(_title(visit, name, "saved"), _address(name, "/tune"), urlencode(undo)))


@router.post("/rules/{name}/exemptions", permission="rules.tune")
def add_exemption(visit: Now, name: str) -> Response:
    """Let a rule not look at some traffic."""
    fields = _read_fields(visit)
    asked = [fields.get(one, "") for one in ("enterprise", "source", "destination", "why")]
    try:
        made = exempt(visit, name, *asked)
    except UsageError as error:
        return _show_fault(visit, name, fields, error, "why")
    undo = urlencode({"back": _find_back(fields, name)})
    toast = Toast(_title(visit, name, "exempted"), _address(name, f"/exemptions/{made.id}/lift"), undo)
    return _go_back(name, fields, toast)


@router.post("/rules/{name}/exemptions/{identity}/lift", permission="rules.tune")
def lift_exemption(visit: Now, name: str, identity: str) -> Response:
    """Let a rule look at that traffic again."""
    fields = _read_fields(visit)
    gone = lift(visit, name, identity)
    told = {"enterprise": gone.exemption.enterprise, "source": gone.exemption.source}
    told |= {
        "destination": gone.exemption.destination,
        "why": gone.reason[:LONGEST_TOLD],
        "back": _find_back(fields, name),
    }
    toast = Toast(_title(visit, name, "lifted"), _address(name, "/exemptions"), urlencode(told))
    return _go_back(name, fields, toast)


def _read_fields(visit: Visit) -> dict[str, str]:
    return {name: str(value) for name, value in visit.form.items()}


def _address(name: str, more: str = "") -> str:
    return f"/rules/{quote(name, safe='')}{more}"


def _find_back(fields: Mapping[str, str], name: str) -> str:
    return local_address(fields.get("back", ""), _address(name))


def _title(visit: Visit, name: str, what: str) -> str:
    facts = find_rule(visit, name).facts
    texts = None if facts is None else facts.zh if visit.language == "zh" else facts.en
    return visit.say(f"rules.done_{what}", title=texts.title if texts else name)


def _go_back(name: str, fields: Mapping[str, str], toast: Toast) -> Response:
    return add_toast(redirect(_find_back(fields, name)), toast)


def _show_fault(visit: Visit, name: str, fields: Mapping[str, str], error: UsageError, last: str) -> Response:
    """Show the form again with what was typed, and what is wrong beside the field."""
    told = translate(error, visit.language)
    words = " ".join(part for part in (told.what or told.original, told.do) if part)
    typed = {**write_form(visit.services.rules.tuning.find(find_rule(visit, name).id).tuning), **fields}
    values = {**_tell(visit, name), "times": True, "typed": typed, "faults": {last: words}, "is_tuning": True}
    return render(visit, "pages/rules/one.html", values, status=400)


def _tell(visit: Visit, name: str) -> dict[str, object]:
    return {"story": tell_rule(visit, name), "split_sentence": split_sentence, "tune_form": write_form}


def _list_facets(visit: Visit, query: RuleQuery, found: Catalogue) -> list[tuple[str, str, object, object]]:
    """Give what can be chosen: (parameter, label, values, chosen)."""
    levels, states = found.count(lambda row: row.level), found.count(lambda row: row.state)
    datasets = found.count(lambda row: row.rule.dataset)
    return [
        (
            "level",
            visit.say("rules.column_severity"),
            [(one, visit.say(f"severity.{one}"), levels[one], SHAPES[one]) for one in SEVERITIES if one in levels],
            [one for one in SEVERITIES if one in query.levels],
        ),
        (
            "dataset",
            visit.say("rules.column_dataset"),
            [(one, one, count, "") for one, count in datasets.items()],
            sorted(query.datasets),
        ),
        (
            "state",
            visit.say("rules.column_state"),
            [(one, visit.say(f"rules.state_{one}"), states.get(one, 0), "") for one in RULE_STATES],
            [one for one in RULE_STATES if one in query.states],
        ),
    ]
