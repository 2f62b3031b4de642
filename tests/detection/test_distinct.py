"""Facts about ``detection.distinct``."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detection import distinct
from detection.distinct import Kinds

ROWS = st.lists(st.tuples(st.integers(-3, 3), st.sampled_from([-(2**63), 0, 2**40, 2**63 - 1])), max_size=40)


@given(st.lists(ROWS, min_size=1, max_size=3))
def test_rows_share_a_kind_exactly_when_they_are_equal(batches: list[list[tuple[int, int]]]) -> None:
    """Over several batches, kinds are numbered by first appearance and counted per batch."""
    kinds = Kinds(2)
    expected: dict[tuple[int, int], int] = {}
    for batch in batches:
        codes = np.array(batch, dtype=np.int64).reshape(len(batch), 2).T
        found, present = kinds.assign(np.ascontiguousarray(codes))
        numbers = [expected.setdefault(row, len(expected)) for row in batch]

        assert found.tolist() == numbers
        assert sorted(present.tolist()) == sorted(set(numbers))
        assert [kinds.count[kind] for kind in present] == [numbers.count(kind) for kind in present]
        kinds.release(present)
    assert [tuple(row) for row in kinds.codes[: kinds.used].tolist()] == list(expected)


def test_the_table_grows_and_says_when_it_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    """More kinds than there is room for are all kept; past the limit the owner is told to clear."""
    monkeypatch.setattr(distinct, "LIMIT", 4000)
    kinds = Kinds(1)
    codes = np.arange(5000, dtype=np.int64).reshape(1, -1)
    found, present = kinds.assign(codes)

    assert found.tolist() == list(range(5000))
    assert (len(present), kinds.is_full) == (5000, True)
    kinds.clear()
    assert (kinds.used, kinds.is_full, kinds.assign(codes)[0][4999]) == (0, False, 4999)


def test_columns_that_hash_alike_are_compared_in_full() -> None:
    """Rows that differ in the high half of one column only are different kinds."""
    codes = np.array([[1, 1 + 2**32, 1, 1 + 2**33]], dtype=np.int64)

    assert Kinds(1).assign(codes)[0].tolist() == [0, 1, 0, 2]
