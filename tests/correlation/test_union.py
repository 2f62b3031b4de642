"""Sets that are joined one pair at a time."""

from __future__ import annotations

from correlation.union import Union


def test_the_smallest_stands_for_a_set() -> None:
    """Whatever the order of the pairs; what was not joined is by itself."""
    union = Union(6)
    for one, other in ((5, 3), (3, 4), (1, 5)):
        union.join(one, other)
    assert [union.find(one) for one in range(6)] == [0, 1, 2, 1, 1, 1]
