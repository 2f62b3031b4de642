"""Bars over time with severities on top of one another."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from console.figures import SEVERITIES
from console.period import Period
from console.stacks import LEAST_HEIGHT, MOST_TICKS, stack_up

HOUR_NS = 3_600 * 10**9
SHANGHAI = ZoneInfo("Asia/Shanghai")


def test_the_worst_stands_at_the_bottom() -> None:
    """Heights tell the counts, and the highest bar takes all room."""
    period = Period(0, 4 * HOUR_NS, "", "")
    made = stack_up(period, HOUR_NS, {HOUR_NS: {"low": 30, "critical": 10}, 2 * HOUR_NS: {"low": 20}}, SHANGHAI)
    first, second = made.stacks
    assert [(layer.level, layer.y, layer.height) for layer in first.layers] == [("critical", 120, 40), ("low", 0, 120)]
    assert second.layers[0].height == 80
    assert (first.total, made.most, made.total) == (40, 40, 60)


def test_bars_end_with_the_period() -> None:
    """The first and the last bar lead to no alert outside of it."""
    period = Period(HOUR_NS // 2, HOUR_NS * 3 // 2, "", "")
    made = stack_up(period, HOUR_NS, {0: {"high": 1}, HOUR_NS: {"high": 1}}, SHANGHAI)
    assert [(one.start_ns, one.end_ns) for one in made.stacks] == [
        (HOUR_NS // 2, HOUR_NS),
        (HOUR_NS, HOUR_NS * 3 // 2),
    ]


def test_times_below_are_round_and_local() -> None:
    """A week is told by its days, which begin at midnight of the reader's zone."""
    period = Period(5 * HOUR_NS, 173 * HOUR_NS, "", "")
    assert [word for _, word in stack_up(period, HOUR_NS, {}, SHANGHAI).ticks] == [f"01-0{day}" for day in range(2, 9)]


@given(
    st.integers(-(2**62), 2**62),
    st.integers(1, 2**61),
    st.lists(st.tuples(st.integers(0, 95), st.sampled_from(SEVERITIES), st.integers(0, 10**12)), max_size=20),
)
def test_nothing_stands_out(start: int, length: int, given_counts: list[tuple[int, str, int]]) -> None:
    """Whatever is counted whenever, all bars and times lie within the drawing."""
    period = Period(start, start + length, "", "")
    interval_ns = period.interval_ns()
    first = start - start % interval_ns
    counts: dict[int, dict[str, int]] = {}
    for slot, level, count in given_counts:
        at = first + slot * interval_ns
        if at < period.end_ns:
            counts.setdefault(at, {})[level] = count
    made = stack_up(period, interval_ns, counts, SHANGHAI)  # type: ignore[arg-type] # names of severities
    for stack in made.stacks:
        assert 0 <= stack.x <= stack.x + stack.width <= made.width + 1e-6
        assert all(layer.y >= 0 and layer.height >= min(LEAST_HEIGHT, layer.y) for layer in stack.layers)
    assert len(made.ticks) <= MOST_TICKS + 1
    assert all(0 <= place <= made.width for place, _ in made.ticks)
