"""A page of alerts: filtered, sorted, and gone on from by a cursor that stays right while alerts arrive.

Newest first is a search of the store. The other orders rank the values of one field first and then search value by
value, each newest first: a few questions that every store answers, whatever its size. What arrives later belongs
before or behind a cursor by the same order, so nothing that was there is passed over or given twice.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal, get_args

import sqlalchemy as sa

from correlation.alert_filter import DATASET, AlertFilter, AlertQueries, find_field, in_period, join
from correlation.alert_states import NEW
from correlation.blocks import part_times
from correlation.cursor import read_cursor, write_cursor
from correlation.groups import MOST_GROUPS
from correlation.incident_tables import MEMBERS
from correlation.query_tree import Among, Between, Equal, Everything, Node
from correlation.record import parse_position, position_of, read_records
from correlation.store import Groups, Store, Terms, Value
from correlation.triage import Triaged
from correlation.triage_tables import ALERT_STATES
from parsers.schema import Field
from wanglou.errors import UsageError

Order = Literal["newest", "oldest", "severity", "count", "rule"]
ORDERS: tuple[Order, ...] = get_args(Order)
MOST_ROWS = 1_000
"""Alerts of one page."""
MOST_RANKED = 10_000
"""Severities and names of rules that an order ranks; of counts ``MOST_GROUPS`` are."""
_FIELDS = {"severity": "event.severity", "count": "wanglou.alert.count", "rule": "rule.name"}
MOST_SORTED = 20_000
"""Alerts up to which a list by rank is sorted by what is counted of values and times."""
CELL_NS = 10**6
"""Times are counted by milliseconds, the finest that every store counts by."""
_AT_ONCE = 500
_RUN = 10
"""Pages that a run of rare values may have grown to since it was counted."""

_BESIDE = ("organization.id",)
"""Fields that every line takes, beside those that were asked for and what it is ordered by."""

Record = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class AlertLine:
    """One alert of a list."""

    record: Record
    """Its fields that have a value; times are nanoseconds."""
    triaged: Triaged
    incident: str
    """Id of the incident it is in; empty for none."""

    @property
    def id(self) -> str:
        """``event.id``."""
        return str(self.record["event.id"])


@dataclass(frozen=True, slots=True)
class AlertPage:
    """Some alerts, and where the list goes on."""

    lines: tuple[AlertLine, ...]
    next: str
    """Cursor of the next page; empty behind the last one."""


@dataclass(frozen=True, slots=True)
class _Source:
    """Where records come from, and which of their fields are wanted; none for all."""

    store: Store
    fields: frozenset[str]

    def search(self, node: Node, limit: int, after: str = "", *, newest_first: bool = True) -> list[Record]:
        """Give at most so many records behind a place."""
        batches = self.store.search(
            DATASET, node, limit=limit, newest_first=newest_first, after=after, fields=self.fields
        )
        return list(islice((record for batch in batches for record in read_records(batch)), limit))


def list_alerts(
    queries: AlertQueries,
    connection: sa.Connection,
    asked: AlertFilter,
    *,
    order: Order = "newest",
    limit: int = 50,
    cursor: str = "",
    fields: Collection[str] = (),
) -> AlertPage:
    """Give a page of alerts, of each at least these fields; without any, all that have a value.

    Raises QueryError for the text, UsageError for an order, a limit, a cursor or a field.
    """
    if order not in ORDERS:
        raise UsageError(f"no order {order!r} of alerts", do=f"one of {', '.join(ORDERS)}")
    if not 0 < limit <= MOST_ROWS:
        raise UsageError(f"a page has 1 to {MOST_ROWS} alerts")
    node = queries.compile(connection, asked)
    ranked = {_FIELDS[order]} if order in _FIELDS else set()
    source = _Source(queries.store, frozenset({*fields, *_BESIDE, *ranked}) if fields else frozenset())
    if ranked:
        ranking = _widen(queries, connection, asked, node)
        records, follows = _list_ranked(source, node, ranking, order, limit, cursor)
    else:
        records, follows = _list_by_time(source, node, order, limit, cursor)
    return AlertPage(tuple(add_triage(connection, records)), follows)


def _widen(queries: AlertQueries, connection: sa.Connection, asked: AlertFilter, node: Node) -> Node:
    """Give a query that finds what ``node`` finds: most alerts are new, so those in other states may stay in it."""
    leaves_most = NEW in asked.states and not asked.assignee
    return queries.compile(connection, replace(asked, states=frozenset(), assignee=None)) if leaves_most else node


def _list_by_time(source: _Source, node: Node, order: Order, limit: int, cursor: str) -> tuple[list[Record], str]:
    place = read_cursor(cursor, order, (str,))
    after = str(place[0]) if place else ""
    found = source.search(node, limit + 1, after, newest_first=order == "newest")
    return _cut(source.store, found, limit, order)


def _cut(store: Store, found: list[Record], limit: int, order: str) -> tuple[list[Record], str]:
    """Leave out the record that only tells that there are more."""
    if len(found) <= limit:
        return found, ""
    return found[:limit], write_cursor(order, position_of(store.datasets[DATASET], found[limit - 1]))


def _list_ranked(
    source: _Source, node: Node, ranking: Node, order: Order, limit: int, cursor: str
) -> tuple[list[Record], str]:
    """Go from value to value: the highest number first, names by code point; within each, newest first.

    ``ranking`` finds all that ``node`` finds, and maybe more.
    """
    store = source.store
    field = find_field(store, DATASET, _FIELDS[order])
    is_name = field.kind == "keyword"
    place = read_cursor(cursor, order, (str if is_name else int, str))
    if place:
        low, high = (place[0], None) if is_name else (None, place[0])
        node, ranking = (join(one, Between(field, low, high)) for one in (node, ranking))
    ranked = _rank_values(store, field, ranking, is_rolled=order != "count")
    after = str(place[1]) if place else ""
    records: list[Record] = []
    if sum(count for _, count in ranked) <= MOST_SORTED:
        records = _behind(store, _find_few(source, node, field, place, limit), field.name, place)
        return _cut_ranked(store, records, field.name, order, limit)
    for value, many in _runs(ranked, limit, place[0] if place else None):
        if len(records) > limit:
            break
        left = limit + 1 - len(records)
        if value == many:
            its = join(node, Equal(field, value))
            found = source.search(its, left, after if place and value == place[0] else "")
        else:
            its = join(node, _between(field, value, many))
            found = source.search(its, _RUN * limit)
            found.sort(key=lambda record: _scalar(record[field.name]), reverse=not is_name)  # stable: newest first
        records += found[:left]
    return _cut_ranked(store, records, field.name, order, limit)


def _find_few(source: _Source, node: Node, field: Field, place: Sequence[str | int] | None, limit: int) -> list[Record]:
    """Give, sorted, the records behind a place that fill a page and maybe more, where few fit at all.

    Values, times and ids of all of them are listed first, so that only records of the page are read whole; those of
    one millisecond are read together.
    """
    store = source.store
    is_name, schema = field.kind == "keyword", store.datasets[DATASET]
    groups = Groups((field.name, "@timestamp", "event.id"), MOST_GROUPS, CELL_NS)
    cells = [
        (_scalar(one.keys[0]), int(str(one.keys[1])), str(one.keys[2]))
        for one in store.aggregate(DATASET, groups, node)
        if one.keys[0] is not None
    ]
    cells.sort(key=lambda cell: -cell[1])
    cells.sort(key=lambda cell: cell[0], reverse=not is_name)
    if place:
        at = int(parse_position(schema, str(place[1]))[0])
        cells = [cell for cell in cells if cell[0] != place[0] or cell[1] <= at]
    begun = 0 if place is None else sum(cell[0] == place[0] and cell[1] + CELL_NS > at for cell in cells)
    whole = limit + 1 + begun
    while whole < len(cells) and cells[whole][:2] == cells[whole - 1][:2]:
        whole += 1
    chosen = cells[:whole]
    if not chosen:
        return []
    times = [time for _, time, _ in chosen]
    ids = Among(find_field(store, DATASET, "event.id"), "\n".join(identity for *_, identity in chosen))
    asked = join(in_period(schema, min(times), max(times) + CELL_NS), ids)
    records = source.search(asked, max(len(chosen), MOST_ROWS))
    records.sort(key=lambda record: _scalar(record[field.name]), reverse=not is_name)  # stable: newest first
    return records


def _behind(store: Store, records: list[Record], name: str, place: Sequence[str | int] | None) -> list[Record]:
    """Leave out what lies before a place: of its value what is as new as it or newer; other values begin behind it."""
    if place is None:
        return records
    schema = store.datasets[DATASET]
    time, identity = parse_position(schema, str(place[1]))
    return [
        record
        for record in records
        if record[name] != place[0] or (record["@timestamp"], record["event.id"]) < (time, identity)
    ]


def _cut_ranked(store: Store, records: list[Record], name: str, order: Order, limit: int) -> tuple[list[Record], str]:
    if len(records) <= limit:
        return records, ""
    last = records[limit - 1]
    position = position_of(store.datasets[DATASET], last)
    return records[:limit], write_cursor(order, _scalar(last[name]), position)


def _scalar(value: Value) -> str | int:
    if not isinstance(value, str | int):
        raise TypeError(f"{value!r} is no value of an order")
    return value


def _between(field: Field, one: str | int, other: str | int) -> Node:
    is_turned = isinstance(one, int) and isinstance(other, int) and other < one
    return Between(field, other, one) if is_turned else Between(field, one, other)


def _rank_values(store: Store, field: Field, node: Node, *, is_rolled: bool) -> list[tuple[str | int, int]]:
    """Count the values of a field, in their order; ``is_rolled``: a store may know the counts without reading."""
    if is_rolled and isinstance(part_times(node)[1], Everything):
        buckets = store.aggregate(DATASET, Terms(field.name, MOST_RANKED), node)
        counts = [(_scalar(bucket.key), int(bucket.value)) for bucket in buckets]
    else:
        table = store.tabulate(DATASET, Groups((field.name,), MOST_GROUPS), node)
        found = zip(table[field.name].to_pylist(), table["records"].to_pylist(), strict=True)
        counts = [(value, count) for value, count in found if value is not None]
    return sorted(counts, reverse=field.kind != "keyword")


def _runs(
    ranked: Sequence[tuple[str | int, int]], limit: int, begun: str | int | None
) -> Sequence[tuple[str | int, str | int]]:
    """Join neighbouring values of few records, so that a page of rare values is one search; a begun value is alone."""
    runs: list[tuple[str | int, str | int]] = []
    filled = 0
    for value, count in ranked:
        if runs and filled + count <= 2 * limit and runs[-1][0] != begun:
            runs[-1] = (runs[-1][0], value)
            filled += count
        elif len(runs) > limit + 1:
            break
        else:
            runs.append((value, value))
            filled = count
    return runs


def add_triage(connection: sa.Connection, records: Sequence[Record]) -> list[AlertLine]:
    """Give alerts with what people made of them and their incidents."""
    ids = [str(record["event.id"]) for record in records]
    states, incidents = read_states(connection, ids), find_incidents(connection, ids)
    return [
        AlertLine(record, states.get(one) or Triaged(one, enterprise=str(record.get("organization.id", ""))),
                  incidents.get(one, ""))
        for one, record in zip(ids, records, strict=True)
    ]  # fmt: skip


def read_states(connection: sa.Connection, ids: Collection[str]) -> dict[str, Triaged]:
    """Give what people made of these alerts; those that nobody touched are left out."""
    table, wanted = ALERT_STATES.c, sorted(ids)
    columns = (table.id, table.state, table.assignee, table.comment, table.version, table.enterprise)
    found: dict[str, Triaged] = {}
    for begin in range(0, len(wanted), _AT_ONCE):
        for row in connection.execute(sa.select(*columns).where(table.id.in_(wanted[begin : begin + _AT_ONCE]))):
            found[row.id] = Triaged(*row)
    return found


def find_incidents(connection: sa.Connection, ids: Collection[str]) -> dict[str, str]:
    """Name the incident of each of these alerts that is in one."""
    wanted, found = sorted(ids), {}
    for begin in range(0, len(wanted), _AT_ONCE):
        some = wanted[begin : begin + _AT_ONCE]
        chosen = sa.select(MEMBERS.c.alert, MEMBERS.c.incident).where(MEMBERS.c.alert.in_(some))
        found.update({row.alert: row.incident for row in connection.execute(chosen)})
    return found


def select_ids(
    queries: AlertQueries, connection: sa.Connection, asked: AlertFilter, most: int
) -> tuple[dict[str, str], int]:
    """Give the newest ``most`` alerts of a filter, id to enterprise, and how many there are: for bulk triage."""
    node = queries.compile(connection, asked)
    found: dict[str, str] = {}
    for batch in queries.store.search(DATASET, node, limit=most):
        ids, enterprises = (batch.column(name).to_pylist() for name in ("event.id", "organization.id"))
        found |= {one: enterprise or "" for one, enterprise in zip(ids, enterprises, strict=True)}
    return found, len(found) if len(found) < most else queries.store.count(DATASET, node)
