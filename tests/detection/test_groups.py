"""Facts about ``detection.groups``."""

from __future__ import annotations

from detection.groups import BUDGET_BYTES, LEAST, LIMIT, Groups, group_limit


def test_the_group_seen_longest_ago_gives_up_its_slot() -> None:
    """A full table evicts by last use, counts it, and says which slots must be cleared."""
    groups = Groups(2)

    assert groups.take([("a",), ("b",)]) == ([0, 1], [0, 1])
    assert groups.take([("a",)]) == ([0], [])
    assert groups.take([("c",)]) == ([1], [1])
    assert (list(groups.slots), groups.evicted) == ([("a",), ("c",)], 1)


def test_groups_of_one_call_do_not_evict_each_other() -> None:
    """The groups of a batch are seen together: those known keep their slots, others take those of absent groups."""
    groups = Groups(2)
    groups.take([("a",), ("b",)])

    assert groups.take([("c",), ("a",)]) == ([1, 0], [1])


def test_groups_beyond_the_limit_of_one_call_are_refused() -> None:
    """Known groups come first; those that find no room are counted."""
    groups = Groups(2)
    groups.take([("a",), ("b",)])

    assert groups.take([("c",), ("d",), ("a",)]) == ([1, -1, 0], [1])
    assert (groups.evicted, groups.refused) == (1, 1)


def test_limits_share_a_budget() -> None:
    """Large state and many rules mean fewer groups, within bounds."""
    assert group_limit(1, 1) == LIMIT
    assert group_limit(BUDGET_BYTES, 10) == LEAST
    assert group_limit(10_000, 10) == BUDGET_BYTES // 10 // 10_000
