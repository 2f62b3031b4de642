"""Histograms over time."""

from __future__ import annotations

from console.bars import make_bars
from console.period import Period
from correlation.store import Bucket

HOUR_NS = 3_600 * 10**9


def test_bars_without_records_are_there_too() -> None:
    """Bars cover the whole period side by side, those of each series at the same places."""
    period = Period(HOUR_NS // 2, 4 * HOUR_NS, "", "")
    bars = make_bars(period, HOUR_NS, [("High", "high", [Bucket(HOUR_NS, 3.0)]), ("Low", "low", [])], "UTC")
    assert bars.starts_ms == [0, 3_600_000, 7_200_000, 10_800_000]
    assert bars.series[0].values == [0, 3, 0, 0]
    assert bars.series[1].values == [0, 0, 0, 0]
    assert bars.total == 3
    assert bars.data["interval"] == 3_600_000
