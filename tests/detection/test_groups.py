"""Facts about ``detection.groups``."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from detection.groups import BUDGET_BYTES, LEAST, LIMIT, Groups, group_limit


def take(groups: Groups, *names: str) -> tuple[list[int], list[int]]:
    """See groups together: their slots, and which of these are new."""
    numbers = groups.number([(name,) for name in names])
    fresh = groups.take(numbers)
    return groups.slot_of[numbers].tolist(), fresh.tolist()


def held(groups: Groups) -> set[str]:
    """Names of the groups that hold a slot."""
    return {name for (name,), slot in zip(groups.names, groups.slot_of.tolist(), strict=True) if slot >= 0}


def test_the_group_seen_longest_ago_gives_up_its_slot() -> None:
    """A full table evicts by last use, counts it, and says which slots must be cleared."""
    groups = Groups(2)

    assert take(groups, "a", "b") == ([0, 1], [0, 1])
    assert take(groups, "a") == ([0], [])
    assert take(groups, "c") == ([1], [1])
    assert (held(groups), groups.evicted) == ({"a", "c"}, 1)


def test_groups_of_one_call_do_not_evict_each_other() -> None:
    """The groups of a batch are seen together: those known keep their slots, others take those of absent groups."""
    groups = Groups(2)
    take(groups, "a", "b")

    assert take(groups, "c", "a") == ([1, 0], [1])


def test_groups_beyond_the_limit_of_one_call_are_refused() -> None:
    """Known groups come first; those that find no room are counted."""
    groups = Groups(2)
    take(groups, "a", "b")

    assert take(groups, "c", "d", "a") == ([1, -1, 0], [1])
    assert (groups.evicted, groups.refused) == (1, 1)


def test_groups_without_a_slot_are_forgotten() -> None:
    """Numbers begin anew with the groups that hold slots, which keep them and their order of use."""
    groups = Groups(2)
    take(groups, "a", "b")
    take(groups, "c")
    groups.forget()

    assert (groups.names, groups.slot_of.tolist()) == ([("c",), ("b",)], [0, 1])
    assert take(groups, "d", "c") == ([1, 0], [1])


@given(st.lists(st.sets(st.integers(0, 9), min_size=1).map(sorted), max_size=20), st.integers(1, 6))
def test_slots_are_given_as_by_a_list_of_last_use(calls: list[list[int]], limit: int) -> None:
    """The groups that hold slots are those that a plain list, newest last, holds; no two share a slot."""
    groups, order = Groups(limit), list[int]()
    for call in calls:
        known = [name for name in call if name in order]
        new = [name for name in call if name not in order][: limit - len(known)]
        rest = [name for name in order if name not in known]
        order = [*rest, *known, *new][-limit:]
        slots = take(groups, *map(str, call))[0]
        own = [slot for slot in slots if slot >= 0]

        assert held(groups) == {str(name) for name in order}
        assert (len(set(own)), len(own)) == (len(known) + len(new), len(known) + len(new))
        assert all(0 <= slot < limit for slot in own)


def test_limits_share_a_budget() -> None:
    """Large state and many rules mean fewer groups, within bounds."""
    assert group_limit(1, 1) == LIMIT
    assert group_limit(BUDGET_BYTES, 10) == LEAST
    assert group_limit(10_000, 10) == BUDGET_BYTES // 10 // 10_000
