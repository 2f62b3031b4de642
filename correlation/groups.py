"""Records by several fields together, of one lake: for tables of two dimensions, matrices and sums."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from correlation.aggregate import Summary, aggregate
from correlation.blocks import MOST_ROWS, Block, part_files
from correlation.pruning import FileFacts, bound_rows, list_fields
from correlation.query_sql import Condition, column, compile_sql
from correlation.query_tree import Node
from correlation.reader import Reader, needed_fields
from correlation.record import key_type
from correlation.store import Bucket, Groups
from parsers.schema import LISTS, Dataset, Field
from wanglou.errors import UsageError

if TYPE_CHECKING:
    import duckdb

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
    with _counted(reader, dataset, files, node, condition, groups) as (plan, query, cursor):
        rows = cursor.execute(*_rank(plan, query, groups.size)).fetchall() if query else []
    width = len(groups.fields)
    return [Bucket(None, float(row[width]), keys=tuple(row[:width]), sums=tuple(row[width + 1 :])) for row in rows]


def tabulate(
    reader: Reader, dataset: Dataset, files: Sequence[FileFacts], node: Node, condition: Condition, groups: Groups
) -> pa.Table:
    """Give groups as a table, in no order; of more than are wanted the commonest."""
    with _counted(reader, dataset, files, node, condition, groups) as (plan, query, cursor):
        if query is None:
            return plan.schema.empty_table()
        sql = f"SELECT {plan.told} FROM ({query.sql}) LIMIT {groups.size + 1:d}"  # noqa: S608 - values are parameters
        table = cursor.sql(sql, params=list(query.parameters)).to_arrow_table()
        if len(table) > groups.size:
            sql, parameters = _rank(plan, query, groups.size)
            table = cursor.sql(sql, params=parameters).to_arrow_table()
    return table.rename_columns(plan.schema.names).cast(plan.schema)


@contextmanager
def _counted(
    reader: Reader, dataset: Dataset, files: Sequence[FileFacts], node: Node, condition: Condition, groups: Groups
) -> Iterator[tuple[_Plan, Condition | None, duckdb.DuckDBPyConnection]]:
    """Give the query that counts, None where there is nothing, and the cursor that it can be put to."""
    keys, sums = check_groups(dataset, groups)
    plan = _Plan(dataset, groups.interval_ns, tuple(keys), tuple(sums))
    fitting = [facts for facts in files if bound_rows(node, facts)[1]]
    block, others = part_files(fitting, node)
    known = None if block is None else reader.blocks.give(block, plan, lambda: _make_block(reader, plan, block))
    query = _count(reader, plan, fitting if known is None else others, node, condition)
    with reader.cursor() as cursor:
        if known is not None:
            cursor.register("block", known)
            query = _add(plan, query)
        yield plan, query, cursor


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is counted by what; the columns of its tables are k0, k1 and so on, records, s0, s1 and so on."""

    dataset: Dataset
    interval_ns: int
    keys: tuple[Field, ...]
    sums: tuple[Field, ...]

    @property
    def names(self) -> str:
        """List the columns of keys."""
        return ", ".join(f"k{place}" for place in range(len(self.keys)))

    @property
    def told(self) -> str:
        """List the columns as they are given: sums as floating numbers, 0 where nothing is added up."""
        sums = [f"coalesce(CAST(s{place} AS DOUBLE), 0)" for place in range(len(self.sums))]
        return ", ".join([self.names, "records", *sums])

    @property
    def schema(self) -> pa.Schema:
        """Give the columns of a table of groups."""
        keys = [(field.name, key_type(self.dataset, field.name)) for field in self.keys]
        return pa.schema([*keys, ("records", pa.int64()), *((field.name, pa.float64()) for field in self.sums)])

    def add(self, records: str) -> str:
        """List the columns of keys, records and sums, as they are added up; whole numbers stay whole."""
        sums = [
            f"sum(s{place}) AS s{place}"
            if field.kind == "double"
            else f"CAST(sum(s{place}) AS DECIMAL(38, 0)) AS s{place}"
            for place, field in enumerate(self.sums)
        ]
        return ", ".join([self.names, f"CAST({records} AS BIGINT) AS records", *sums])


def _count(
    reader: Reader, plan: _Plan, files: Sequence[FileFacts], node: Node, condition: Condition
) -> Condition | None:
    """Write the query that counts in files; None where there are none."""
    dataset, parts = plan.dataset, []
    parameters: tuple[object, ...] = ()
    chosen = ", ".join(
        [f"{key_of(dataset, field, plan.interval_ns)} AS k{place}" for place, field in enumerate(plan.keys)]
        + [f"{column(dataset, field)} AS s{place}" for place, field in enumerate(plan.sums)]
    )
    segments = [segment for facts in files for segment in facts.segments]
    for branch in reader.branches(segments, needed_fields(dataset, [*plan.keys, *plan.sums, *list_fields(node)])):
        parts.append(f"SELECT {chosen} FROM ({branch.sql}) WHERE {condition.sql}")  # noqa: S608 - values are parameters
        parameters += branch.parameters + condition.parameters
    if not parts:
        return None
    sql = f"SELECT {plan.add('count(*)')} FROM ({' UNION ALL '.join(parts)}) GROUP BY {plan.names}"  # noqa: S608 - as above
    return Condition(sql, parameters)


def _make_block(reader: Reader, plan: _Plan, block: Block) -> pa.Table:
    """Count in the files of a block, up to what is kept and one more."""
    query = _count(reader, plan, block.files, block.node, compile_sql(block.node, plan.dataset))
    if query is None:
        raise TypeError("a block has files")
    with reader.cursor() as cursor:
        sql = f"{query.sql} LIMIT {MOST_ROWS + 1:d}"
        return cursor.sql(sql, params=list(query.parameters)).to_arrow_table()


def _add(plan: _Plan, query: Condition | None) -> Condition:
    """Add what the registered block holds."""
    if query is None:
        return Condition("SELECT * FROM block")
    sql = f"SELECT {plan.add('sum(records)')} FROM ({query.sql} UNION ALL SELECT * FROM block) GROUP BY {plan.names}"  # noqa: S608 - values are parameters
    return Condition(sql, query.parameters)


def _rank(plan: _Plan, query: Condition, size: int) -> tuple[str, list[object]]:
    order = ", ".join(
        f"wanglou_ip_order(k{place}) NULLS FIRST" if field.kind == "ip" else f"k{place} NULLS FIRST"
        for place, field in enumerate(plan.keys)
    )
    sql = f"SELECT {plan.told} FROM ({query.sql}) ORDER BY records DESC, {order} LIMIT {size:d}"  # noqa: S608 - as above
    return sql, list(query.parameters)


def key_of(dataset: Dataset, field: Field, interval_ns: int) -> str:
    """Write what records are grouped by: a field, of times the beginning of the interval."""
    read = column(dataset, field)
    if field.kind != "time":
        return read
    step = f"{interval_ns:d}"
    return f"epoch_ns({read}) - ((epoch_ns({read}) % {step}) + {step}) % {step}"
