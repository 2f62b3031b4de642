"""Numbers, sizes, durations and times as pages and the API write them; severities by name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal, get_args

SECOND_NS = 10**9
Severity = Literal["critical", "high", "medium", "low", "informational"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
LEAST: Mapping[Severity, int] = {"critical": 90, "high": 70, "medium": 40, "low": 20, "informational": 0}
"""Lowest severity of each level (Sigma's levels; docs/add-a-rule.md has the limits)."""
_SIZES = ("B", "KB", "MB", "GB", "TB", "PB")
_PARTS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


def write_count(number: float) -> str:
    """Write a count with thousands apart: ``1,234,567``."""
    return f"{number:,.0f}"


def write_size(count: float) -> str:
    """Write bytes with a decimal unit: ``1.5 MB`` is 1,500,000 bytes."""
    place = 0
    while abs(count) >= 1000 and place < len(_SIZES) - 1:
        count, place = count / 1000, place + 1
    return f"{count:.0f} B" if not place else f"{count:.1f} {_SIZES[place]}"


def write_duration(ns: int) -> str:
    """Write a duration with the units that fit it: ``250 µs``, ``1.5 s``, ``3 min 5 s``, ``2 d 4 h``."""
    for unit, size in (("ns", 1), ("µs", 10**3), ("ms", 10**6), ("s", SECOND_NS)):
        if ns < 1000 * size and (unit != "s" or ns < 60 * SECOND_NS):
            return f"{ns / size:.3g} {unit}"
    left = ns // SECOND_NS
    told: list[tuple[int, str]] = []
    for unit, size in _PARTS:
        number, left = divmod(left, size)
        if number or told:
            told.append((number, unit))
    return " ".join(f"{number} {unit}" for number, unit in told[:2] if number)


def write_time(ns: int, digits: int = 9) -> str:
    """Write nanoseconds since 1970 as RFC 3339 in UTC, with ``digits`` (0 to 9) of the second's fraction."""
    seconds, fraction = divmod(ns, SECOND_NS)
    moment = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{moment}.{f'{fraction:09d}'[:digits]}Z" if digits else f"{moment}Z"


def name_severity(severity: int) -> Severity:
    """Name the level of a severity of 0 to 100."""
    return next((name for name in SEVERITIES if severity >= LEAST[name]), "informational")
