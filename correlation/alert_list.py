"""A page of alerts: filtered, sorted, and gone on from by a cursor that stays right while alerts arrive.

By time it is a search of the store; the other orders rank values first (``alert_ranking``). What arrives later belongs
before or behind a cursor by the same order, so nothing that was there is passed over or given twice.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Literal, get_args

import sqlalchemy as sa

from correlation.alert_filter import DATASET, AlertFilter, AlertQueries
from correlation.alert_line import AlertLine, Record, add_triage
from correlation.alert_ranking import RANKED_FIELDS, list_ranked
from correlation.alert_source import MOST_ROWS, AlertSource
from correlation.alert_states import NEW
from correlation.cursor import read_cursor, write_cursor
from correlation.query_tree import Node
from correlation.record import position_of
from correlation.store import Store
from wanglou.errors import UsageError

Order = Literal["newest", "oldest", "severity", "count", "rule"]
ORDERS: tuple[Order, ...] = get_args(Order)
_BESIDE = ("organization.id",)
"""Fields that every line takes, beside those that were asked for and what it is ordered by."""


@dataclass(frozen=True, slots=True)
class AlertPage:
    """Some alerts, and where the list goes on."""

    lines: tuple[AlertLine, ...]
    next: str
    """Cursor of the next page; empty behind the last one."""


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
    ranked = {RANKED_FIELDS[order]} if order in RANKED_FIELDS else set()
    source = AlertSource(queries.store, frozenset({*fields, *_BESIDE, *ranked}) if fields else frozenset())
    if ranked:
        ranking = _widen(queries, connection, asked, node)
        records, follows = list_ranked(source, node, ranking, order, limit, cursor)
    else:
        records, follows = _list_by_time(source, node, order, limit, cursor)
    return AlertPage(tuple(add_triage(connection, records)), follows)


def _widen(queries: AlertQueries, connection: sa.Connection, asked: AlertFilter, node: Node) -> Node:
    """Give a query that finds what ``node`` finds: most alerts are new, so those in other states may stay in it."""
    leaves_most = NEW in asked.states and not asked.assignee
    return queries.compile(connection, replace(asked, states=frozenset(), assignee=None)) if leaves_most else node


def _list_by_time(source: AlertSource, node: Node, order: Order, limit: int, cursor: str) -> tuple[list[Record], str]:
    place = read_cursor(cursor, order, (str,))
    after = str(place[0]) if place else ""
    found = source.search(node, limit + 1, after, newest_first=order == "newest")
    return _cut(source.store, found, limit, order)


def _cut(store: Store, found: list[Record], limit: int, order: str) -> tuple[list[Record], str]:
    """Leave out the record that only tells that there are more."""
    if len(found) <= limit:
        return found, ""
    return found[:limit], write_cursor(order, position_of(store.datasets[DATASET], found[limit - 1]))


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
