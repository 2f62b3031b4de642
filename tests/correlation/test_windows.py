"""Windows of time: all rows once, in order, about as many as asked."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlation.manifest import Segment
from correlation.windows import MOST_FILES, Window, Windows


def make_segment(number: int, low: int, high: int, rows: int) -> Segment:
    """A segment with rows from ``low`` to ``high``."""
    return Segment(f"{number:04d}", "c", "modbus", "2026-09-21", 0, number, rows, low, high, "", 0, ())


def take_all(windows: Windows, budget: int) -> list[Window]:
    """All windows of a budget."""
    taken = []
    while (window := windows.take(budget)) is not None:
        taken.append(window)
    return taken


segments = st.lists(st.tuples(st.integers(-50, 50), st.integers(0, 40), st.integers(1, 100)), max_size=12).map(
    lambda found: [make_segment(n, low, low + length, rows) for n, (low, length, rows) in enumerate(found)]
)


@given(
    segments=segments,
    start=st.integers(-60, 60),
    length=st.integers(0, 100),
    budget=st.integers(1, 300),
    newest_first=st.booleans(),
)
def test_every_row_is_in_one_window(
    segments: list[Segment], start: int, length: int, budget: int, newest_first: bool
) -> None:
    """Windows do not overlap, go one way, stay inside what was asked, and name each segment that has rows there."""
    end = start + length
    windows = take_all(Windows(segments, start, end, newest_first=newest_first), budget)
    ordered = windows[::-1] if newest_first else windows
    assert all(a.end_ns <= b.start_ns for a, b in itertools.pairwise(ordered))
    assert all(start <= window.start_ns < window.end_ns <= end for window in windows)
    for moment in range(start, end):
        holding = {s.path for s in segments if s.min_ns <= moment <= s.max_ns}
        reading = [w for w in windows if w.start_ns <= moment < w.end_ns]
        assert len(reading) <= 1
        assert holding <= {s.path for w in reading for s in w.segments}


@pytest.mark.parametrize("newest_first", [True, False])
def test_a_busy_hour_is_cut(newest_first: bool) -> None:
    """A segment of a million rows is read in windows of about the budget."""
    windows = take_all(Windows([make_segment(0, 0, 999, 1_000_000)], 0, 10**6, newest_first=newest_first), 100_000)
    assert len(windows) == 10
    assert {window.end_ns - window.start_ns for window in windows} == {100}


def test_quiet_times_are_read_together() -> None:
    """Segments of few rows share a window, as many as the budget and the number of files allow."""
    segments = [make_segment(number, 100 * number, 100 * number + 9, 10) for number in range(2 * MOST_FILES)]
    windows = take_all(Windows(segments, -(2**63), 2**63 - 1, newest_first=True), 10_000)
    assert [len(window.segments) for window in windows] == [MOST_FILES, MOST_FILES]
    assert windows[-1].start_ns == 0


def test_segments_of_a_pack_are_one_file() -> None:
    """However many small segments a pack holds, it is read once, where its times are."""
    made = (make_segment(number, 100 * number, 100 * number + 9, 10) for number in range(10 * MOST_FILES))
    segments = [replace(segment, pack="p", pack_rows=6_400) for segment in made]
    (window,) = take_all(Windows(segments, -(2**63), 2**63 - 1, newest_first=True), 10_000)
    assert (window.start_ns, len(window.segments)) == (0, 10 * MOST_FILES)


def test_files_of_one_instant_stay_together() -> None:
    """What cannot be cut by time is one window, however many files it takes."""
    segments = [make_segment(number, 5, 5, 1000) for number in range(3 * MOST_FILES)]
    (window,) = take_all(Windows(segments, 0, 10, newest_first=True), 1)
    assert (window.start_ns, window.end_ns, len(window.segments)) == (5, 6, 3 * MOST_FILES)


def test_nothing_to_read() -> None:
    """No segments, or none in the time asked for, give no window."""
    assert Windows([], 0, 10, newest_first=True).take(5) is None
    assert Windows([make_segment(0, 20, 30, 5)], 0, 10, newest_first=False).take(5) is None
