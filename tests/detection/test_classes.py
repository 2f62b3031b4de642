"""Facts about ``detection.classes``: the class of a value says what each test says of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detection import distinct
from detection.classes import PairClasses, ValueClasses
from detection.columns import fields_of
from detection.matches import Affix, Compare, Equals, Match, Missing, SameAs, matches_value
from detection.reduction import Codes

FIELDS = fields_of("modbus")
NUMBERS = st.integers(-3, 3) | st.sampled_from([2**62, -(2**62)])
TEXT_TESTS: st.SearchStrategy[Match] = (
    st.builds(Equals, st.sampled_from("ab"), st.booleans())
    | st.builds(Affix, st.sampled_from("ab"), st.sampled_from(["start", "end", "inside"]))
    | st.builds(Missing, st.booleans())
)
NUMBER_TESTS: st.SearchStrategy[Match] = st.builds(
    Compare, st.sampled_from(["eq", "gt", "gte", "lt", "lte"]), NUMBERS | st.floats(-3, 3)
) | st.builds(Missing, st.booleans())
COLUMNS: dict[str, tuple[st.SearchStrategy[Any], st.SearchStrategy[Match]]] = {
    "modbus.function.name": (st.text("abAB", max_size=2), TEXT_TESTS),
    "modbus.unit_id": (st.integers(0, 4), NUMBER_TESTS),
    "modbus.request.end_address": (NUMBERS, NUMBER_TESTS),
    "modbus.request.values": (st.lists(st.integers(0, 4), max_size=2), NUMBER_TESTS),
    "wanglou.site.safety": (st.booleans(), NUMBER_TESTS),
    "wanglou.site.source.level": (st.floats(-3, 3), NUMBER_TESTS),
    "modbus.file.numbers": (st.lists(NUMBERS | st.none(), max_size=2), NUMBER_TESTS),
    "modbus.device_id.object_values": (st.lists(st.text("abAB", max_size=2) | st.none(), max_size=2), TEXT_TESTS),
}


def answers(sorter: ValueClasses | PairClasses, found: int | Codes, rows: int) -> list[list[bool]]:
    """What the tests say of each row."""
    numbers = np.full(rows, found) if isinstance(found, int) else found.at(np.arange(rows))
    said: list[list[bool]] = sorter.classes.answers(numbers).tolist()
    return said


@pytest.mark.parametrize("name", COLUMNS)
@given(data=st.data())
def test_classes_agree_with_each_test(name: str, data: st.DataObject) -> None:
    """For any tests of any kind of column, over several batches, and however a table holds the values."""
    values, tests = COLUMNS[name]
    matches = data.draw(st.lists(tests, min_size=1, max_size=3, unique=True))
    sorter, kind = ValueClasses(matches, FIELDS[name]), FIELDS[name].arrow
    for _ in range(2):
        rows = data.draw(st.lists(values | st.none(), max_size=5))
        expected = [[matches_value(m, tuple(v) if isinstance(v, list) else v) for m in matches] for v in rows]
        plain = pa.array(rows, type=kind.value_type if pa.types.is_dictionary(kind) else kind)

        assert answers(sorter, sorter.sort(plain), len(rows)) == expected
        if not pa.types.is_list(kind):
            assert answers(sorter, sorter.sort(plain.dictionary_encode()), len(rows)) == expected


def test_more_tests_than_bits_of_a_word() -> None:
    """A hundred tests of one field are told apart, also in lists."""
    matches: list[Match] = [Compare("eq", number) for number in range(100)]
    sorter = ValueClasses(matches, FIELDS["modbus.request.values"])
    found = answers(sorter, sorter.sort(pa.array([[3, 99], [70], []], pa.list_(pa.uint16()))), 3)

    assert [[at for at, is_so in enumerate(row) if is_so] for row in found] == [[3, 99], [70], []]


def test_texts_are_tested_again_when_their_memory_was_full(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which class a text has is forgotten past the bound, and found again."""
    monkeypatch.setattr(distinct, "LIMIT", 2)
    sorter = ValueClasses([Equals("a")], FIELDS["source.ip"])
    for _ in range(3):
        assert answers(sorter, sorter.sort(pa.array(["a", "b", "c", "d"])), 4) == [[True], [False], [False], [False]]


def test_what_differs_in_no_test_is_one_class() -> None:
    """Rows of values that every test answers alike are of one class, without a look at each."""
    sorter = ValueClasses([Equals("x")], FIELDS["source.ip"])

    assert sorter.sort(pa.array(["a", "b", "c"]).dictionary_encode()) == sorter.empty
    assert sorter.sort(pa.nulls(3, pa.string())) == 0


def test_fields_compared_with_each_other() -> None:
    """A reference to another field is asked once per pair of values."""
    pairs = PairClasses(SameAs("destination.ip"))
    left, right = (pa.array(texts).dictionary_encode() for texts in (["a", "b", None, "a"], ["b", "B", None, "b"]))

    assert answers(pairs, pairs.sort(left, right), 4) == [[False], [True], [False], [False]]
