"""The API of hunting: records by a query, one record, what completes a query, and downloads."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, Field
from starlette.responses import Response, StreamingResponse

from console.api.alerts import download
from console.api.evidence import PCAPNG
from console.disclosure import note_download
from console.refusal import Refused
from console.routing import Api, Now
from console.table import MOST_ROWS, choose_columns
from console.views.hunt import (
    ask_hunt,
    draw_bars,
    find_batches,
    find_record,
    find_records,
    list_columns,
    tell_times,
)
from console.views.hunt_export import MOST_EXPORTED, write_csv, write_ndjson, write_packets, write_parquet
from console.views.hunt_fields import list_fields, list_values
from console.views.rule_draft import draft_rule
from correlation.record import result_schema

router = Api("hunt")
DatasetName = Annotated[str, Query(max_length=40, description="Which records: flow, modbus, dns, alert and so on.")]
Text = Annotated[str, Query(max_length=8_192)]
From = Annotated[str, Query(alias="from", max_length=64)]
To = Annotated[str, Query(max_length=64)]
Limit = Annotated[int, Query(ge=1, le=MOST_ROWS)]
Order = Annotated[str, Query(pattern="^-?@timestamp$", description="-@timestamp has the newest first.")]


class Records(BaseModel):
    """One page of records."""

    items: list[dict[str, Any]] = Field(description="Fields that have a value; times as RFC 3339 in UTC.")
    next: str | None = Field(description="Cursor of the next page; null at the end.")


class HuntField(BaseModel):
    """One field of a dataset."""

    name: str
    kind: str
    unit: str
    meaning: str


class HuntFields(BaseModel):
    """The fields of a dataset."""

    items: list[HuntField]


class HuntValue(BaseModel):
    """One of the commonest values of a field."""

    value: str
    term: str = Field(description="As a query takes it.")
    count: int


class HuntValues(BaseModel):
    """The commonest values of a field."""

    items: list[HuntValue]


class HuntBar(BaseModel):
    """Records of one interval."""

    start_ms: int
    count: int


class HuntHistogram(BaseModel):
    """Records over time."""

    interval_ms: int
    total: int
    items: list[HuntBar]


@router.get("/records", permission="hunt.read", response_model=Records)
def list_them(
    visit: Now,
    dataset: DatasetName = "flow",
    q: Text = "",
    limit: Limit = 50,
    cursor: Text = "",
    sort: Order = "-@timestamp",
    from_: From = "",
    to: To = "",
) -> Records:
    """List the records of a period that a query finds."""
    del dataset, q, cursor, from_, to  # the visit reads them, for pages and programs alike
    hunt = ask_hunt(visit, limit, newest_first=sort.startswith("-"))
    found = find_records(visit, hunt)
    return Records(items=[tell_times(hunt.dataset, one) for one in found.records], next=found.next or None)


@router.get("/records/histogram", permission="hunt.read", response_model=HuntHistogram)
def count_them(visit: Now, dataset: DatasetName = "flow", q: Text = "", from_: From = "", to: To = "") -> HuntHistogram:
    """Count the records of a period over time."""
    del dataset, q, from_, to
    bars = draw_bars(visit, ask_hunt(visit, 1))
    counts = zip(bars.starts_ms, bars.series[0].values, strict=True)
    items = [HuntBar(start_ms=start, count=count) for start, count in counts if count]
    return HuntHistogram(interval_ms=bars.interval_ms, total=bars.total, items=items)


@router.get("/records/fields", permission="hunt.read", response_model=HuntFields)
def list_all_fields(visit: Now, dataset: DatasetName = "flow") -> HuntFields:
    """List the fields of a dataset."""
    del dataset
    items = [HuntField(name=one.name, kind=one.kind, unit=one.unit, meaning=one.meaning) for one in list_fields(visit)]
    return HuntFields(items=items)


@router.get("/records/values", permission="hunt.read", response_model=HuntValues)
def list_some_values(
    visit: Now,
    field: Annotated[str, Query(max_length=120)],
    dataset: DatasetName = "flow",
    beginning: Annotated[str, Query(max_length=200)] = "",
    from_: From = "",
    to: To = "",
) -> HuntValues:
    """List the commonest values of a field in a period; none for free texts, times and measures."""
    del dataset, from_, to
    found = list_values(visit, field, beginning)
    return HuntValues(items=[HuntValue(value=one.value, term=one.term, count=one.count) for one in found])


@router.get("/records.csv", permission="hunt.export", response_class=StreamingResponse)
def export_csv(visit: Now, dataset: DatasetName = "flow", q: Text = "", from_: From = "", to: To = "") -> Response:
    """Download up to 100,000 records as CSV (RFC 4180), UTF-8: the columns chosen, else all fields."""
    del dataset, q, from_, to
    hunt = ask_hunt(visit, MOST_EXPORTED)
    chosen = choose_columns(visit, list_columns(hunt.dataset))
    names = [one.name for one in hunt.dataset.fields if not chosen or one.name in chosen or one.name == "@timestamp"]
    lines = write_csv(hunt, names, find_batches(visit, hunt, MOST_EXPORTED))
    return download(visit, lines, "text/csv; charset=utf-8", f"{hunt.dataset.name}.csv")


@router.get("/records.ndjson", permission="hunt.export", response_class=StreamingResponse)
def export_ndjson(visit: Now, dataset: DatasetName = "flow", q: Text = "", from_: From = "", to: To = "") -> Response:
    """Download up to 100,000 records as NDJSON: one record a line."""
    del dataset, q, from_, to
    hunt = ask_hunt(visit, MOST_EXPORTED)
    lines = write_ndjson(hunt, find_batches(visit, hunt, MOST_EXPORTED))
    return download(visit, lines, "application/x-ndjson", f"{hunt.dataset.name}.ndjson")


@router.get("/records.parquet", permission="hunt.export", response_class=StreamingResponse)
def export_parquet(visit: Now, dataset: DatasetName = "flow", q: Text = "", from_: From = "", to: To = "") -> Response:
    """Download up to 100,000 records as Parquet, all fields with their types."""
    del dataset, q, from_, to
    hunt = ask_hunt(visit, MOST_EXPORTED)
    pieces = write_parquet(find_batches(visit, hunt, MOST_EXPORTED), result_schema(hunt.dataset))
    note_download(visit, "export", f"{hunt.dataset.name}.parquet")
    headers = {"content-disposition": f'attachment; filename="{hunt.dataset.name}.parquet"'}
    return StreamingResponse(pieces, media_type="application/vnd.apache.parquet", headers=headers)


@router.get("/records.pcapng", permission="packets.read", response_class=Response)
def export_packets(visit: Now, dataset: DatasetName = "flow", q: Text = "", from_: From = "", to: To = "") -> Response:
    """Download the packets of the first 500 records, at most 1000 of them; headers count what is in and left out."""
    del dataset, q, from_, to
    if not visit.may("hunt.export"):
        raise Refused(403, permission="hunt.export")
    hunt = ask_hunt(visit, 1)
    made = write_packets(visit, hunt)
    note_download(visit, "packets", f"{hunt.dataset.name}.pcapng")
    headers = {
        "content-disposition": f'attachment; filename="{hunt.dataset.name}.pcapng"',
        "x-wanglou-packets": str(made.packets),
        "x-wanglou-records": str(made.records),
        "x-wanglou-records-left-out": str(made.left_out),
    }
    return Response(made.data, media_type=PCAPNG, headers=headers)


@router.get("/records/rule", permission="hunt.read", response_class=Response)
def write_rule(visit: Now, dataset: DatasetName = "flow", q: Text = "", from_: From = "", to: To = "") -> Response:
    """Write the query as the draft of a Sigma rule (YAML), with a record of the period that proves it."""
    del dataset, q, from_, to
    hunt = ask_hunt(visit, 1)
    text = draft_rule(visit, hunt, next(iter(find_records(visit, hunt).records), None))
    headers = {"content-disposition": f'attachment; filename="hunt_{hunt.dataset.name}.yml"'}
    return Response(text, media_type="application/yaml", headers=headers)


@router.get("/records/{identity}", permission="hunt.read", response_model=dict[str, Any])
def get_one(visit: Now, identity: str) -> dict[str, Any]:
    """Give one record with all its fields."""
    record = find_record(visit, identity)
    return tell_times(visit.store.datasets[str(record["event.dataset"])], record)
