"""Histograms over time: the bars of several series over one period, also those without records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from console.period import Period
from correlation.store import Bucket

MILLISECOND_NS = 10**6


@dataclass(frozen=True, slots=True)
class Series:
    """One series of bars."""

    name: str
    """As the reader calls it."""
    tone: str
    """A severity, or ``1`` to ``6`` of the colours of charts."""
    values: Sequence[int]


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars side by side in time, series above one another."""

    starts_ms: Sequence[int]
    """Beginnings of the bars, in milliseconds since 1970."""
    interval_ms: int
    series: Sequence[Series]
    zone: str

    @property
    def total(self) -> int:
        """Records in all bars."""
        return sum(sum(one.values) for one in self.series)

    @property
    def data(self) -> Mapping[str, Any]:
        """What the script that draws them reads."""
        series = [{"name": one.name, "tone": one.tone, "values": list(one.values)} for one in self.series]
        return {"starts": list(self.starts_ms), "interval": self.interval_ms, "series": series, "zone": self.zone}


def make_bars(period: Period, interval_ns: int, series: Sequence[tuple[str, str, Sequence[Bucket]]], zone: str) -> Bars:
    """Put the buckets of date histograms of one interval side by side; each series has name, tone and buckets."""
    first = period.start_ns - period.start_ns % interval_ns
    starts = range(first, period.end_ns, interval_ns)
    made = []
    for name, tone, buckets in series:
        counts = {bucket.key: int(bucket.value) for bucket in buckets}
        made.append(Series(name, tone, [counts.get(start, 0) for start in starts]))
    return Bars([start // MILLISECOND_NS for start in starts], interval_ns // MILLISECOND_NS, made, zone)
