"""Facts about ``detection.counting``: the kernels against brute force, whatever the cut into batches."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from detection.arena import Arena
from detection.rule import Operator
from detection.window import EventCount, ValueCount, make_threshold
from tests.support.windows import HOLDS, OPERATORS, Event, in_order, watch

SPAN = 10
EVENTS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 1), st.integers(0, 3)), max_size=40)
PLACES = st.lists(st.integers(0, 40), max_size=4)


def count_events_in(events: Sequence[Event], at: int) -> int:
    """Count the records of the group within the timespan that ends at event ``at``."""
    now, group, _ = events[at]
    return sum(1 for time, of, _ in events[: at + 1] if of == group and now - SPAN <= time <= now)


def count_values_in(events: Sequence[Event], at: int) -> int:
    """Count the distinct values of the group within the timespan that ends at event ``at``."""
    now, group, _ = events[at]
    return len({value for time, of, value in events[: at + 1] if of == group and now - SPAN <= time <= now})


@given(EVENTS, PLACES, st.sampled_from(OPERATORS), st.integers(0, 6))
def test_events_are_counted_as_by_brute_force(
    steps: list[Event], places: list[int], operator: Operator, limit: int
) -> None:
    """At every record the condition holds exactly when the true count of its window satisfies it."""
    events = in_order(steps)
    expected = [at for at in range(len(events)) if HOLDS[operator](count_events_in(events, at), limit)]

    found = watch(EventCount(make_threshold(operator, limit), SPAN, Arena()), events, places)

    assert [at for at, _ in found] == expected


@given(EVENTS, PLACES, st.sampled_from(OPERATORS), st.integers(0, 4))
def test_values_are_counted_as_by_brute_force(
    steps: list[Event], places: list[int], operator: Operator, limit: int
) -> None:
    """At every record the condition holds exactly when the true number of distinct values satisfies it."""
    events = in_order(steps)
    expected = [at for at in range(len(events)) if HOLDS[operator](count_values_in(events, at), limit)]

    found = watch(ValueCount(make_threshold(operator, limit), SPAN, Arena()), events, places)

    assert [at for at, _ in found] == expected


def fits(times: Sequence[int], now: int, need: int) -> bool:
    """True when a window of the timespan that holds ``now`` has ``need`` of the times."""
    return any(
        sum(1 for time in times if start <= time <= start + SPAN) >= need and start <= now <= start + SPAN
        for start in times
    )


@given(st.lists(st.tuples(st.integers(0, 20), st.just(0), st.integers(0, 3)), max_size=60), PLACES, st.integers(1, 16))
def test_late_events_are_put_in_their_place(events: list[Event], places: list[int], need: int) -> None:
    """Out of order, the condition holds when a window that holds the record has enough of those that came so far."""
    expected = [at for at in range(len(events)) if fits([time for time, _, _ in events[: at + 1]], events[at][0], need)]

    found = watch(EventCount(make_threshold("gte", need), SPAN, Arena()), events, places)

    assert [at for at, _ in found] == expected


@given(st.lists(st.tuples(st.integers(0, 40), st.just(0), st.integers(0, 3)), max_size=30), PLACES, st.integers(1, 4))
def test_late_values_are_never_counted_falsely(events: list[Event], places: list[int], need: int) -> None:
    """Out of order, a hit rests on that many distinct values that truly lie within one timespan."""
    for at, _ in watch(ValueCount(make_threshold("gte", need), SPAN, Arena()), events, places):
        seen = events[: at + 1]
        assert any(
            len({value for time, _, value in seen if start <= time <= start + SPAN}) >= need for start, _, _ in seen
        )


def test_what_comes_too_late_is_counted_as_such() -> None:
    """A record older than all that are kept is passed over and counted."""
    window = EventCount(make_threshold("gte", 1), SPAN, Arena())
    events = [(100 * at, 0, 0) for at in range(1, 10)] + [(0, 0, 0)]

    assert [at for at, _ in watch(window, events)] == list(range(9))
    assert window.late == 1


def test_without_room_records_are_passed_over_and_counted() -> None:
    """When the arena is full a group keeps what it has; one that got no block counts nothing."""
    for window in (
        EventCount(make_threshold("gte", 9), SPAN, Arena(8)),
        ValueCount(make_threshold("gte", 3), SPAN, Arena(8)),
    ):
        events = [(0, 0, value) for value in range(4)] * 3 + [(0, 1, 0)]

        assert watch(window, events) == []
        assert window.late == 1
