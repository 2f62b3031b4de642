"""Which stretch of time to read next, so that a search holds a bounded number of records however large the lake is.

Segments tell how many rows they have between which times. Taking rows as evenly spread between them, the times are cut
into windows of about as many rows as asked; windows do not overlap, so records sorted within each are sorted over all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from correlation.manifest import Segment

MOST_FILES = 64
"""Files of one window, unless more hold the same instant: bounds the footers that are read at once."""


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time and the segments that have rows in it."""

    start_ns: int
    end_ns: int
    """First nanosecond after it."""
    segments: tuple[Segment, ...]

    def join(self, other: Window) -> Window:
        """Give the stretch from the one to the other, and the segments of both."""
        its = {segment.path: segment for segment in (*self.segments, *other.segments)}
        start, end = min(self.start_ns, other.start_ns), max(self.end_ns, other.end_ns)
        return Window(start, end, tuple(its.values()))


@dataclass(frozen=True, slots=True)
class _Span:
    """A file's times ``[low, high)``, mirrored when the oldest come first, so that reading always goes downwards."""

    low: int
    high: int
    segments: tuple[Segment, ...]
    density: float
    """Rows per nanosecond."""

    def count(self, low: int, high: int) -> float:
        """Estimate the rows in ``[low, high)``."""
        return self.density * max(0, min(self.high, high) - max(self.low, low))


def _by_file(segments: Sequence[Segment]) -> Iterable[Sequence[Segment]]:
    """Gather the segments of each pack; others are files of their own."""
    files: dict[str, list[Segment]] = {}
    for segment in segments:
        files.setdefault(segment.file, []).append(segment)
    return files.values()


class Windows:
    """Cuts ``[start_ns, end_ns)`` into windows, in the order of reading."""

    def __init__(self, segments: Sequence[Segment], start_ns: int, end_ns: int, *, newest_first: bool) -> None:
        """Plan to read these segments."""
        self._mirrored = not newest_first
        self._floor, self._frontier = self._turn(start_ns, end_ns)
        spans = [self._span(its) for its in _by_file(segments)]
        spans = [span for span in spans if span.low < self._frontier and span.high > self._floor]
        self._pending = sorted(spans, key=lambda span: (span.high, span.segments[0].path))
        self._live: list[_Span] = []

    def _span(self, segments: Sequence[Segment]) -> _Span:
        first, last = min(segment.min_ns for segment in segments), max(segment.max_ns for segment in segments)
        rows = sum(segment.rows for segment in segments)
        return _Span(*self._turn(first, last + 1), tuple(segments), rows / (last + 1 - first))

    def _turn(self, start: int, end: int) -> tuple[int, int]:
        return (1 - end, 1 - start) if self._mirrored else (start, end)

    def take(self, budget_rows: int) -> Window | None:
        """Give the next window, of about ``budget_rows`` at most; None when all is read."""
        self._live = [span for span in self._live if span.low < self._frontier]
        while self._pending and (len(self._live) < MOST_FILES or self._pending[-1].high >= self._top()):
            self._live.append(self._pending.pop())
        if not self._live or self._frontier <= self._floor:
            return None
        top = self._top()
        lowest = self._pending[-1].high if self._pending else min(span.low for span in self._live)
        low = self._bisect(max(lowest, self._floor), top, budget_rows)
        self._frontier = low
        spans = (span for span in self._live if span.low < top and span.high > low)
        segments = tuple(segment for span in spans for segment in span.segments)
        return Window(*self._turn(low, top), segments)

    def _top(self) -> int:
        return min(self._frontier, max((span.high for span in self._live), default=self._frontier))

    def _bisect(self, low: int, top: int, budget_rows: int) -> int:
        """Find the lowest beginning whose window fits the budget; at least one nanosecond is read."""
        high = top - 1
        while low < high:
            middle = (low + high) // 2
            if sum(span.count(middle, top) for span in self._live) > budget_rows:
                low = middle + 1
            else:
                high = middle
        return low
