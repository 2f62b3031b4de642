"""Records by several fields together, of one lake: for tables of two dimensions, matrices and sums."""

from __future__ import annotations

from collections.abc import Sequence

from correlation.aggregate import Summary, aggregate
from correlation.pruning import FileFacts, bound_rows, list_fields
from correlation.query_sql import Condition, column
from correlation.query_tree import Node
from correlation.reader import Reader, needed_fields
from correlation.store import Bucket, Groups
from parsers.schema import LISTS, Dataset, Field
from wanglou.errors import UsageError

MOST_GROUPS = 200_000
"""Combinations that may be asked for."""
MOST_FIELDS = 8
NUMBERS = ("long", "double", "duration", "u8", "u16", "u32")


def fields_of(aggregation: Summary | Groups) -> tuple[str, ...]:
    """Name the fields whose rollups may answer."""
    return () if isinstance(aggregation, Groups) else (aggregation.field,)


def summarise(
    reader: Reader,
    dataset: Dataset,
    files: Sequence[FileFacts],
    node: Node,
    condition: Condition,
    aggregation: Summary | Groups,
) -> list[Bucket]:
    """Summarise the records of these files that meet a condition, which says in SQL what ``node`` says."""
    if not isinstance(aggregation, Groups):
        return aggregate(reader, dataset, files, node, condition, aggregation)
    return _group(reader, dataset, files, node, condition, aggregation)


def check_groups(dataset: Dataset, groups: Groups) -> tuple[list[Field], list[Field]]:
    """Find the fields to group by and to add up; raises UsageError where that cannot be."""
    keys, sums = ([_find(dataset, name) for name in names] for names in (groups.fields, groups.sums))
    if not 0 < len(keys) <= MOST_FIELDS or len(sums) > MOST_FIELDS:
        raise UsageError(f"groups are by 1 to {MOST_FIELDS} fields")
    if lists := [field.name for field in keys if field.kind in LISTS]:
        raise UsageError(f"{lists[0]} holds several values a record, which cannot be grouped by")
    if texts := [field.name for field in sums if field.kind not in NUMBERS]:
        raise UsageError(f"{texts[0]} is no number that can be added up")
    if groups.interval_ns <= 0 and any(field.kind == "time" for field in keys):
        raise UsageError("times are grouped by an interval above 0")
    if not 0 < groups.size <= MOST_GROUPS:
        raise UsageError(f"groups come in sizes from 1 to {MOST_GROUPS}")
    return keys, sums


def _find(dataset: Dataset, name: str) -> Field:
    field = dataset.field(name)
    if field is None:
        raise UsageError(f"{dataset.name} has no field {name!r}")
    return field


def _group(
    reader: Reader, dataset: Dataset, files: Sequence[FileFacts], node: Node, condition: Condition, groups: Groups
) -> list[Bucket]:
    keys, sums = check_groups(dataset, groups)
    segments = [segment for facts in files if bound_rows(node, facts)[1] for segment in facts.segments]
    parts: list[str] = []
    parameters: tuple[object, ...] = ()
    chosen = ", ".join(
        [f"{key_of(dataset, field, groups.interval_ns)} AS k{place}" for place, field in enumerate(keys)]
        + [f"{column(dataset, field)} AS s{place}" for place, field in enumerate(sums)]
    )
    for branch in reader.branches(segments, needed_fields(dataset, [*keys, *sums, *list_fields(node)])):
        parts.append(f"SELECT {chosen} FROM ({branch.sql}) WHERE {condition.sql}")  # noqa: S608 - values are parameters
        parameters += branch.parameters + condition.parameters
    if not parts:
        return []
    names = [f"k{place}" for place in range(len(keys))]
    added = [f"coalesce(CAST(sum(s{place}) AS DOUBLE), 0)" for place in range(len(sums))]
    order = ", ".join(
        f"wanglou_ip_order({name}) NULLS FIRST" if field.kind == "ip" else f"{name} NULLS FIRST"
        for name, field in zip(names, keys, strict=True)
    )
    sql = (
        f"SELECT {', '.join([*names, 'count(*) AS records', *added])} FROM ({' UNION ALL '.join(parts)}) "  # noqa: S608 - as above
        f"GROUP BY {', '.join(names)} ORDER BY records DESC, {order} LIMIT {groups.size:d}"
    )
    with reader.cursor() as cursor:
        rows = cursor.execute(sql, list(parameters)).fetchall()
    width = len(keys)
    return [Bucket(None, float(row[width]), keys=tuple(row[:width]), sums=tuple(row[width + 1 :])) for row in rows]


def key_of(dataset: Dataset, field: Field, interval_ns: int) -> str:
    """Write what records are grouped by: a field, of times the beginning of the interval."""
    read = column(dataset, field)
    if field.kind != "time":
        return read
    step = f"{interval_ns:d}"
    return f"epoch_ns({read}) - ((epoch_ns({read}) % {step}) + {step}) % {step}"
