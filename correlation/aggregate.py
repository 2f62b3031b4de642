"""Summaries of the records of one lake: terms, histograms over time, cardinality, percentiles."""

from __future__ import annotations

from collections.abc import Sequence

from correlation.manifest import Segment
from correlation.query_sql import Condition, column
from correlation.reader import Reader, kept_fields
from correlation.store import Bucket, Cardinality, DateHistogram, Percentiles, Terms, TopHits
from parsers.schema import LISTS, Dataset, Field
from wanglou.errors import UsageError

_NUMBERS = ("long", "double", "duration", "u8", "u16", "u32", "longs", "doubles")
Summary = Terms | DateHistogram | Cardinality | Percentiles
"""What is computed from the values of one field."""
MOST_TERMS = 10_000
"""Buckets that terms may ask for; as in Elasticsearch, where it is 65,536 over all."""


def aggregate(
    reader: Reader, dataset: Dataset, segments: Sequence[Segment], condition: Condition, aggregation: Summary
) -> list[Bucket]:
    """Summarise the records of these segments that meet a condition."""
    field = check_field(dataset, aggregation)
    values = _values(reader, dataset, segments, condition, field, each=isinstance(aggregation, Percentiles))
    if values is None:
        return [Bucket(field.name, 0.0)] if isinstance(aggregation, Cardinality) else []
    query = _summarise(aggregation, values, field)
    with reader.cursor() as cursor:
        rows = cursor.execute(query.sql, list(query.parameters)).fetchall()
    if isinstance(aggregation, Cardinality):
        return [Bucket(field.name, float(rows[0][0]))]
    if isinstance(aggregation, Percentiles):
        found = rows[0][0] or []
        return [Bucket(percent, value) for percent, value in zip(aggregation.percents, found, strict=False)]
    return [Bucket(key, float(records)) for key, records in rows]


def check_field(dataset: Dataset, aggregation: Summary | TopHits) -> Field:
    """Find the field to summarise; raises UsageError where it cannot be."""
    field = dataset.field(aggregation.field)
    if field is None:
        raise UsageError(f"{dataset.name} has no field {aggregation.field!r}")
    if isinstance(aggregation, Percentiles):
        if field.kind not in _NUMBERS:
            raise UsageError(f"percentiles of {field.name}: it is no number but a {field.kind}")
        if not all(0 <= percent <= 100 for percent in aggregation.percents):
            raise UsageError("percentiles lie between 0 and 100")
    if isinstance(aggregation, DateHistogram) and (field.kind != "time" or aggregation.interval_ns <= 0):
        raise UsageError(f"a histogram over {field.name} needs a field of times and an interval above 0")
    if isinstance(aggregation, Terms | TopHits) and not 0 < aggregation.size <= MOST_TERMS:
        raise UsageError(f"terms come in sizes from 1 to {MOST_TERMS}")
    return field


def _values(
    reader: Reader, dataset: Dataset, segments: Sequence[Segment], condition: Condition, field: Field, *, each: bool
) -> Condition | None:
    """Make a SELECT of the field's values, one row for each record, or for each different element it has.

    ``each`` gives equal elements of a list as often as they are there.
    """
    read = column(dataset, field)
    if field.kind == "time":
        read = f"epoch_ns({read})"
    if field.kind in LISTS:
        read = f"unnest({read if each else f'list_distinct({read})'})"
    parts: list[str] = []
    parameters: tuple[object, ...] = ()
    for branch in reader.branches(segments, kept_fields(dataset)):
        parts.append(f"SELECT {read} AS value FROM ({branch.sql}) WHERE {condition.sql}")  # noqa: S608 - values are parameters
        parameters += branch.parameters + condition.parameters
    return Condition(" UNION ALL ".join(parts), parameters) if parts else None


def _summarise(aggregation: Summary, values: Condition, field: Field) -> Condition:
    source = f"FROM ({values.sql}) WHERE value IS NOT NULL"
    if field.kind in ("double", "doubles"):
        source += " AND isfinite(value)"
    if isinstance(aggregation, Terms):
        order = "wanglou_ip_order(value)" if field.kind == "ip" else "value"
        rank = f"ORDER BY count(*) DESC, {order} LIMIT {aggregation.size:d}"
        sql = f"SELECT value, count(*) {source} GROUP BY value {rank}"
    elif isinstance(aggregation, DateHistogram):
        step = f"{aggregation.interval_ns:d}"
        begin = f"value - ((value % {step}) + {step}) % {step}"
        sql = f"SELECT {begin} AS start, count(*) {source} GROUP BY start ORDER BY start"
    elif isinstance(aggregation, Cardinality):
        sql = f"SELECT count(DISTINCT value) {source}"
    else:
        shares = ", ".join(repr(percent / 100) for percent in aggregation.percents)
        sql = f"SELECT quantile_cont(CAST(value AS DOUBLE), [{shares}]) {source}"
    return Condition(sql, values.parameters)
