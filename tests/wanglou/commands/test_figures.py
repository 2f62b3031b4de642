"""Numbers, sizes, times and severities as people read them."""

from __future__ import annotations

import pytest

from wanglou.commands.figures import (
    SECOND_NS,
    name_severity,
    paint_severity,
    write_count,
    write_duration,
    write_moment,
    write_seconds,
    write_shift,
    write_size,
    write_time,
)


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (999, "999 B"), (1500, "1.5 KB"), (2_340_000, "2.3 MB"), (5 * 10**15, "5000.0 TB")]
)
def test_sizes(count: int, text: str) -> None:
    """Sizes have decimal units."""
    assert write_size(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.421, "0.42 s"), (12.4, "12 s"), (185, "3 min 05 s"), (7625, "2 h 07 min"), (59.9, "1 min 00 s")],
)
def test_spans(seconds: float, text: str) -> None:
    """Spans of time are told in the two largest units that fit."""
    assert write_seconds(seconds) == text


@pytest.mark.parametrize(
    ("ns", "text"),
    [(0, "0 ns"), (999, "999 ns"), (1500, "1.5 µs"), (1_884_000, "1.88 ms"), (14 * 10**9, "14 s"), (10**9, "1.00 s")],
)
def test_durations(ns: int, text: str) -> None:
    """Durations take the unit that fits them."""
    assert write_duration(ns) == text


def test_times_are_utc_to_the_nanosecond() -> None:
    """Times before 1970 too."""
    assert write_time(1_732_176_488_123_456_789) == "2024-11-21T08:08:08.123456789Z"
    assert write_time(-1) == "1969-12-31T23:59:59.999999999Z"
    assert write_time(0, digits=0) == "1970-01-01T00:00:00Z"
    assert write_moment(1_732_176_488_123_456_789) == "2024-11-21 08:08:08.123"


def test_counts_are_grouped() -> None:
    """Thousands stand apart."""
    assert write_count(1234567) == "1,234,567"


@pytest.mark.parametrize(
    ("severity", "name"),
    [
        (0, "informational"),
        (19, "informational"),
        (20, "low"),
        (40, "medium"),
        (70, "high"),
        (89, "high"),
        (90, "critical"),
    ],
)
def test_severities_have_names(severity: int, name: str) -> None:
    """Levels begin where docs/add-a-rule.md says."""
    assert name_severity(severity) == name


def test_severity_is_never_told_by_colour_alone() -> None:
    """Number and word stand beside the colour."""
    painted = paint_severity(75, "high")
    assert (painted.plain, str(painted.style)) == ("75 high", "bold red")


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (0, "+00:00:00"),
        (SECOND_NS, "+00:00:01"),
        (-(((2 * 24 + 3) * 60 + 4) * 60 + 5) * SECOND_NS, "-2 d 03:04:05"),
        (400 * 86_400 * SECOND_NS, "+400 d 00:00:00"),
    ],
)
def test_shifts(ns: int, text: str) -> None:
    """Offsets of times are exact to the second, with their sign."""
    assert write_shift(ns) == text
