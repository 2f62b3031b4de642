"""Pages of hunting: records of any dataset by a query, and one record with all its fields."""

from __future__ import annotations

from starlette.responses import Response

from console.rendering import render
from console.routing import Now, Pages
from console.table import Table, choose_columns, choose_limit
from console.views.hunt import (
    ask_hunt,
    draw_bars,
    find_records,
    list_columns,
    list_datasets,
    read_hunt,
    show_rows,
    tell_record,
)
from console.views.rule_draft import draft_rule
from console.views.saved_views import show_views
from console.visit import Visit

router = Pages("hunt")


@router.get("/hunt", permission="hunt.read")
def show_list(visit: Now) -> Response:
    """Show the records of the period that a query finds."""
    oldest = visit.asked("sort") == "@timestamp"
    hunt = read_hunt(visit, choose_limit(visit), newest_first=not oldest)
    columns = list_columns(hunt.dataset)
    empty = Table(columns, (), sort="@timestamp" if oldest else "-@timestamp", chosen=choose_columns(visit, columns))
    values = {
        "times": True,
        "hunt": hunt,
        "table": empty,
        "datasets": list_datasets(visit),
        "exports": _list_exports(visit),
    }
    if hunt.question.fault:
        return render(visit, "pages/hunt/list.html", values, status=400)
    found = find_records(visit, hunt)
    rows = show_rows(visit, hunt.dataset, found.records, empty.shown)
    values["table"] = Table(columns, rows, found.next, empty.sort, empty.chosen)
    if visit.target == "more-rows":
        return render(visit, "pages/hunt/rows.html", values)
    values |= {"bars": draw_bars(visit, hunt), "saved": show_views(visit)}
    if visit.asked("selected"):
        values["story"] = tell_record(visit, visit.asked("selected"))
    return render(visit, "pages/hunt/list.html", values)


@router.get("/hunt/rule", permission="hunt.read")
def show_rule(visit: Now) -> Response:
    """Show the query as the draft of a rule, to be copied or downloaded."""
    hunt = ask_hunt(visit, 1)
    example = next(iter(find_records(visit, hunt).records), None)
    return render(visit, "pages/hunt/rule.html", {"hunt": hunt, "text": draft_rule(visit, hunt, example)})


@router.get("/hunt/{identity}", permission="hunt.read")
def show_one(visit: Now, identity: str) -> Response:
    """Show one record, by itself or in the side panel of the list."""
    values = {"story": tell_record(visit, identity)}
    return render(visit, "pages/hunt/panel.html" if visit.target == "side" else "pages/hunt/one.html", values)


def _list_exports(visit: Visit) -> list[tuple[str, str]]:
    """List the downloads of what is found: address and word."""
    if not visit.may("hunt.export"):
        return []
    kinds = [("csv", "CSV"), ("ndjson", "NDJSON"), ("parquet", "Parquet")]
    if visit.may("packets.read"):
        kinds.append(("pcapng", visit.say("hunt.export_packets")))
    query = visit.request.url.query
    return [(f"/api/v1/records.{ending}?{query}", word) for ending, word in kinds]
