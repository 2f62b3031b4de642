"""Sets of names."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from correlation.name_sets import NameSets

NAMES = st.sampled_from("abcdefgh")


@given(st.lists(st.tuples(NAMES, NAMES)))
def test_the_order_of_pairs_does_not_matter(pairs: list[tuple[str, str]]) -> None:
    """Names are together where a chain of pairs joins them, and a set is called by the least of them."""
    told = []
    for turned in (pairs, [pair[::-1] for pair in pairs[::-1]]):
        sets = NameSets()
        for pair in turned:
            sets.join(*pair)
        told.append(sets.list_all())
        assert all(name == min(members) for name, members in told[-1].items())
        assert all(sets.find(one) == sets.find(other) for one, other in pairs)
    assert told[0] == told[1]
