"""Identifiers of a period: prefixes, who resolves and changes what, errors, what is new, and the records behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from console.formats import quote_value
from console.question import Question, join_queries, read_question
from console.record import Record
from console.refusal import not_found
from console.views.hunt import Hunt, RecordStory, find_records, tell_record
from console.visit import Visit
from correlation import identifier_figures
from correlation.identifier_figures import Actor, Fault, Novelty, Prefix
from correlation.query import parse_query
from wanglou.errors import UsageError

View = Literal["prefixes", "resolved", "changed", "errors", "novelty", "records"]
VIEWS: tuple[View, ...] = get_args(View)
DATASET = "identifier"
NONE = "-"
"""Stands for records without a prefix where one is asked for."""
_ASKED: Mapping[str, str] = {
    "prefix": "identifier.prefix",
    "scheme": "identifier.scheme",
    "action": "event.action",
    "outcome": "event.outcome",
    "valid": "identifier.valid",
    "client": "source.ip",
}
"""Parameters of the address that narrow the records, and the fields they ask."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What one column of a line shows."""

    text: str
    href: str = ""
    number: int | None = None
    """Counts are written with thousands apart."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table of figures."""

    id: str
    cells: Mapping[str, Cell] = field(default_factory=dict)


def choose_view(visit: Visit) -> View:
    """Read ``?view=``; raises UsageError for one that is not there."""
    name = visit.asked("view", "prefixes")
    if name not in VIEWS:
        raise UsageError(f"there is no view {name[:40]!r}", do=f"give one of {', '.join(VIEWS)}")
    return name


def count_identifiers(visit: Visit) -> dict[str, int]:
    """Count the records of the period by action, and those that failed or are invalid."""
    counts = identifier_figures.count_identifiers(visit.services.store, **_scope(visit))
    return {name: counts.get(name, 0) for name in ("resolved", "changed", "mentioned", "failed", "invalid")}


def list_prefixes(visit: Visit) -> list[Prefix]:
    """List the prefixes of the period."""
    return identifier_figures.list_prefixes(visit.services.store, **_scope(visit))


def list_actors(visit: Visit, action: str) -> list[Actor]:
    """List who resolved or changed identifiers of which prefix."""
    return identifier_figures.list_actors(visit.services.store, action, **_scope(visit))


def list_faults(visit: Visit) -> list[Fault]:
    """List the failed transactions of the Handle protocol."""
    return identifier_figures.list_faults(visit.services.store, **_scope(visit))


def find_novelty(visit: Visit) -> Novelty:
    """Find what is new against the thirty days before the period."""
    period = visit.period
    return identifier_figures.find_novelty(visit.services.store, period.start_ns, period.end_ns, visit.enterprises)


def _scope(visit: Visit) -> dict[str, Any]:
    return {"start_ns": visit.period.start_ns, "end_ns": visit.period.end_ns, "enterprises": visit.enterprises}


def read_records(visit: Visit, limit: int) -> tuple[Hunt, Question]:
    """Read which records are asked for: ``q``, and parameters that narrow it; the question is as it was typed."""
    question = read_question(visit, DATASET)
    parts = [_ask(name, visit.asked(name)) for name in _ASKED if visit.asked(name)]
    whole = join_queries(question.text, *parts) if not question.fault else ""
    dataset = visit.store.datasets[DATASET]
    parse_query(whole, dataset, now_ns=visit.now_ns)
    return Hunt(dataset, Question(whole), limit, visit.asked("cursor")), question


def _ask(name: str, value: str) -> str:
    return f"NOT {_ASKED[name]}:*" if value == NONE else f"{_ASKED[name]}:{quote_value(value)}"


def list_narrowed(visit: Visit) -> list[tuple[str, str]]:
    """List the parameters that narrow the records: name and value."""
    return [(name, visit.asked(name)) for name in _ASKED if visit.asked(name)]


def list_records(visit: Visit, hunt: Hunt) -> tuple[Sequence[Record], str]:
    """Give one page of records, and where they go on."""
    found = find_records(visit, hunt)
    return found.records, found.next


def tell_identifier(visit: Visit, identity: str) -> RecordStory:
    """Tell one record of an identifier; raises Refused (404) for any other record."""
    if f"-{DATASET}-" not in identity:
        raise not_found()
    story = tell_record(visit, identity)
    if story.dataset.name != DATASET:
        raise not_found()
    return story


def make_lines(visit: Visit, view: View, most: int) -> list[Line]:
    """Make the first lines of a table of figures, each number leading to its records; of what is new, of each kind."""
    if view == "prefixes":
        return [_prefix_line(visit, one) for one in list_prefixes(visit)[:most]]
    if view in ("resolved", "changed"):
        return [_actor_line(visit, one) for one in list_actors(visit, view)[:most]]
    if view == "errors":
        return [_fault_line(visit, one) for one in list_faults(visit)[:most]]
    novelty = find_novelty(visit)
    lines = [_new_line(visit, "prefix", value, count) for value, count in novelty.prefixes[:most]]
    return lines + [_new_line(visit, "client", value, count) for value, count in novelty.clients[:most]]


def _records(visit: Visit, count: int, **asked: str) -> Cell:
    return Cell("", visit.keep("/identifiers", view="records", **asked) if count else "", count)


def _prefix_line(visit: Visit, one: Prefix) -> Line:
    asked = {"prefix": one.prefix or NONE, "scheme": one.scheme or NONE}
    cells = {
        "prefix": Cell(one.prefix or "–", visit.keep("/identifiers", view="records", **asked)),  # noqa: RUF001 - a dash
        "scheme": Cell(one.scheme),
        "failed": _records(visit, one.failures, outcome="failure", **asked),
        "invalid": _records(visit, one.invalid, valid="false", **asked),
    }
    for action in ("resolved", "changed", "mentioned"):
        cells[action] = _records(visit, one.actions.get(action, 0), action=action, **asked)
    return Line(f"{one.scheme}-{one.prefix}", cells)


def _actor_line(visit: Visit, one: Actor) -> Line:
    asked = {"action": one.action, "client": one.address or NONE, "prefix": one.prefix or NONE}
    cells = {
        "client": Cell(one.address or "–", visit.keep("/identifiers", view="records", **asked)),  # noqa: RUF001 - a dash
        "enterprise": Cell(visit.services.name_enterprise(one.enterprise, visit.language)),
        "prefix": Cell(one.prefix or "–"),  # noqa: RUF001 - a dash
        "records": _records(visit, one.records, **asked),
        "failed": _records(visit, one.failures, outcome="failure", **asked),
    }
    return Line(f"{one.address}-{one.prefix}-{one.enterprise}", cells)


def _fault_line(visit: Visit, one: Fault) -> Line:
    fields = {
        "handle.response.name": one.response,
        "handle.op.name": one.operation,
        "handle.prefix": one.prefix,
    }
    parts = [f"{name}:{quote_value(value)}" if value else f"NOT {name}:*" for name, value in fields.items()]
    query = " AND ".join(["event.outcome:failure", *parts])
    href = visit.keep("/hunt", dataset="handle", q=query) if visit.may("hunt.read") else ""
    cells = {
        "response": Cell(one.response or "–"),  # noqa: RUF001 - a dash
        "operation": Cell(one.operation or "–"),  # noqa: RUF001 - as above
        "prefix": Cell(one.prefix or "–"),  # noqa: RUF001 - as above
        "records": Cell("", href, one.records),
    }
    return Line(f"{one.response}-{one.operation}-{one.prefix}", cells)


def _new_line(visit: Visit, kind: Literal["prefix", "client"], value: str, count: int) -> Line:
    asked = {kind: value}
    return Line(
        f"{kind}-{value}",
        {
            "kind": Cell(visit.say(f"identifiers.kind_{kind}")),
            "value": Cell(value, visit.keep("/identifiers", view="records", **asked)),
            "records": _records(visit, count, **asked),
        },
    )
