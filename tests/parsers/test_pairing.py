"""Requests joined with their replies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.pairing import ALONE, ANSWERS, ASKS, Pairs, pair_rows

Row = tuple[int, int, int, int]
"""Role, key, detail, time in seconds."""


def pair(
    rows: Sequence[Row], *, timeout: int = 30, most: int = 100, flush: bool = True, marks: Sequence[int] = ()
) -> Pairs:
    """Pair rows; ``marks`` are the duplicate marks of the first of them."""
    marked = np.zeros(len(rows), dtype=np.uint8)
    marked[: len(marks)] = marks
    roles, keys, details, times = (
        (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
        if rows
        else (np.zeros(0, np.int64) for _ in range(4))
    )
    return pair_rows(keys, details, roles.astype(np.uint8), times, marked, timeout_ns=timeout, most=most, flush=flush)


def found(rows: Sequence[Row], **options: Any) -> list[tuple[int, int]]:
    """Request and reply of each record."""
    pairs = pair(rows, **options)
    return list(zip(pairs.request.tolist(), pairs.reply.tolist(), strict=True))


def ask(key: int = 1, detail: int = 0, at: int = 0) -> Row:
    """A request."""
    return ASKS, key, detail, at


def answer(key: int = 1, detail: int = 0, at: int = 0) -> Row:
    """A reply."""
    return ANSWERS, key, detail, at


def test_nothing() -> None:
    """No rows give no records."""
    assert found([]) == []


def test_in_order() -> None:
    """Each reply follows its request."""
    assert found([ask(1), answer(1), ask(2), answer(2)]) == [(0, 1), (2, 3)]


def test_pipelined() -> None:
    """Several requests may wait, and be answered in any order."""
    assert found([ask(1), ask(2), ask(3), answer(3), answer(1), answer(2)]) == [(2, 3), (0, 4), (1, 5)]


def test_one_transaction_id_twice() -> None:
    """Requests waiting under one key are answered in their order, and the second is marked."""
    rows = [ask(1), ask(1), answer(1), answer(1)]
    assert found(rows) == [(0, 2), (1, 3)]
    assert pair(rows).duplicate.tolist() == [False, True]


def test_a_reply_prefers_its_like() -> None:
    """Of requests under one key the one of the same unit and function is answered first."""
    assert found([ask(1, 7), ask(1, 8), answer(1, 8), answer(1, 7)]) == [(1, 2), (0, 3)]


def test_a_reply_of_another_kind_takes_the_oldest() -> None:
    """Where none is alike, the oldest is answered, so that the difference can be reported."""
    assert found([ask(1, 7), ask(1, 8), answer(1, 9)]) == [(0, 2), (1, -1)]


def test_a_reply_without_a_request() -> None:
    """A reply that nobody waits for is a record of its own."""
    assert found([answer(1), ask(2), answer(1)]) == [(-1, 0), (-1, 2), (1, -1)]


def test_what_stands_alone() -> None:
    """A malformed message neither waits nor answers."""
    assert found([ask(1), (ALONE, 1, 0, 0), answer(1)]) == [(1, -1), (0, 2)]


def test_time_runs_out() -> None:
    """A request waits as long as it may and not longer."""
    assert found([ask(1, at=0), answer(1, at=30)]) == [(0, 1)]
    assert found([ask(1, at=0), answer(1, at=31)]) == [(0, -1), (-1, 1)]


def test_times_that_go_back() -> None:
    """A message from a reordered segment may be older than the one before it."""
    assert found([ask(1, at=100), ask(2, at=60), answer(2, at=61), answer(1, at=101)]) == [(1, 2), (0, 3)]


def test_too_many_wait() -> None:
    """At the bound the oldest request is given up, and counted."""
    rows = [*(ask(key) for key in range(5)), *(answer(key) for key in range(5))]
    assert found(rows, most=3) == [(0, -1), (1, -1), (-1, 5), (-1, 6), (2, 7), (3, 8), (4, 9)]
    assert pair(rows, most=3).dropped == 2


def test_waiting_rows_are_given_back() -> None:
    """Without a flush requests go on waiting, with their marks."""
    pairs = pair([ask(1), ask(1), ask(2), answer(2)], flush=False)
    assert (pairs.waiting.tolist(), pairs.waiting_duplicate.tolist()) == ([0, 1], [0, 1])
    later = pair([ask(1), ask(1), answer(1), answer(1)], marks=[0, 1])
    assert later.duplicate.tolist() == [False, True]


@pytest.mark.parametrize("answered", [200, 2000])
def test_one_that_waits_does_not_hide_others(answered: int) -> None:
    """Behind a request that is never answered any number of others under its key is paired."""
    rows = [ask(1, 9)]
    for number in range(answered):
        rows += [ask(1, number % 7), answer(1, number % 7)]
    pairs = pair(rows)
    assert (pairs.reply >= 0).sum() == answered
    assert pairs.request[-1] == 0


def test_large_keys() -> None:
    """Keys of the millionth flow are numbers too large to multiply carelessly."""
    assert found([ask(2**40), ask(2**62 + 3), answer(2**62 + 3), answer(2**40)]) == [(1, 2), (0, 3)]


def records(rows: Sequence[Row], cuts: Sequence[int], *, most: int) -> tuple[list[tuple[int, int, bool]], int]:
    """Records with numbers of the whole, when rows come in batches and waiting ones are carried over."""
    out: list[tuple[int, int, bool]] = []
    carried: list[int] = []
    marks: list[int] = []
    dropped, at = 0, 0
    for size in (*cuts, len(rows)):
        part = [*carried, *range(at, min(at + size, len(rows)))]
        at = min(at + size, len(rows))
        pairs = pair([rows[k] for k in part], most=most, flush=False, marks=marks)
        dropped += pairs.dropped
        for asked, answered, twice in zip(pairs.request, pairs.reply, pairs.duplicate, strict=True):
            out.append((part[asked] if asked >= 0 else -1, part[answered] if answered >= 0 else -1, bool(twice)))
        carried, marks = [part[k] for k in pairs.waiting], pairs.waiting_duplicate.tolist()
    return [*out, *((k, -1, bool(mark)) for k, mark in zip(carried, marks, strict=True))], dropped


@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from([ASKS, ASKS, ANSWERS, ANSWERS, ALONE]),
            st.integers(-1, 4),
            st.integers(0, 2),
            st.integers(0, 9),
        ),
        max_size=120,
    ),
    cuts=st.lists(st.integers(0, 20), max_size=8),
    most=st.integers(1, 80),
)
def test_batches_do_not_matter(rows: list[Row], cuts: list[int], most: int) -> None:
    """Wherever batches are cut the records are the same, and every row is in exactly one of them."""
    now, timed = 0, []
    for role, key, detail, step in rows:
        now += step
        timed.append((role, key, detail, now))
    whole, dropped = records(timed, [], most=most)
    assert records(timed, cuts, most=most) == (whole, dropped)
    used = [row for asked, answered, _ in whole for row in {asked, answered} - {-1}]
    assert sorted(used) == list(range(len(rows)))
