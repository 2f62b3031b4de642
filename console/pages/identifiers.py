"""Pages of identifiers: figures by prefix, actor and error, what is new, and the records behind each number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from starlette.responses import Response

from console.rendering import render
from console.routing import Now, Pages
from console.table import Column, Table, choose_columns, choose_limit
from console.views.hunt import show_rows
from console.views.identifiers import (
    VIEWS,
    View,
    choose_view,
    count_identifiers,
    list_narrowed,
    list_records,
    make_lines,
    read_records,
    tell_identifier,
)
from console.visit import Visit

router = Pages("identifiers")
MOST_SHOWN = 100
"""Lines of figures that a page shows; programs get 500."""


def _column(name: str, *, is_number: bool = False, is_wide: bool = False) -> Column:
    return Column(name, f"identifiers.column_{name}", is_number=is_number, is_wide=is_wide, is_fixed=True)


_ACTORS = (
    _column("client"), _column("enterprise"), _column("prefix", is_wide=True), _column("records", is_number=True),
    _column("failed", is_number=True),
)  # fmt: skip
COLUMNS: Mapping[View, Sequence[Column]] = {
    "prefixes": (
        _column("prefix", is_wide=True), _column("scheme"), _column("resolved", is_number=True),
        _column("changed", is_number=True), _column("mentioned", is_number=True), _column("failed", is_number=True),
        _column("invalid", is_number=True),
    ),
    "resolved": _ACTORS,
    "changed": _ACTORS,
    "errors": (
        _column("response"), _column("operation"), _column("prefix", is_wide=True), _column("records", is_number=True),
    ),
    "novelty": (_column("kind"), _column("value", is_wide=True), _column("records", is_number=True)),
    "records": (
        Column("@timestamp", "identifiers.column_time", is_fixed=True),
        Column("event.action", "identifiers.column_action", is_fixed=True),
        Column("identifier.normalized", "identifiers.column_value", is_wide=True, is_fixed=True),
        Column("identifier.scheme", "identifiers.column_scheme"),
        Column("source.ip", "identifiers.column_client"),
        Column("destination.ip", "identifiers.column_server"),
        Column("event.outcome", "identifiers.column_outcome"),
        Column("identifier.reasons", "identifiers.column_reasons", is_rare=True),
    ),
}  # fmt: skip
"""Columns of each view."""


@router.get("/identifiers", permission="identifiers.read")
def show(visit: Now) -> Response:
    """Show the identifiers of the period, in one of several views."""
    view = choose_view(visit)
    columns = COLUMNS[view]
    values: dict[str, object] = {"times": True, "view": view, "views": _list_views(visit)}
    if view == "records":
        return _show_records(visit, values, columns)
    table = Table(columns, make_lines(visit, view, MOST_SHOWN))
    return render(visit, "pages/identifiers/list.html", values | {"table": table, "counts": count_identifiers(visit)})


def _show_records(visit: Visit, values: dict[str, object], columns: Sequence[Column]) -> Response:
    hunt, question = read_records(visit, choose_limit(visit))
    values |= {"question": question, "narrowed": list_narrowed(visit)}
    if question.fault:
        return render(visit, "pages/identifiers/list.html", values | {"table": Table(columns, ())}, status=400)
    records, following = list_records(visit, hunt)
    chosen = choose_columns(visit, columns)
    values["table"] = Table(columns, show_rows(visit, hunt.dataset, records, columns), following, chosen=chosen)
    if visit.target == "more-rows":
        return render(visit, "pages/identifiers/rows.html", values)
    if visit.asked("selected"):
        values["story"] = tell_identifier(visit, visit.asked("selected"))
    return render(visit, "pages/identifiers/list.html", values | {"counts": count_identifiers(visit)})


@router.get("/identifiers/records/{identity}", permission="identifiers.read")
def show_one(visit: Now, identity: str) -> Response:
    """Show one record of an identifier, by itself or in the side panel."""
    values = {"story": tell_identifier(visit, identity)}
    template = "panel" if visit.target == "side" else "one"
    return render(visit, f"pages/identifiers/{template}.html", values)


def _list_views(visit: Visit) -> list[tuple[str, str, str]]:
    """List the views: name, word and address."""
    return [(name, visit.say(f"identifiers.view_{name}"), visit.keep("/identifiers", view=name)) for name in VIEWS]
