"""What the page of one alert shows beside it: related alerts, its incident, its history."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from correlation.alert_filter import DATASET, find_field, in_period, in_scope, join
from correlation.alert_line import AlertLine, Record, add_triage
from correlation.query_tree import Equal, Node, Not, Or
from correlation.record import read_records
from correlation.store import Store, Terms
from wanglou.audit import AUDIT, AuditRow

AROUND_NS = 86_400 * 10**9
"""Time before and after an alert in which related ones are looked for: a day."""
MOST_RELATED = 10
"""Related alerts of each kind that are given."""
_ENDS = ("source.ip", "destination.ip")


@dataclass(frozen=True, slots=True)
class Related:
    """Alerts within a day of one, which is not among them."""

    by_entity: tuple[AlertLine, ...]
    """That have one of its addresses at either end, the newest first."""
    by_rule: tuple[AlertLine, ...]
    """Of its rule, the newest first."""
    rules: tuple[tuple[str, int], ...]
    """Rules of all alerts that have one of its addresses, with their alerts."""


def find_alert(
    store: Store,
    connection: sa.Connection,
    identity: str,
    enterprises: frozenset[str] | None = None,
    at_ns: int | None = None,
) -> AlertLine | None:
    """Find an alert by its id, None where there is none that may be seen.

    With ``at_ns``, its ``@timestamp`` as a list told it, only the file of that time is read.
    """
    node = join(in_scope(store, DATASET, enterprises), Equal(find_field(store, DATASET, "event.id"), identity))
    records: list[Record] = []
    if at_ns is not None:
        records = _search(store, join(in_period(store.datasets[DATASET], at_ns, at_ns + 1), node), 1)
    records = records or _search(store, node, 1)
    return next(iter(add_triage(connection, records)), None)


def _search(store: Store, node: Node, limit: int) -> list[Record]:
    records: list[Record] = []
    for batch in store.search(DATASET, node, limit=limit):
        records += read_records(batch)
    return records[:limit]


def find_related(
    store: Store, connection: sa.Connection, record: Record, enterprises: frozenset[str] | None = None
) -> Related:
    """Look for alerts that share an address or the rule, of the same enterprise, within a day."""
    time = int(str(record["@timestamp"]))
    whose = record.get("organization.id")
    base = join(
        in_scope(store, DATASET, frozenset({str(whose)}) if whose else enterprises),
        in_scope(store, DATASET, enterprises),
        in_period(store.datasets[DATASET], time - AROUND_NS, time + AROUND_NS),
        Not(Equal(find_field(store, DATASET, "event.id"), str(record["event.id"]))),
    )
    by_rule = Equal(find_field(store, DATASET, "rule.name"), str(record.get("rule.name", "")))
    ends = {str(record[name]) for name in _ENDS if record.get(name)}
    leaves = [Equal(find_field(store, DATASET, name), end) for name in _ENDS for end in sorted(ends)]
    same = join(base, Or(tuple(leaves))) if leaves else None
    return Related(
        by_entity=_add(store, connection, same),
        by_rule=_add(store, connection, join(base, by_rule)),
        rules=() if same is None else tuple(
            (str(one.key), int(one.value)) for one in store.aggregate(DATASET, Terms("rule.name", MOST_RELATED), same)
        ),
    )  # fmt: skip


def _add(store: Store, connection: sa.Connection, node: Node | None) -> tuple[AlertLine, ...]:
    return () if node is None else tuple(add_triage(connection, _search(store, node, MOST_RELATED)))


def list_history(connection: sa.Connection, kind: str, identity: str, limit: int = 100) -> list[AuditRow]:
    """List what was done to one thing (``alert``, ``incident``, ``asset_decision``), the newest first."""
    chosen = sa.select(AUDIT).where(AUDIT.c.kind == kind, AUDIT.c.subject == identity)
    return [AuditRow(*row) for row in connection.execute(chosen.order_by(AUDIT.c.seq.desc()).limit(limit))]
