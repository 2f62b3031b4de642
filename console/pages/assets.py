"""Pages of assets: the inventory with its side panel, one asset with its tabs, and what people say of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from console.address import local_address
from console.permission import Permission
from console.refusal import Refused
from console.rendering import render
from console.routing import Now, Pages, redirect
from console.table import Column, Table, choose_columns, choose_limit, choose_sort
from console.toast import Toast, add_toast
from console.views import asset_story as story
from console.views.assets import (
    GRADES,
    SCOPES,
    call_asset,
    choose_changes,
    count_page,
    edit_asset,
    get_asset,
    list_facets,
    list_page,
    list_stated,
    name_value,
    read_query,
    read_values,
    version_of,
)
from console.views.risk import Rated, name_part, read_asset_risk
from console.views.saved_views import show_views
from console.visit import Visit
from correlation.asset import EDITABLE, LEVELS, TYPES, Asset
from correlation.asset_csv import MOST_CHARACTERS

router = Pages("assets")
COLUMNS = (
    Column("name", "assets.field_name", sort=True, is_wide=True, is_fixed=True),
    Column("type", "assets.field_type", sort=True, is_fixed=True),
    Column("address", "assets.field_addresses", sort=True),
    Column("enterprise", "assets.field_enterprise"),
    Column("zone", "assets.field_zone", sort=True, is_rare=True),
    Column("level", "assets.column_level", sort=True),
    Column("vendor", "assets.field_vendor", sort=True, is_usual=False),
    Column("model", "assets.field_model", is_usual=False),
    Column("criticality", "assets.field_criticality", sort=True),
    Column("risk", "assets.risk", sort=True, is_number=True, is_fixed=True),
    Column("state", "assets.field_state"),
    Column("first", "assets.field_first", sort=True, is_usual=False),
    Column("last", "assets.field_last", sort=True, is_usual=False),
)
TABS = ("identity", "history", "dealings", "values", "alerts", "risk")


@router.get("/assets", permission="assets.read")
def show_list(visit: Now) -> Response:
    """Show the inventory."""
    query, sort = read_query(visit), choose_sort(visit, COLUMNS, "-risk")
    page = list_page(visit, query, sort, choose_limit(visit), visit.asked("cursor"))
    table = Table(COLUMNS, page.lines, page.next, sort, choose_columns(visit, COLUMNS))
    values: dict[str, Any] = {"query": query, "table": table} | words(visit)
    if visit.target == "more-rows":
        return render(visit, "pages/assets/rows.html", values)
    facets = {facet.name: facet for facet in list_facets(visit, query)}
    gone = sum(one.count for one in facets["state"].choices if one.value == "gone")
    values |= {"facets": facets, "total": count_page(visit, query), "gone": gone, "scopes": _list_scopes(visit)}
    values["saved"] = show_views(visit)
    if selected := visit.asked("selected"):
        values |= _tell_identity(visit, get_asset(visit, selected))
    return render(visit, "pages/assets/list.html", values)


@router.get("/assets/{identity}", permission="assets.read")
def show_one(visit: Now, identity: str) -> Response:
    """Show one asset, by itself or in the side panel of the list."""
    asset = get_asset(visit, identity)
    if visit.target == "side":
        return render(visit, "pages/assets/panel.html", words(visit) | _tell_identity(visit, asset))
    return render(visit, "pages/assets/one.html", words(visit) | _tell(visit, asset))


@router.get("/assets/{identity}/sparkline", permission="assets.read")
def show_sparkline(visit: Now, identity: str) -> Response:
    """Show the latest values of one point, for a row of the list of points."""
    drawn = story.draw_first(visit, get_asset(visit, identity), visit.asked("point"))
    return render(visit, "pages/assets/sparkline.html", {"one": drawn})


@router.get("/assets/{identity}/edit", permission="assets.edit")
def show_edit(visit: Now, identity: str) -> Response:
    """Show the form of what people say of an asset."""
    asset = get_asset(visit, identity)
    return _show_form(visit, asset, {name: _write(value) for name, value in list_stated(asset).items()})


@router.post("/assets/{identity}/edit", permission="assets.edit")
def edit(visit: Now, identity: str) -> Response:
    """Say what an asset is; a form that is wrong, or that another's change overtook, is shown again as it was typed."""
    asset = get_asset(visit, identity)
    given = {name: str(visit.form[name]) for name in EDITABLE if name in visit.form}
    values, faults = read_values(given)
    if faults:
        words_of = {name: visit.say(f"assets.fault_{name}") for name in faults}
        return _show_form(visit, asset, given, faults=words_of, status=422)
    changes = choose_changes(asset, values)
    try:
        expected = f'"{visit.form.get("version", "")}"'
        now = edit_asset(visit, asset, values, expected, str(visit.form.get("reason", ""))[:MOST_CHARACTERS])
    except Refused as refused:
        if refused.status != 412:
            raise
        return _show_form(visit, get_asset(visit, identity), given, is_late=True, status=412)
    before = list_stated(asset)
    fields = {name: _write(before.get(name)) for name in changes} | {"version": version_of(now).strip('"')}
    response = redirect(local_address(str(visit.form.get("back", "")), f"/assets/{asset.id}"))
    text = visit.say("assets.edited", name=call_asset(now), count=len(changes))
    return add_toast(response, Toast(text, f"/assets/{asset.id}/edit", urlencode(fields))) if changes else response


def _show_form(
    visit: Visit,
    asset: Asset,
    typed: Mapping[str, str],
    *,
    faults: Mapping[str, str] | None = None,
    is_late: bool = False,
    status: int = 200,
) -> Response:
    values = {
        "thing": asset,
        "typed": typed,
        "faults": faults or {},
        "is_late": is_late,
        "version": version_of(asset).strip('"'),
        "stated": list_stated(asset),
        "written": {name: _write(value) for name, value in list_stated(asset).items()},
        "pick": lambda name, options: [(_write(one), name_value(visit, name, one)) for one in options],
        "types": TYPES,
        "levels": LEVELS,
        "grades": GRADES,
    }
    return render(visit, "pages/assets/edit.html", words(visit) | values, status=status)


def _write(value: object) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def words(visit: Visit) -> dict[str, Any]:
    """Give what all templates of assets may use."""
    return {
        "call": call_asset,
        "name_value": lambda name, value: name_value(visit, name, value),
        "name_part": lambda part: name_part(visit, part),
        "alert_query_of": story.write_alert_query,
    }


def _list_scopes(visit: Visit) -> list[tuple[str, str]]:
    return [(name, visit.say(f"assets.scope_{name}")) for name in SCOPES]


def list_tabs(visit: Visit) -> list[str]:
    """Give the sides of an asset that the guest may see."""
    needed: Mapping[str, Permission] = {"alerts": "alerts.read", "risk": "risk.read"}
    return [name for name in TABS if visit.may(needed.get(name, "assets.read"))]


def _read_risk(visit: Visit, asset: Asset) -> Rated | None:
    return read_asset_risk(visit, asset) if visit.may("risk.read") else None


def _tell_identity(visit: Visit, asset: Asset) -> dict[str, Any]:
    return {"thing": asset, "version": version_of(asset), "risk": _read_risk(visit, asset), "tabs": list_tabs(visit)}


def _tell(visit: Visit, asset: Asset) -> dict[str, Any]:
    """Give what the chosen tab of an asset's page shows."""
    tab = visit.asked("tab") if visit.asked("tab") in list_tabs(visit) else TABS[0]
    values = _tell_identity(visit, asset) | {"tab": tab, "times": tab in ("dealings", "values", "alerts")}
    if tab == "history":
        values["moments"] = story.list_moments(visit, asset)
    elif tab == "dealings":
        values |= {"dealings": story.read_dealings(visit, asset), "flow_query": story.write_flow_query}
    elif tab == "values":
        chosen = visit.asked("point")
        values |= {"chosen": chosen, "drawn": story.name_points(visit, asset) if not chosen else ()}
        values["places"] = story.draw_point(visit, asset, chosen) if chosen else ()
    elif tab == "alerts":
        alerts = story.list_alerts_of(visit, asset)
        values |= {"alerts": alerts, "total": story.count_alerts_of(visit, asset)}
        values |= {"alert_query": story.write_alert_query(asset), "cases": story.list_incidents_of(visit, alerts)}
    return values
