"""Bars over time with severities on top of one another, placed by the server: each bar is a link to what it counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from console.figures import SEVERITIES, Severity
from console.period import Period

GAP = 0.12
"""Part of a bar's room that stays empty."""
LEAST_HEIGHT = 1.5
"""Height of what is counted at all, in units of the drawing: one alert among thousands is still seen."""
MOST_TICKS = 7
_HOUR_NS = 3_600 * 10**9
_DAY_NS = 24 * _HOUR_NS
_TICKS_NS = (
    *(_HOUR_NS // part for part in (60, 12, 4, 2)),
    *(_HOUR_NS * hours for hours in (1, 3, 6, 12)),
    *(_DAY_NS * days for days in (1, 2, 7, 14, 30, 90, 365, 3_650)),
)


@dataclass(frozen=True, slots=True)
class Layer:
    """The records of one severity in one bar."""

    level: Severity
    count: int
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Stack:
    """One bar."""

    start_ns: int
    end_ns: int
    x: float
    width: float
    total: int
    layers: Sequence[Layer]


@dataclass(frozen=True, slots=True)
class Stacks:
    """All bars of a period; those without records are left out."""

    stacks: Sequence[Stack]
    width: float
    """Unit of x and width; 100 where they are percents, as drawings have whose letters are not stretched."""
    height: float
    """Unit of y and height."""
    most: int
    """Records of the highest bar."""
    ticks: Sequence[tuple[float, str]]
    """Places along the time, with the local times that stand there."""

    @property
    def total(self) -> int:
        """Records in all bars."""
        return sum(stack.total for stack in self.stacks)


def stack_up(
    period: Period,
    interval_ns: int,
    counts: Mapping[int, Mapping[Severity, int]],
    zone: ZoneInfo,
    width: float = 100,
    height: float = 160,
) -> Stacks:
    """Place the counts by beginning of interval and severity; the first and the last bar end with the period."""
    first = period.start_ns - period.start_ns % interval_ns
    slots = max(1, -((first - period.end_ns) // interval_ns))
    room = width / slots
    most = max((sum(levels.values()) for levels in counts.values()), default=0)
    stacks = [
        Stack(
            max(start, period.start_ns),
            min(start + interval_ns, period.end_ns),
            (start - first) // interval_ns * room + room * GAP / 2,
            room * (1 - GAP),
            sum(levels.values()),
            _pile(levels, most, height),
        )
        for start, levels in sorted(counts.items())
        if sum(levels.values())
    ]
    scale = width / (slots * interval_ns)
    ticks = [((at - first) * scale, word) for at, word in _list_ticks(period, zone)]
    return Stacks(stacks, width, height, most, [one for one in ticks if one[0] <= MOST_PLACE * width])


MOST_PLACE = 0.94
"""Behind it a time would not fit."""


def _list_ticks(period: Period, zone: ZoneInfo) -> list[tuple[int, str]]:
    """Choose round local times of the period, at most MOST_TICKS."""
    length = period.end_ns - period.start_ns
    step = next((one for one in _TICKS_NS if length <= one * MOST_TICKS), length // MOST_TICKS + 1)
    offset = datetime.fromtimestamp(period.start_ns // 10**9, zone).utcoffset()
    shift = int(offset.total_seconds()) * 10**9 if offset else 0
    begin = period.start_ns + (-(period.start_ns + shift)) % step
    return [(at, _write_tick(at, step, zone)) for at in range(begin, period.end_ns, step)]


def _write_tick(at_ns: int, step_ns: int, zone: ZoneInfo) -> str:
    moment = datetime.fromtimestamp(at_ns // 10**9, zone)
    if step_ns >= 365 * _DAY_NS:
        return moment.strftime("%Y-%m")
    is_midnight = (moment.hour, moment.minute) == (0, 0)
    return moment.strftime("%m-%d" if step_ns >= _DAY_NS or is_midnight else "%H:%M")


def _pile(levels: Mapping[Severity, int], most: int, height: float) -> list[Layer]:
    """Pile up the severities of one bar, the worst at the bottom, where bars are compared best."""
    made: list[Layer] = []
    y = height
    for level in SEVERITIES:
        count = levels.get(level, 0)
        if count:
            tall = min(max(LEAST_HEIGHT, count / most * height), y)
            y -= tall
            made.append(Layer(level, count, y, tall))
    return made
