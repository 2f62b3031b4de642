"""The one control of time: ``?from=`` and ``?to=`` of every page, as people write them and as queries read them.

``from=now-24h`` asks for the time up to now, ``from=2026-11-21T08:00&to=2026-11-21T09:00`` for a fixed one; a time
without an offset is meant in the reader's zone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from wanglou.errors import UsageError

SECOND_NS = 10**9
MINUTE_NS = 60 * SECOND_NS
PRESETS = ("15m", "1h", "6h", "24h", "7d", "30d")
"""Stretches up to now that the control offers."""
DEFAULT = "7d"
WHOLE_NS = 15 * MINUTE_NS
"""Length from which a stretch up to now is widened to whole minutes."""
_UNITS = {"m": MINUTE_NS, "h": 60 * MINUTE_NS, "d": 24 * 60 * MINUTE_NS, "s": SECOND_NS}
_RELATIVE = re.compile(r"now(?:-(\d{1,6})([smhd]))?", re.ASCII)
_STEPS = tuple(
    number * unit
    for unit, numbers in ((SECOND_NS, (1, 5, 10, 30)), (MINUTE_NS, (1, 2, 5, 10, 30)), (60 * MINUTE_NS, (1, 3, 6, 12)))
    for number in numbers
) + tuple(24 * 60 * MINUTE_NS * number for number in (1, 2, 7, 14, 30, 90, 365))
"""Widths that bars of a histogram may have; those of a minute and more are answered from rollups."""


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time, its end not included."""

    start_ns: int
    end_ns: int
    start: str
    """As it stands in the address."""
    end: str

    @property
    def preset(self) -> str:
        """Name the preset it is, or nothing."""
        name = self.start.removeprefix("now-")
        return name if self.end == "now" and name in PRESETS else ""

    @property
    def is_absolute(self) -> bool:
        """True where neither end moves with the clock."""
        return not (self.start.startswith("now") or self.end.startswith("now"))

    def interval_ns(self, bars: int = 96) -> int:
        """Choose the width of a histogram's bars so that at most ``bars`` cover the stretch."""
        length = self.end_ns - self.start_ns
        return next((step for step in _STEPS if length <= step * bars), max(_STEPS[-1], length // bars))


def parse_period(start: str, end: str, zone: ZoneInfo, now_ns: int, default: str = DEFAULT) -> Period:
    """Read both ends; an empty one is the default. Raises UsageError for what names no stretch of time.

    Ends that move with the clock lie at whole minutes where the stretch is long: records are counted by minutes, and
    all who look at the last week within a minute ask the same.
    """
    start, end = start.strip() or f"now-{default}", end.strip() or "now"
    start_ns, end_ns = _parse_moment(start, zone, now_ns), _parse_moment(end, zone, now_ns)
    if start_ns >= end_ns:
        raise UsageError(f"the time from {start} to {end} is empty", do="give a beginning before the end")
    if end_ns - start_ns >= WHOLE_NS:
        start_ns -= start_ns % MINUTE_NS if _RELATIVE.fullmatch(start) else 0
        end_ns += -end_ns % MINUTE_NS if _RELATIVE.fullmatch(end) else 0
    return Period(start_ns, end_ns, start, end)


def _parse_moment(text: str, zone: ZoneInfo, now_ns: int) -> int:
    if found := _RELATIVE.fullmatch(text):
        return _bounded(now_ns - (int(found[1]) * _UNITS[found[2]] if found[1] else 0), text)
    try:
        moment = datetime.fromisoformat(text)
        seconds = (moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp()
    except (ValueError, OverflowError, OSError):
        raise UsageError(f"{text[:40]!r} is no time", do="give now-24h, or 2026-11-21T08:00") from None
    return _bounded(int(seconds // 1) * SECOND_NS + moment.microsecond * 1000, text)


def _bounded(nanoseconds: int, text: str) -> int:
    if not -(2**63) <= nanoseconds < 2**63:
        raise UsageError(f"{text[:40]!r} is too far away", do="give a year from 1678 to 2261")
    return nanoseconds


def write_local(ns: int, zone: ZoneInfo) -> str:
    """Write a time as the address of a page holds it: local, to the second."""
    return datetime.fromtimestamp(ns // SECOND_NS, zone).strftime("%Y-%m-%dT%H:%M:%S")
