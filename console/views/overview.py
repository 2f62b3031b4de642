"""What is going on in the park, or in one's enterprises: alerts, open incidents, risk, and what captures lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from console.figures import SEVERITIES, Severity, name_severity, write_time
from console.formats import write_ago
from console.period import Period
from console.permission import Permission
from console.stacks import Stacks, stack_up
from console.upload_name import clean_name
from console.visit import Visit
from correlation.case import STATUSES, Case
from correlation.incident_list import IncidentFilter, list_incidents
from correlation.overview import (
    Ages,
    Loss,
    RiskDay,
    RiskLine,
    age_incidents,
    count_begun,
    find_losses,
    list_risks,
    read_trend,
)
from correlation.store import Capture, Groups
from wanglou.commands.losses import find_losses as choose_losses
from wanglou.languages import Language, load_catalogue

JOINTS: Mapping[Language, str] = {"zh": "；", "en": "; "}  # noqa: RUF001 - Chinese joins so
OPEN = frozenset(STATUSES) - {"closed"}
MOST_BARS = 60
MOST_GROUPS = 10_000
"""Bars times severities of 0 to 100."""
MOST_INCIDENTS = 6
MOST_RISKS = 6
MOST_LOSSES = 6
TREND_DAYS = 30


@dataclass(frozen=True, slots=True)
class Alarm:
    """The alerts of the period."""

    levels: Mapping[Severity, int]
    before: int
    """Alerts of the stretch of the same length before it."""
    stacks: Stacks

    @property
    def total(self) -> int:
        """Alerts of all levels."""
        return sum(self.levels.values())


@dataclass(frozen=True, slots=True)
class Trouble:
    """Incidents that are not closed."""

    ages: Ages
    begun: int
    """Incidents that began in the period."""
    begun_before: int
    """Those that began in the stretch of the same length before it."""
    worst: Sequence[Case]
    """The most severe ones that are open."""

    @property
    def levels(self) -> Mapping[str, int]:
        """Open incidents by severity."""
        return dict(sum((Counter(counts) for counts in self.ages.counts), Counter[str]()))

    @property
    def severe(self) -> int:
        """Open ones that are critical or high."""
        return self.levels.get("critical", 0) + self.levels.get("high", 0)


@dataclass(frozen=True, slots=True)
class Danger:
    """The risk of today and how it came to be."""

    trend: Sequence[RiskDay]
    enterprises: Sequence[RiskLine]
    assets: Sequence[RiskLine]

    @property
    def score(self) -> int | None:
        """Hundredths of points, 0 to 10,000; None where nothing was assessed yet."""
        return self.trend[-1].score if self.trend else None

    @property
    def change(self) -> int | None:
        """Change since the assessed day before, in hundredths of points."""
        return self.trend[-1].score - self.trend[-2].score if len(self.trend) > 1 else None


@dataclass(frozen=True, slots=True)
class Intake:
    """What was captured in the period, and what of it was lost."""

    captures: int
    reading: int
    """Captures whose reading is not finished."""
    packets: int
    newest_ns: int | None
    """Time of the newest record of any capture."""
    worst: Sequence[Loss]
    """Captures that lost something, the worst first."""
    losing: int
    """How many captures lost something."""
    counters: Mapping[str, int]
    """All losses by counter, the largest first."""


@dataclass(frozen=True, slots=True)
class Overview:
    """All of it."""

    alarm: Alarm
    trouble: Trouble
    danger: Danger
    intake: Intake


def survey(visit: Visit) -> Overview:
    """Ask for everything that the start page shows."""
    return Overview(
        count_alarm(visit, visit.period), find_trouble(visit, visit.period), read_danger(visit), read_intake(visit)
    )


def count_alarm(visit: Visit, period: Period, *, height: float = 160) -> Alarm:
    """Count the alerts of the period by level and time, by the same bounds as the list of alerts."""
    interval_ns = period.interval_ns(MOST_BARS)
    groups = Groups(("@timestamp", "event.severity"), size=MOST_GROUPS, interval_ns=interval_ns)
    counts: dict[int, dict[Severity, int]] = {}
    levels = dict.fromkeys(SEVERITIES, 0)
    for bucket in visit.store.aggregate("alert", groups, start_ns=period.start_ns, end_ns=period.end_ns):
        start, severity = (int(str(key or 0)) for key in bucket.keys)
        level, count = name_severity(severity), int(bucket.value)
        held = counts.setdefault(start, {})
        held[level] = held.get(level, 0) + count
        levels[level] += count
    before = visit.store.count("alert", start_ns=_before(period), end_ns=period.start_ns)
    return Alarm(levels, before, stack_up(period, interval_ns, counts, visit.zone, height=height))


def _before(period: Period) -> int:
    """Give when the stretch of the same length before a period begins."""
    return max(-(2**63), 2 * period.start_ns - period.end_ns)


def find_trouble(visit: Visit, period: Period) -> Trouble:
    """Find the incidents that are open now, of all sites as in their list, and how many began in the period."""
    whose = visit.enterprises
    asked = IncidentFilter(statuses=OPEN, enterprises=whose, site=None)
    with visit.ledger.reading() as connection:
        return Trouble(
            age_incidents(connection, visit.now_ns, whose, site=None),
            count_begun(connection, period.start_ns, period.end_ns, whose, site=None),
            count_begun(connection, _before(period), period.start_ns, whose, site=None),
            list_incidents(connection, asked, order="severity", limit=MOST_INCIDENTS).cases,
        )


def read_danger(visit: Visit) -> Danger:
    """Read the risk of the last days, and who is at the highest one."""
    whose, site = visit.enterprises, visit.services.site.id
    with visit.ledger.reading() as connection:
        return Danger(
            read_trend(connection, whose, site=site, days=TREND_DAYS),
            list_risks(connection, "enterprise", whose, site=site, limit=MOST_RISKS),
            list_risks(connection, "asset", whose, site=site, limit=MOST_RISKS),
        )


def read_intake(visit: Visit) -> Intake:
    """Tell what captures of the period hold and lost."""
    period = visit.period
    held = [one for one in visit.store.captures() if _is_in(one, period)]
    losing, counters = find_losses(held, choose_losses)
    newest = max((one.max_ns for one in held if one.max_ns is not None), default=None)
    return Intake(
        captures=len(held),
        reading=sum(not one.is_complete for one in held),
        packets=sum(one.counters.get("packets", 0) for one in held),
        newest_ns=newest,
        worst=[replace(one, name=clean_name(one.name)) for one in losing[:MOST_LOSSES]],
        losing=len(losing),
        counters=counters,
    )


def _is_in(capture: Capture, period: Period) -> bool:
    """True where a capture has records of the period, or none yet whose time would tell."""
    is_later = capture.min_ns is not None and capture.min_ns >= period.end_ns
    is_earlier = capture.max_ns is not None and capture.max_ns < period.start_ns
    return not (is_later or is_earlier)


def tell(visit: Visit, found: Overview) -> str:
    """Say in one line what is going on."""
    trouble, alarm = found.trouble, found.alarm
    told = []
    if trouble.ages.total:
        since = write_ago(trouble.ages.oldest_ns or visit.now_ns, visit)
        told.append(
            visit.say("overview.answer_incidents", count=trouble.ages.total, severe=trouble.severe, since=since)
        )
    else:
        told.append(visit.say("overview.answer_quiet"))
    if alarm.total:
        critical = f"{alarm.levels['critical']:,}"
        told.append(visit.say("overview.answer_alerts", count=f"{alarm.total:,}", critical=critical))
    else:
        told.append(visit.say("overview.answer_no_alerts"))
    if found.intake.losing:
        told.append(visit.say("overview.answer_losses", count=found.intake.losing))
    return JOINTS[visit.language].join(told)


def lead(visit: Visit, permission: Permission, path: str, section: str, /, **asked: object) -> str:
    """Write where a number leads: the page with its rows where the guest may see it, else their sum on this page."""
    if visit.may(permission) and path in visit.services.paths:
        return visit.address(path, **asked)
    return section


def lead_to_alerts(visit: Visit, section: str, /, start_ns: int | None = None, end_ns: int = 0, **asked: object) -> str:
    """Write the address of alerts of the same time, of any state, or of a part of it."""
    times: dict[str, object] = {"from": visit.period.start, "to": visit.period.end}
    if start_ns is not None:
        times = {"from": _write(start_ns), "to": _write(end_ns)}
    return lead(visit, "alerts.read", "/alerts", section, **times, state="all", **asked)


def _write(ns: int) -> str:
    return write_time(ns, digits=0) if ns % 10**9 == 0 else write_time(ns, digits=6)


def name_loss(visit: Visit, counter: str) -> str:
    """Say what a counter of losses counts."""
    return load_catalogue(visit.language).find(f"losses.{counter}") or counter
