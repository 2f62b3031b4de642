"""What the wall view shows: six panels over the whole park, and the incidents that it points out in turn."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from console.formats import quote_value
from console.period import Period, parse_period
from console.stacks import Stacks, stack_up
from console.views.overview import Alarm as AlarmFigures
from console.views.overview import Danger, Intake, Trouble, count_alarm, find_trouble, read_danger, read_intake
from console.visit import Visit
from correlation.case import Case
from correlation.record import read_records
from correlation.store import DateHistogram, Terms
from wanglou.site import Enterprise

DAY = "24h"
"""Time that the wall is about, unless it is asked for another."""
MOST_TYPES = 5
MOST_NAMED = 12
"""Enterprises whose names stand on the map: those at the highest risk."""
MOST_PLACED = 200
BANDS = ((7_500, "critical"), (5_000, "high"), (2_500, "medium"), (0, "low"))
"""Hundredths of points of risk from which a place has that colour: quarters of the scale, our own choice."""
ASPECT = 1.6
"""Width by height of the map where there is no plan."""
MOST_LOOKED_AT = 200
"""Newest alerts among which most kinds are: one question instead of one for each."""
_OF_KIND = ("rule.name", "wanglou.alert.title.zh", "wanglou.alert.title.en", "threat.technique.id", "event.severity")
_VIEW_BOX = re.compile(r'viewBox="\s*[-\d.]+[\s,]+[-\d.]+[\s,]+([\d.]+)[\s,]+([\d.]+)\s*"')


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of attack: the alerts of one rule."""

    rule: str
    title_zh: str
    title_en: str
    techniques: Sequence[str]
    count: int
    severity: int


@dataclass(frozen=True, slots=True)
class Place:
    """One enterprise on the map."""

    enterprise: str
    x: float
    """From the left, 0 to 100 times the map's aspect."""
    y: float
    score: int | None
    """Hundredths of points of risk; None where it was not assessed."""
    is_named: bool

    @property
    def tone(self) -> str:
        """Severity whose colour tells the risk."""
        return next((name for least, name in BANDS if (self.score or 0) >= least), "low")

    @property
    def radius(self) -> float:
        """Size of its mark, by its risk."""
        return 8 + 3 * (self.score or 0) / 10_000


@dataclass(frozen=True)
class Wall:
    """All of it, as of one moment."""

    at_ns: int
    alarm: AlarmFigures
    trouble: Trouble
    danger: Danger
    intake: Intake
    kinds: Sequence[Kind]
    places: Sequence[Place]
    aspect: float
    traffic: Stacks
    """Conversations of the network over time."""

    @cached_property
    def highlights(self) -> Sequence[Case]:
        """Open incidents that are pointed out in turn, the most severe first."""
        return self.trouble.worst


def take_period(visit: Visit) -> Period:
    """Give the time that the wall is about."""
    return parse_period(visit.asked("from"), visit.asked("to"), visit.zone, visit.now_ns, DAY)


def survey_wall(visit: Visit) -> Wall:
    """Ask for everything that the wall shows."""
    visit.period = period = take_period(visit)
    danger = read_danger(visit)
    plan = visit.services.site.plan
    aspect = read_aspect(plan)
    return Wall(
        at_ns=visit.now_ns,
        alarm=count_alarm(visit, period, height=100),
        trouble=find_trouble(visit, period),
        danger=danger,
        intake=read_intake(visit),
        kinds=rank_kinds(visit, period),
        places=place_enterprises(
            visit.services.site.enterprises, danger.trend[-1].enterprises if danger.trend else {}, aspect
        ),
        aspect=aspect,
        traffic=draw_traffic(visit, period),
    )


def rank_kinds(visit: Visit, period: Period) -> list[Kind]:
    """Rank the rules by their alerts, with the words of the newest one."""
    start_ns, end_ns = period.start_ns, period.end_ns
    buckets = visit.store.aggregate("alert", Terms("rule.name", MOST_TYPES), start_ns=start_ns, end_ns=end_ns)
    newest: dict[str, Mapping[str, object]] = {}
    for record in _find_newest(visit, period, "", MOST_LOOKED_AT):
        newest.setdefault(str(record["rule.name"]), record)
    made = []
    for bucket in buckets:
        rule = str(bucket.key)
        if rule not in newest:
            newest[rule] = next(_find_newest(visit, period, f"rule.name:{quote_value(rule)}", 1), {})
        made.append(_tell_kind(rule, int(bucket.value), newest[rule]))
    return made


def _find_newest(visit: Visit, period: Period, asked: str, limit: int) -> Iterator[Mapping[str, object]]:
    """Give the newest alerts of the period that fit."""
    batches = visit.store.search(
        "alert", asked, start_ns=period.start_ns, end_ns=period.end_ns, limit=limit, fields=_OF_KIND
    )
    for batch in batches:
        yield from read_records(batch)


def _tell_kind(rule: str, count: int, newest: Mapping[str, object]) -> Kind:
    zh, en = (str(newest.get(f"wanglou.alert.title.{language}") or rule) for language in ("zh", "en"))
    told = newest.get("threat.technique.id")
    techniques = [str(one) for one in told] if isinstance(told, list) else []
    severity = newest.get("event.severity")
    return Kind(rule, zh, en, techniques, count, severity if isinstance(severity, int) else 0)


def draw_traffic(visit: Visit, period: Period) -> Stacks:
    """Count the conversations of the network over time."""
    interval_ns = period.interval_ns(48)
    buckets = visit.store.aggregate("flow", DateHistogram(interval_ns), start_ns=period.start_ns, end_ns=period.end_ns)
    counts = {int(str(bucket.key)): {"informational": int(bucket.value)} for bucket in buckets}
    return stack_up(period, interval_ns, counts, visit.zone, height=100)  # type: ignore[arg-type] # one severity


def place_enterprises(known: Sequence[Enterprise], scores: Mapping[str, int], aspect: float = ASPECT) -> list[Place]:
    """Place the enterprises as the site file tells; those without a place stand in a grid."""
    named = {one.id: one for one in known}
    order = sorted({*named, *scores} - {""}, key=lambda one: (-scores.get(one, -1), one))[:MOST_PLACED]
    lost = [one for one in order if one not in named or named[one].x is None]
    grid = dict(zip(lost, _lay_grid(len(lost), aspect), strict=True))
    made = []
    for rank, identity in enumerate(order):
        x, y = grid.get(identity) or _place(named[identity], aspect)
        made.append(Place(identity, x, y, scores.get(identity), rank < MOST_NAMED))
    return made[::-1]  # the highest risk is drawn last, above the others


def _place(one: Enterprise, aspect: float) -> tuple[float, float]:
    return (one.x or 0) * aspect, one.y or 0


def _lay_grid(count: int, aspect: float) -> list[tuple[float, float]]:
    columns = max(1, math.ceil(math.sqrt(count * aspect)))
    rows = max(1, math.ceil(count / columns))
    return [
        ((place % columns + 0.5) * 100 * aspect / columns, (place // columns + 0.5) * 100 / rows)
        for place in range(count)
    ]


def read_aspect(plan: str) -> float:
    """Give width by height of a plan, within a quarter and four; ASPECT where there is none, or it says nothing."""
    found = _VIEW_BOX.search(plan)
    try:
        width, height = (float(one) for one in found.groups()) if found else (0.0, 0.0)
    except ValueError:
        return ASPECT
    return min(4.0, max(0.25, width / height)) if width > 0 and height > 0 else ASPECT
