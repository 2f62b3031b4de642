"""Pages of incidents, and how many there are of each kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import sqlalchemy as sa

from correlation.case import STATUSES, VERDICTS, Case, read_case
from correlation.cursor import read_cursor, write_cursor
from correlation.incident_tables import INCIDENT
from correlation.overview import BANDS, band_of
from correlation.scoping import Enterprises, goes_on, may_see
from wanglou.errors import UsageError

Order = Literal["newest", "latest", "severity", "alerts"]
ORDERS: tuple[Order, ...] = get_args(Order)
"""By beginning, by last alert, by severity and of equal ones by beginning, by number of alerts; the highest first."""
MOST_ROWS = 500
_SPAN_S = 10**10
"""More seconds than any record's time since 1970 (the quarantine begins in 2100)."""
_KEYS: Mapping[Order, sa.ColumnElement[int]] = {
    "newest": INCIDENT.c.first_ns,
    "latest": INCIDENT.c.last_ns,
    "severity": INCIDENT.c.severity * _SPAN_S + INCIDENT.c.first_ns // 10**9,
    "alerts": INCIDENT.c.alerts,
}


@dataclass(frozen=True, slots=True)
class IncidentFilter:
    """What is asked for; what is empty asks for nothing."""

    statuses: frozenset[str] = frozenset()
    verdicts: frozenset[str] = frozenset()
    severities: frozenset[str] = frozenset()
    """Names as of ``overview.BANDS``."""
    levels: frozenset[int] = frozenset()
    """Levels that hold, 1 (worst) to 4."""
    stages: frozenset[str] = frozenset()
    """Furthest tactics; ``""`` for incidents without one."""
    assignee: str | None = None
    """``""`` for nobody, None for anybody."""
    text: str = ""
    """Words of titles, addresses, techniques, the id."""
    start_ns: int | None = None
    """Only those that still had alerts at or after it."""
    end_ns: int | None = None
    """Only those that began before it."""
    began_from_ns: int | None = None
    """Only those that began at or after it."""
    began_before_ns: int | None = None
    """Only those that began before it."""
    enterprises: Enterprises = None
    site: str | None = ""
    """None for all sites."""


@dataclass(frozen=True, slots=True)
class IncidentPage:
    """Some incidents, and where the list goes on."""

    cases: tuple[Case, ...]
    next: str


@dataclass(frozen=True, slots=True)
class IncidentCounts:
    """How many incidents there are of each kind."""

    total: int
    statuses: Mapping[str, int]
    verdicts: Mapping[str, int]
    severities: Mapping[str, int]
    assignees: Mapping[str, int]
    enterprises: Mapping[str, int]
    levels: Mapping[int, int] = field(default_factory=dict)
    """Levels that hold."""
    stages: Mapping[str, int] = field(default_factory=dict)


def list_incidents(
    connection: sa.Connection,
    asked: IncidentFilter,
    *,
    order: Order = "newest",
    turned: bool = False,
    limit: int = 50,
    cursor: str = "",
) -> IncidentPage:
    """Give a page of incidents, ``turned`` from the other end of the order.

    Raises UsageError for an order, a limit, a cursor or a word that cannot be.
    """
    if order not in ORDERS:
        raise UsageError(f"no order {order!r} of incidents", do=f"one of {', '.join(ORDERS)}")
    if not 0 < limit <= MOST_ROWS:
        raise UsageError(f"a page has 1 to {MOST_ROWS} incidents")
    key, conditions = _KEYS[order], list(_conditions(asked))
    name = f"{order}-turned" if turned else order
    place = read_cursor(cursor, name, (int, str))
    if place:
        conditions.append(goes_on(key, INCIDENT.c.id, place, falling=not turned))
    by = key if turned else key.desc()
    chosen = sa.select(INCIDENT.c.id, key).where(*conditions).order_by(by, INCIDENT.c.id).limit(limit + 1)
    found = [(row[0], row[1]) for row in connection.execute(chosen)]  # of an index: bodies are read of the page alone
    follows = write_cursor(name, found[limit - 1][1], found[limit - 1][0]) if len(found) > limit else ""
    return IncidentPage(tuple(_read_cases(connection, [identity for identity, _ in found[:limit]])), follows)


def _read_cases(connection: sa.Connection, ids: Sequence[str]) -> Iterator[Case]:
    rows = connection.execute(sa.select(INCIDENT).where(INCIDENT.c.id.in_(ids))).mappings()
    cases = {row["id"]: read_case(row) for row in rows}
    return (cases[identity] for identity in ids)


def count_incidents(connection: sa.Connection, asked: IncidentFilter) -> IncidentCounts:
    """Count what a filter finds by its kinds."""
    it = INCIDENT.c
    columns = (it.status, it.verdict, it.severity, it.assignee, it.enterprise, _level(), it.stage)
    rows = connection.execute(sa.select(*columns, sa.func.count()).where(*_conditions(asked)).group_by(*columns))
    counts: list[Counter[Any]] = [Counter() for _ in columns]
    total = 0
    for *values, count in rows:
        total += count
        for counter, value in zip(counts, (*values[:2], band_of(values[2]), *values[3:]), strict=True):
            counter[value] += count
    return IncidentCounts(total, *(dict(counter.most_common()) for counter in counts))


def _conditions(asked: IncidentFilter) -> Iterator[sa.ColumnElement[bool]]:
    it = INCIDENT.c
    if asked.site is not None:
        yield it.site == asked.site
    yield from may_see(it.enterprise, asked.enterprises)
    for column, wanted, allowed in ((it.status, asked.statuses, STATUSES), (it.verdict, asked.verdicts, VERDICTS)):
        _check(wanted, allowed)
        if wanted:
            yield column.in_(sorted(wanted))
    _check(asked.severities, tuple(BANDS))
    if asked.severities:
        yield sa.or_(*(_in_band(it.severity, name) for name in sorted(asked.severities)))
    if asked.levels:
        yield _level().in_(sorted(asked.levels))
    if asked.stages:
        yield it.stage.in_(sorted(asked.stages))
    if asked.assignee is not None:
        yield it.assignee == asked.assignee
    if asked.start_ns is not None:
        yield it.last_ns >= asked.start_ns
    if asked.end_ns is not None:
        yield it.first_ns < asked.end_ns
    if asked.began_from_ns is not None:
        yield it.first_ns >= asked.began_from_ns
    if asked.began_before_ns is not None:
        yield it.first_ns < asked.began_before_ns
    for word in asked.text.split()[:16]:
        yield sa.or_(it.id.icontains(word, autoescape=True), it.body.icontains(word, autoescape=True))


def _level() -> sa.ColumnElement[int]:
    """Level that holds: the one that somebody set, else the proposed one."""
    return sa.case((INCIDENT.c.level_set > 0, INCIDENT.c.level_set), else_=INCIDENT.c.level)


def _check(wanted: frozenset[str], allowed: tuple[str, ...]) -> None:
    if unknown := wanted - set(allowed):
        raise UsageError(f"no incident is {min(unknown)!r}", do=f"one of {', '.join(allowed)}")


def _in_band(severity: sa.ColumnElement[int], name: str) -> sa.ColumnElement[bool]:
    above = [least for least in BANDS.values() if least > BANDS[name]]
    is_low = severity >= BANDS[name] if BANDS[name] else sa.true()
    return sa.and_(is_low, severity < min(above)) if above else is_low
