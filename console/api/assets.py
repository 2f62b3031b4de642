"""The API of assets: the inventory with cursors, one asset, what people say of it with ETags, and CSV."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from fastapi import Body, Header, Query
from starlette.responses import JSONResponse, Response, StreamingResponse

from console.api.alerts import download
from console.api.asset_schema import (
    Asset,
    AssetItem,
    AssetList,
    Dealings,
    Edit,
    Facets,
    FacetValue,
    History,
    Imported,
    ImportFault,
    MomentItem,
    PointItem,
    Points,
    Value,
    Values,
)
from console.figures import write_time
from console.problem import CHANGES, Problem, ProblemResponse
from console.refusal import Refused
from console.routing import Api, Now
from console.table import MOST_ROWS
from console.views import asset_story as story
from console.views.asset_import import take_file
from console.views.assets import (
    AssetQuery,
    check_values,
    edit_asset,
    get_asset,
    list_facets,
    list_page,
    read_query,
    version_of,
)
from console.visit import Visit
from correlation.asset import Asset as Known
from correlation.asset_csv import write_csv
from correlation.asset_detail import find_assets_by_id
from correlation.asset_list import AssetLine

router = Api("assets")
MOST_EXPORTED = 100_000
"""Assets of one download."""
EXPORT_PAGE = 500
Limit = Annotated[int, Query(ge=1, le=MOST_ROWS, description="Assets wanted.")]
Text = Annotated[str, Query(max_length=8_192)]
Sort = Annotated[
    Literal[
        "name", "type", "zone", "level", "vendor", "address", "criticality", "risk", "first", "last",
        "-name", "-type", "-zone", "-level", "-vendor", "-address", "-criticality", "-risk", "-first", "-last",
    ],
    Query(description="Order; after - the highest comes first."),
]  # fmt: skip
Moment = Annotated[str, Query(max_length=64, description="RFC 3339, or now-24h and the like.")]
IfMatch = Annotated[str | None, Header(description="ETag that the asset was read with.")]


@router.get("/assets", permission="assets.read", response_model=AssetList)
def list_them(
    visit: Now,
    limit: Limit = 50,
    sort: Sort = "-risk",
    cursor: Text = "",
    q: Text = "",
    scope: Literal["inside", "outside", "all"] = "inside",
    type: Text = "",  # noqa: A002 - the parameter's name
    zone: Text = "",
    level: Text = "",
    vendor: Text = "",
    state: Text = "",
    criticality: Text = "",
    enterprise: Text = "",
) -> AssetList:
    """List assets; facets take several values with commas, - for none, commas of values percent-encoded."""
    del q, scope, type, zone, level, vendor, state, criticality, enterprise  # the visit reads them
    page = list_page(visit, read_query(visit), sort, limit, cursor)
    return AssetList(
        items=[describe_line(line, has_risk=visit.may("risk.read")) for line in page.lines], next=page.next or None
    )


@router.get("/assets/facets", permission="assets.read", response_model=Facets)
def list_them_by_facet(visit: Now, q: Text = "", scope: Literal["inside", "outside", "all"] = "inside") -> Facets:
    """Count assets by type, zone, level, vendor, state, criticality and enterprise; filters as for the list."""
    del q, scope
    found = list_facets(visit, read_query(visit))
    return Facets(
        facets={one.name: [FacetValue(value=it.value, count=it.count) for it in one.choices] for one in found}
    )


@router.get("/assets.csv", permission="assets.read", response_class=StreamingResponse)
def export_csv(visit: Now) -> Response:
    """Download assets as CSV (RFC 4180) with a byte order mark, headers in the reader's language."""
    query = read_query(visit)
    list_page(visit, query, "name", 1, "")  # what is wrong with the question is told before anything is sent
    lines = write_csv(_walk(visit, query), visit.language)
    return download(visit, _join("\ufeff", lines), "text/csv; charset=utf-8", "assets.csv")


@router.post("/assets/import", permission="assets.edit", response_model=Imported)
def import_csv(
    visit: Now,
    content: Annotated[bytes, Body(media_type="text/csv", description="UTF-8 or GB 18030.")],
    enterprise: Annotated[str, Query(max_length=128, description="Of rows where there is no such column.")] = "",
    reason: Annotated[str, Query(max_length=500)] = "",
    check: Annotated[bool, Query(description="Only look at it.")] = False,
) -> Response:
    """Take what a CSV file says of assets; 422 with every fault by line, and nothing taken, where it has any."""
    outcome = take_file(visit, content, enterprise, reason or visit.say("assets.import_reason"), is_trial=check)
    faults = [ImportFault(line=one.line, text=one.text or one.original) for one in outcome.faults]
    told = Imported(rows=outcome.rows, changed=outcome.changed, declared=outcome.declared, is_taken=outcome.is_taken)
    if faults:
        title, detail = visit.say("assets.import_nothing"), visit.say("assets.import_faults", count=len(faults))
        problem = Problem(type="about:blank", title=title, status=422, detail=detail, instance=visit.request.url.path)
        return ProblemResponse(problem, faults=[one.model_dump() for one in faults])
    return JSONResponse(told.model_dump())


@router.get("/assets/{identity}", permission="assets.read", response_model=Asset)
def get_one(visit: Now, identity: str) -> Response:
    """Give one asset, with its ETag, which changes with what people say of it."""
    return _answer(get_asset(visit, identity))


@router.patch("/assets/{identity}", permission="assets.edit", response_model=Asset, responses={**dict(CHANGES)})
def change_one(visit: Now, identity: str, change: Edit, if_match: IfMatch = None) -> Response:
    """Say what an asset is, if nobody said anything else since it was read."""
    if if_match is None:
        raise Refused(428)
    given = change.model_dump(exclude_unset=True)
    reason = str(given.pop("reason", ""))
    asset = get_asset(visit, identity)
    return _answer(edit_asset(visit, asset, check_values(given), if_match, reason))


@router.get("/assets/{identity}/history", permission="assets.read", response_model=History)
def get_history(visit: Now, identity: str) -> History:
    """Tell what happened to an asset and what people said of it."""
    moments = story.list_moments(visit, get_asset(visit, identity))
    return History(
        items=[
            MomentItem(
                time=write_time(one.at_ns), kind=one.kind, who=one.who, reason=one.reason, field=one.field,
                before=one.before, after=one.after,
            )
            for one in moments
        ]
    )  # fmt: skip


@router.get("/assets/{identity}/dealings", permission="assets.read", response_model=Dealings)
def get_dealings(
    visit: Now, identity: str, from_: Annotated[Moment, Query(alias="from")] = "", to: Moment = ""
) -> Dealings:
    """Tell what an asset serves and uses in a period, and with whom, by flows."""
    del from_, to
    found = story.read_dealings(visit, get_asset(visit, identity))
    return Dealings.model_validate(found, from_attributes=True)


@router.get("/assets/{identity}/points", permission="assets.read", response_model=Points)
def get_points(
    visit: Now, identity: str, from_: Annotated[Moment, Query(alias="from")] = "", to: Moment = ""
) -> Points:
    """List registers, nodes and topics of an asset in a period."""
    del from_, to
    found = story.name_points(visit, get_asset(visit, identity))
    return Points(items=[PointItem(point=one.id, records=one.point.records, width=one.point.width) for one in found])


@router.get("/assets/{identity}/values", permission="assets.read", response_model=Values)
def get_values(
    visit: Now,
    identity: str,
    point: Annotated[str, Query(max_length=2_048, description="As the list of points names it.")],
    place: Annotated[int, Query(ge=0, le=1_999, description="Which of several registers.")] = 0,
    from_: Annotated[Moment, Query(alias="from")] = "",
    to: Moment = "",
) -> Values:
    """Give the latest values of a point in a period."""
    del from_, to
    found = story.list_values(visit, get_asset(visit, identity), point, place)
    return Values(items=[Value(time=write_time(one.at_ns), value=one.value) for one in found])


def describe_line(line: AssetLine, *, has_risk: bool) -> AssetItem:
    """Give an asset of a list as the API does."""
    times: dict[str, Any] = {"first_seen": write_time(line.first_ns) if line.first_ns else None}
    times["last_seen"] = write_time(line.last_ns) if line.last_ns else None
    names = AssetItem.model_fields.keys() - {*times, "risk", "addresses"}
    told: dict[str, Any] = {name: getattr(line, name) for name in names}
    return AssetItem(
        **told,
        **times,
        addresses=list(line.addresses),
        risk=None if line.risk is None or not has_risk else line.risk / 100,
    )


def _answer(asset: Known) -> Response:
    told = Asset(id=asset.id, asset=asset.write(), stated=list(asset.edited))
    return JSONResponse(told.model_dump(), headers={"etag": version_of(asset)})


def _walk(visit: Visit, query: AssetQuery) -> Iterator[Known]:
    """Give all assets that a question finds, page by page, by name."""
    cursor, left = "", MOST_EXPORTED
    while left > 0:
        page = list_page(visit, query, "name", EXPORT_PAGE, cursor)
        with visit.ledger.reading() as connection:
            found = find_assets_by_id(connection, [line.id for line in page.lines], visit.enterprises)
        yield from found
        cursor, left = page.next, left - len(found)
        if not cursor:
            return


def _join(first: str, lines: Iterator[str]) -> Iterator[str]:
    """Put lines together into pieces that are worth sending."""
    held = [first]
    for line in lines:
        held.append(line)
        if len(held) > EXPORT_PAGE:
            yield "".join(held)
            held.clear()
    yield "".join(held)
