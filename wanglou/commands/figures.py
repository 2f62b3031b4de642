"""How numbers, sizes, times and values are written for people."""

from __future__ import annotations

from datetime import UTC, datetime

from rich.text import Text

SECOND_NS = 10**9

SEVERITIES: tuple[tuple[int, str, str], ...] = (
    (90, "critical", "bold white on red"),
    (70, "high", "bold red"),
    (40, "medium", "yellow"),
    (20, "low", "cyan"),
    (0, "informational", "dim"),
)
"""Lowest severity, name and style of each level (Sigma's levels; docs/add-a-rule.md has the limits)."""

_SIZES = ("B", "KB", "MB", "GB", "TB")


def write_count(number: float) -> str:
    """Write a count with thousands apart: ``1,234,567``."""
    return f"{number:,.0f}"


def write_size(count: float) -> str:
    """Write bytes with a decimal unit: ``1.5 MB`` is 1,500,000 bytes."""
    for unit in _SIZES[:-1]:
        if abs(count) < 1000:
            return f"{count:.0f} B" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} {_SIZES[-1]}"


def write_seconds(seconds: float) -> str:
    """Write a span of time: ``0.42 s``, ``12 s``, ``3 min 05 s``, ``2 h 07 min``."""
    if seconds < 10:
        return f"{seconds:.2f} s"
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"


def write_duration(ns: int) -> str:
    """Write a duration of nanoseconds with the unit that fits it."""
    for unit, size in (("ms", 10**6), ("µs", 10**3)):
        if size <= ns < 1000 * size:
            return f"{ns / size:.3g} {unit}"
    return f"{ns} ns" if ns < 1000 else write_seconds(ns / SECOND_NS)


def write_shift(ns: int) -> str:
    """Write by how much times were moved: sign, days, hours, minutes and seconds, such as ``+2 d 03:04:05``."""
    minutes, seconds = divmod(abs(ns) // SECOND_NS, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    clock = f"{hours:02d}:{minutes:02d}:{seconds:02d}"
    return f"{'-' if ns < 0 else '+'}{f'{days} d ' if days else ''}{clock}"


def write_time(ns: int, *, digits: int = 9) -> str:
    """Write nanoseconds since 1970 as RFC 3339 in UTC, with ``digits`` (0 to 9) of the second's fraction."""
    seconds, fraction = divmod(ns, SECOND_NS)
    moment = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{moment}.{f'{fraction:09d}'[:digits]}Z" if digits else f"{moment}Z"


def write_moment(ns: int) -> str:
    """Write a time for a table: day, time of day and milliseconds, UTC."""
    return write_time(ns, digits=3)[:-1].replace("T", " ")


def name_severity(severity: int) -> str:
    """Name the level of a severity of 0 to 100."""
    return next((name for least, name, _ in SEVERITIES if severity >= least), SEVERITIES[-1][1])


def paint_severity(severity: int, word: str) -> Text:
    """Write a severity as number and word in its colour: never by colour alone."""
    style = next((style for least, _, style in SEVERITIES if severity >= least), "")
    return Text(f"{severity} {word}", style=style)
