"""Summaries of the records of one lake: terms, histograms over time, cardinality, percentiles."""

from __future__ import annotations

from collections.abc import Sequence

from correlation.manifest import Segment
from correlation.pruning import FileFacts, list_fields
from correlation.query_sql import Condition, column
from correlation.query_tree import Node
from correlation.reader import Reader, needed_fields, sql_type
from correlation.rolled import split_files
from correlation.rollup import Counts
from correlation.store import Bucket, Cardinality, DateHistogram, Percentiles, Terms, TopHits
from parsers.schema import LISTS, Dataset, Field
from wanglou.errors import UsageError

_NUMBERS = ("long", "double", "duration", "u8", "u16", "u32", "longs", "doubles")
Summary = Terms | DateHistogram | Cardinality | Percentiles
"""What is computed from the values of one field."""
MOST_TERMS = 10_000
"""Buckets that terms may ask for; as in Elasticsearch, where it is 65,536 over all."""


def aggregate(
    reader: Reader,
    dataset: Dataset,
    files: Sequence[FileFacts],
    node: Node,
    condition: Condition,
    aggregation: Summary,
) -> list[Bucket]:
    """Summarise the records of these files that meet a condition, which says in SQL what ``node`` says."""
    field = check_field(dataset, aggregation)
    known, unknown = split_files(files, node, field, aggregation)
    fields = [field, *list_fields(node)]
    values = _values(reader, dataset, unknown, condition, fields, each=isinstance(aggregation, Percentiles))
    query = _summarise(aggregation, field, values, known)
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
    reader: Reader,
    dataset: Dataset,
    segments: Sequence[Segment],
    condition: Condition,
    fields: Sequence[Field],
    *,
    each: bool,
) -> Condition:
    """Make a SELECT of the first field's values, one row for each record, or for each different element it has.

    ``fields`` are all that the condition reads. ``each`` gives equal elements of a list as often as they are there.
    """
    field = fields[0]
    read = column(dataset, field)
    if field.kind == "time":
        read = f"epoch_ns({read})"
    if field.kind in LISTS:
        read = f"unnest({read if each else f'list_distinct({read})'})"
    parts: list[str] = []
    parameters: tuple[object, ...] = ()
    for branch in reader.branches(segments, needed_fields(dataset, fields)):
        parts.append(f"SELECT {read} AS value FROM ({branch.sql}) WHERE {condition.sql}")  # noqa: S608 - values are parameters
        parameters += branch.parameters + condition.parameters
    return Condition(" UNION ALL ".join(parts or [f"SELECT CAST(NULL AS {sql_type(field)}) AS value"]), parameters)


def _summarise(aggregation: Summary, field: Field, values: Condition, known: Counts) -> Condition:
    source = f"FROM ({values.sql}) WHERE value IS NOT NULL"
    if field.kind in ("double", "doubles"):
        source += " AND isfinite(value)"
    if isinstance(aggregation, Percentiles):
        shares = ", ".join(repr(percent / 100) for percent in aggregation.percents)
        return Condition(f"SELECT quantile_cont(CAST(value AS DOUBLE), [{shares}]) {source}", values.parameters)
    key = "value"
    if isinstance(aggregation, DateHistogram):
        step = f"{aggregation.interval_ns:d}"
        key = f"value - ((value % {step}) + {step}) % {step}"
    rolled = f"SELECT unnest(CAST(? AS {sql_type(field)}[])), unnest(CAST(? AS BIGINT[]))"
    counted = f"(SELECT {key} AS key, count(*) AS records {source} GROUP BY key UNION ALL {rolled})"
    parameters = (*values.parameters, list(known), list(known.values()))
    if isinstance(aggregation, Cardinality):
        return Condition(f"SELECT count(DISTINCT key) FROM {counted}", parameters)  # noqa: S608 - as above
    order = "wanglou_ip_order(key)" if field.kind == "ip" else "key"
    if isinstance(aggregation, Terms):
        order = f"records DESC, {order} LIMIT {aggregation.size:d}"
    sql = f"SELECT key, CAST(sum(records) AS BIGINT) AS records FROM {counted} GROUP BY key ORDER BY {order}"  # noqa: S608 - as above
    return Condition(sql, parameters)
