"""Facts about ``detection.sequence``: the kernels against brute force, whatever the cut into batches."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from detection.conditions import AllOf, NotOf, Step
from detection.rule import Operator
from detection.sequence import Ordered, Temporal
from detection.window import make_threshold
from tests.support.windows import HOLDS, OPERATORS, Event, in_order, watch

SPAN = 10
STEPS = 4
EVENTS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 1), st.integers(0, 3)), max_size=40)
PLACES = st.lists(st.integers(0, 40), max_size=4)


def seen_steps(events: Sequence[Event], at: int) -> set[int]:
    """Base rules of the group seen within the timespan that ends at event ``at``."""
    now, group, _ = events[at]
    return {step for time, of, step in events[: at + 1] if of == group and now - SPAN <= time}


def has_chain(events: Sequence[Event], at: int, steps: int) -> bool:
    """True when event ``at`` ends a chain of all steps in order within the timespan."""
    now, group, last = events[at]
    if last != steps - 1:
        return False
    for first in range(at + 1):
        want = 0
        for _, of, step in events[first : at + 1] if now - events[first][0] <= SPAN else []:
            want += of == group and step == want
        if want == steps:
            return True
    return False


@given(EVENTS, PLACES, st.sampled_from(OPERATORS), st.integers(0, STEPS))
def test_temporal_counts_as_by_brute_force(
    steps: list[Event], places: list[int], operator: Operator, limit: int
) -> None:
    """At every record the condition asks how many base rules were seen within the timespan."""
    events = in_order(steps)
    expected = [at for at in range(len(events)) if HOLDS[operator](len(seen_steps(events, at)), limit)]

    found = watch(Temporal(STEPS, make_threshold(operator, limit), None, SPAN), events, places, by_step=True)

    assert [at for at, _ in found] == expected


@given(EVENTS, PLACES)
def test_temporal_with_a_text_condition(steps: list[Event], places: list[int]) -> None:
    """A tree over base rules is asked at every record: 0 and 1 seen, 2 not."""
    events = in_order(steps)
    tree = AllOf((Step(0), Step(1), NotOf(Step(2))))
    expected = [at for at in range(len(events)) if seen_steps(events, at) - {3} == {0, 1}]

    found = watch(Temporal(STEPS, make_threshold("gte", 1), tree, SPAN), events, places, by_step=True)

    assert [at for at, _ in found] == expected


@given(EVENTS, PLACES)
def test_ordered_chains_as_by_brute_force(steps: list[Event], places: list[int]) -> None:
    """A hit is where a chain of all steps, in order and within the timespan, ends."""
    events = in_order(steps)
    expected = [at for at in range(len(events)) if has_chain(events, at, STEPS)]

    assert [at for at, _ in watch(Ordered(STEPS, SPAN), events, places, by_step=True)] == expected


def test_a_late_record_completes_a_temporal_window() -> None:
    """Two base rules within the timespan are found in either order of arrival."""
    window = Temporal(STEPS, make_threshold("gte", 2), None, SPAN)

    assert watch(window, [(20, 0, 0), (12, 0, 1), (1, 0, 2)], by_step=True) == [(1, 12)]


def test_a_step_before_its_predecessor_is_no_chain() -> None:
    """A record whose time lies before the step it should follow does not extend the chain."""
    assert watch(Ordered(STEPS, SPAN), [(5, 0, 0), (4, 0, 1), (6, 0, 2), (7, 0, 3)], by_step=True) == []
    assert watch(Ordered(STEPS, SPAN), [(5, 0, 0), (5, 0, 1), (6, 0, 2), (7, 0, 3)], by_step=True) == [(3, 5)]
