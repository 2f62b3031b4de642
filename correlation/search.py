"""Searching the files of one lake: window after window of time, until as many records are found as are wanted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from correlation.manifest import Segment
from correlation.pruning import FileFacts, estimate_rows
from correlation.query_tree import Node
from correlation.search_query import Asked, Bound, continue_after, narrow
from correlation.search_window import Files, look_into, read_window
from correlation.windows import MOST_FILES, Window, Windows

WINDOW_ROWS = 131_072
"""Rows a window of an unlimited search is planned to hold: some 100 MB of Modbus records while they are sorted."""
FIRST_ROWS = 32_768
"""Rows of the first window of a limited search, which keeps only ``limit`` of them; each next one has four times as
many, as the first pass over a window reads few columns."""
MOST_FIRST_ROWS = 1 << 22
"""Rows of the first window where few are likely to fit: guesses may be wrong."""
LIKELY = 1.3
"""How much more is read than a guess says, so that one window mostly suffices."""
FEW_RECORDS = 10_000
"""Limit up to which a search finds out how far back its records lie before it reads any of them whole."""
MOST_ROWS = 1 << 40
"""Rows after which windows grow no more."""


def find_records(asked: Asked, facts: Sequence[FileFacts], node: Node, files: Files) -> Iterator[pa.RecordBatch]:
    """Give the records found in those of ``files`` that ``facts`` tell of, in order, in batches."""
    segments = [segment for one in facts for segment in one.segments]
    if 0 < asked.limit <= FEW_RECORDS:
        first_rows = _guess_rows(node, facts, asked.limit)
        yield from _find_few(asked, segments, first_rows, files)
        return
    condition, start_ns, end_ns = continue_after(asked)
    windows = Windows(segments, start_ns, end_ns, newest_first=asked.newest_first)
    budget, left = FIRST_ROWS if asked.limit else WINDOW_ROWS, asked.limit
    while (window := windows.take(budget)) is not None:
        found = 0
        for batch in read_window(asked, files, window, condition, left):
            found += batch.num_rows
            yield batch
        if asked.limit:
            left -= found
            if left <= 0:
                return
        budget = _next_budget(budget, found, is_limited=asked.limit > 0)


def _guess_rows(node: Node, files: Sequence[FileFacts], limit: int) -> int:
    """Guess in how many rows there are ``limit`` records that fit, and a few more."""
    fitting = sum(estimate_rows(node, facts) for facts in files)
    rows = sum(facts.rows for facts in files)
    wanted = LIKELY * limit * rows / fitting if fitting else 0
    return int(min(max(wanted, FIRST_ROWS), max(MOST_FIRST_ROWS, FIRST_ROWS)))


def _find_few(asked: Asked, segments: Sequence[Segment], first_rows: int, files: Files) -> Iterator[pa.RecordBatch]:
    """Find out in few columns how far back a few records lie, then read them whole at once: each read costs a plan."""
    condition, start_ns, end_ns = continue_after(asked)
    windows = Windows(segments, start_ns, end_ns, newest_first=asked.newest_first)
    budget, left, places, bound = first_rows, asked.limit, frozenset[tuple[Any, ...]](), Bound(0)
    gathered: Window | None = None
    while left > 0 and (window := windows.take(budget)) is not None:
        bound = look_into(asked, files, window, condition, left)
        left -= bound.found
        if bound.found:
            gathered, places = gathered.join(window) if gathered else window, places | bound.places
        if gathered and len(gathered.segments) > MOST_FILES and left > 0:
            yield from read_window(asked, files, gathered, narrow(asked, condition, places), 0)
            gathered, places = None, frozenset()
        budget = _next_budget(budget, bound.found, is_limited=True)
    if gathered:
        wanted = narrow(asked, condition, places) & bound.condition
        yield from read_window(asked, files, gathered, wanted, 0)


def _next_budget(budget: int, found: int, *, is_limited: bool) -> int:
    """Grow while little is found, so that a rare record does not take a query for every hour of the lake."""
    if is_limited:
        return min(budget * 4, MOST_ROWS)
    if found < budget // 8:
        return min(budget * 2, MOST_ROWS)
    return WINDOW_ROWS if found > WINDOW_ROWS else budget
