"""Numbers, sizes, durations and times."""

from __future__ import annotations

import pytest

from console.figures import name_severity, write_count, write_duration, write_size, write_time

SECOND_NS = 10**9


@pytest.mark.parametrize(
    ("ns", "text"),
    [(0, "0 ns"), (999, "999 ns"), (250_000, "250 µs"), (1_500_000, "1.5 ms"), (1_500_000_000, "1.5 s"),
     (65 * SECOND_NS, "1 min 5 s"), (2 * 86_400 * SECOND_NS + 4 * 3_600 * SECOND_NS, "2 d 4 h"),
     (3_600 * SECOND_NS, "1 h")],
)  # fmt: skip
def test_durations_have_the_units_that_fit(ns: int, text: str) -> None:
    """Small ones three digits, large ones their two largest units."""
    assert write_duration(ns) == text


def test_sizes_and_counts() -> None:
    """Sizes are decimal, counts have their thousands apart."""
    assert [write_size(size) for size in (0, 999, 1500, 2.5e12)] == ["0 B", "999 B", "1.5 KB", "2.5 TB"]
    assert write_count(1_234_567) == "1,234,567"


def test_times_are_utc() -> None:
    """RFC 3339 with as many digits as are asked."""
    assert write_time(1_790_000_000_123_456_789) == "2026-09-21T14:13:20.123456789Z"
    assert write_time(-1, 3) == "1969-12-31T23:59:59.999Z"
    assert write_time(0, 0) == "1970-01-01T00:00:00Z"


def test_severities_have_names() -> None:
    """The limits are those of docs/add-a-rule.md."""
    names = [name_severity(number) for number in (0, 19, 20, 40, 69, 70, 90, 100)]
    assert names == ["informational", "informational", "low", "medium", "medium", "high", "critical", "critical"]
