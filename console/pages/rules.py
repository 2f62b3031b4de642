"""Pages of rules: the catalogue, one rule, and the matrix of ATT&CK for ICS."""

from __future__ import annotations

from starlette.responses import Response

from console.figures import SEVERITIES
from console.formats import SHAPES
from console.question import Question
from console.rendering import render
from console.routing import Now, Pages
from console.table import Column, Table, choose_columns, choose_limit, choose_sort
from console.views.coverage import VERSIONS, draw_matrix, read_version
from console.views.rule_detail import tell_rule
from console.views.rules import RULE_STATES, Catalogue, RuleQuery, list_rules, read_query, split_sentence
from console.visit import Visit

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


@router.get("/rules", permission="rules.read")
def show_list(visit: Now) -> Response:
    """Show the catalogue with hits of the period."""
    query, sort = read_query(visit), choose_sort(visit, COLUMNS, "-hits")
    found = list_rules(visit, query, sort)
    limit, text = choose_limit(visit, 100), visit.asked("cursor")
    begin = int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0
    rows = found.found[begin : begin + limit]
    follows = str(begin + limit) if begin + limit < len(found.found) else ""
    table = Table(COLUMNS, rows, follows, sort, choose_columns(visit, COLUMNS))
    values = {"times": True, "query": query, "table": table, "catalogue": found}
    if visit.target == "more-rows":
        return render(visit, "pages/rules/rows.html", values)
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


def _tell(visit: Visit, name: str) -> dict[str, object]:
    return {"story": tell_rule(visit, name), "split_sentence": split_sentence}


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
