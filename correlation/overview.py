"""What the overview and the wall view show: risk and its trend, open incidents by age, losses of captures.

Alerts by severity over time are ``alert_figures.draw_histogram``.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from correlation.incident_tables import INCIDENT
from correlation.risk_ledger import DAYS, FIGURES
from correlation.scoping import Enterprises, may_see
from correlation.store import Capture

HOUR_NS = 3_600 * 10**9
AGES = ("day", "three", "week", "older")
"""Names of the ages of open incidents, the youngest first."""
AGES_NS = (24 * HOUR_NS, 72 * HOUR_NS, 168 * HOUR_NS)
"""Ends of the ages that open incidents are told by: a day, three days, a week, and longer."""
BANDS = {"critical": 90, "high": 70, "medium": 40, "low": 20, "informational": 0}
"""Lowest severity of each name; the same as of the weights of risk."""


@dataclass(frozen=True, slots=True)
class RiskLine:
    """The risk of one enterprise or asset on a day."""

    enterprise: str
    subject: str
    """Id of the asset; empty for an enterprise, and for the park with an empty enterprise."""
    name: str
    """Of the asset."""
    score: int
    """Hundredths of points, 0 to 10,000."""
    before: int | None
    """Score of the assessed day before; None where there is none."""


@dataclass(frozen=True, slots=True)
class RiskDay:
    """The risk of the park, or of the enterprises that may be seen, on a day."""

    day: int
    """Days since 1970, UTC."""
    score: int
    """Of the park, else of the enterprise at the highest risk; hundredths of points."""
    enterprises: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Ages:
    """Open incidents by how long ago they began."""

    counts: tuple[Mapping[str, int], ...]
    """For each of AGES_NS, and for what is older: incidents by severity, as ``band_of`` names it."""
    oldest_ns: int | None
    """When the oldest one began."""

    @property
    def total(self) -> int:
        """All open incidents."""
        return sum(sum(counts.values()) for counts in self.counts)


@dataclass(frozen=True, slots=True)
class Loss:
    """What one capture or sensor lost."""

    capture: str
    name: str
    min_ns: int | None
    max_ns: int | None
    losses: Mapping[str, int]


def list_risks(
    connection: sa.Connection, kind: str, enterprises: Enterprises = None, *, site: str = "", limit: int = 5
) -> list[RiskLine]:
    """List the highest risks of the last assessed day, of ``enterprise`` or ``asset``, with what they were before."""
    days = _last_days(connection, site, 2)
    if not days:
        return []
    it = FIGURES.c
    of_kind = (it.site == site, it.kind == kind, *may_see(it.enterprise, enterprises))
    chosen = sa.select(it.enterprise, it.subject, it.facts, it.score).where(it.day == days[0], *of_kind)
    rows = connection.execute(chosen.order_by(it.score.desc(), it.enterprise, it.subject).limit(limit)).all()
    before: dict[tuple[str, str], int] = {}
    if len(days) > 1 and rows:
        keys = sa.tuple_(it.enterprise, it.subject).in_([(row.enterprise, row.subject) for row in rows])
        old = sa.select(it.enterprise, it.subject, it.score).where(it.day == days[1], *of_kind, keys)
        before = {(row.enterprise, row.subject): row.score for row in connection.execute(old)}
    return [
        RiskLine(row.enterprise, row.subject, _name(row.facts), row.score, before.get((row.enterprise, row.subject)))
        for row in rows
    ]


def _name(facts: str) -> str:
    return str(json.loads(facts)[0])


def read_trend(
    connection: sa.Connection, enterprises: Enterprises = None, *, site: str = "", days: int = 30
) -> list[RiskDay]:
    """Give the risk of the last assessed days, the oldest first."""
    found = _last_days(connection, site, days)
    if not found:
        return []
    it = FIGURES.c
    kinds = ("park", "enterprise") if enterprises is None else ("enterprise",)
    chosen = sa.select(it.day, it.kind, it.enterprise, it.score).where(
        it.site == site, it.day.in_(found), it.kind.in_(kinds)
    )
    if enterprises is not None:
        chosen = chosen.where(*may_see(it.enterprise, enterprises))
    park: dict[int, int] = {}
    by_day: dict[int, dict[str, int]] = {day: {} for day in found}
    for row in connection.execute(chosen):
        if row.kind == "park":
            park[row.day] = row.score
        else:
            by_day[row.day][row.enterprise] = row.score
    return [RiskDay(day, park.get(day, max(its.values(), default=0)), its) for day, its in sorted(by_day.items())]


def _last_days(connection: sa.Connection, site: str, limit: int) -> list[int]:
    chosen = sa.select(DAYS.c.day).where(DAYS.c.site == site).order_by(DAYS.c.day.desc()).limit(limit)
    return list(connection.scalars(chosen))


def age_incidents(
    connection: sa.Connection, now_ns: int, enterprises: Enterprises = None, *, site: str | None = ""
) -> Ages:
    """Count the incidents that are not closed by age and severity; ``site`` None is all sites."""
    it = INCIDENT.c
    older = [sa.case((it.first_ns <= now_ns - age, 1), else_=0) for age in AGES_NS]
    keys = (sum(older[1:], start=older[0]).label("place"), it.severity)
    chosen = sa.select(*keys, sa.func.count(), sa.func.min(it.first_ns)).where(
        it.status != "closed", *_of_site(site), *may_see(it.enterprise, enterprises)
    )
    counts: list[Counter[str]] = [Counter() for _ in range(len(AGES_NS) + 1)]
    begun: list[int] = []
    for place, severity, count, first_ns in connection.execute(chosen.group_by("place", it.severity)):
        counts[place][band_of(severity)] += count
        begun.append(first_ns)
    return Ages(tuple(counts), min(begun, default=None))


def bound_age(name: str, now_ns: int) -> tuple[int | None, int | None]:
    """Give from when, and before when, incidents of an age of AGES began; None for no bound."""
    ends = [now_ns - age + 1 for age in AGES_NS]
    place = AGES.index(name)
    return (*ends, None)[place], (None, *ends)[place]


def count_begun(
    connection: sa.Connection, start_ns: int, end_ns: int, enterprises: Enterprises = None, *, site: str | None = ""
) -> int:
    """Count the incidents that began in a period, its end not included, whatever became of them."""
    it = INCIDENT.c
    chosen = sa.select(sa.func.count()).where(
        it.first_ns >= start_ns, it.first_ns < end_ns, *_of_site(site), *may_see(it.enterprise, enterprises)
    )
    return connection.scalar(chosen) or 0


def _of_site(site: str | None) -> list[sa.ColumnElement[bool]]:
    return [] if site is None else [INCIDENT.c.site == site]


def band_of(severity: int) -> str:
    """Name the severity of an alert or incident as rules name theirs: ``critical`` to ``informational``."""
    return next(name for name, least in BANDS.items() if severity >= least)


def find_losses(
    captures: Sequence[Capture],
    choose: Callable[[Mapping[str, int]], Mapping[str, int]],
    start_ns: int | None = None,
    end_ns: int | None = None,
) -> tuple[list[Loss], dict[str, int]]:
    """Tell what captures of a period lost, the worst first, and all of it by counter.

    ``captures`` are those that may be seen, ``choose`` picks the counters that tell of losses.
    """
    found: list[Loss] = []
    total: Counter[str] = Counter()
    for one in captures:
        is_later = end_ns is not None and one.min_ns is not None and one.min_ns >= end_ns
        is_earlier = start_ns is not None and one.max_ns is not None and one.max_ns < start_ns
        losses = {} if is_later or is_earlier else choose(one.counters)
        if losses:
            found.append(Loss(one.record.identity, one.record.name, one.min_ns, one.max_ns, losses))
            total.update(losses)
    found.sort(key=lambda loss: (-sum(loss.losses.values()), loss.name, loss.capture))
    return found, dict(total.most_common())
