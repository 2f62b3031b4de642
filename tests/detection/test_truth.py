"""Facts about ``detection.truth``: the truth matrix says what each test says of each value."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from detection.coding import Column
from detection.columns import fields_of
from detection.conditions import Leaf
from detection.matches import Affix, Compare, Equals, Match, Missing, SameAs, matches_value
from detection.truth import TruthTable

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
    "modbus.request.end_address": (NUMBERS, NUMBER_TESTS),
    "wanglou.site.source.level": (st.floats(-3, 3), NUMBER_TESTS),
    "modbus.file.numbers": (st.lists(NUMBERS, max_size=2), NUMBER_TESTS),
    "modbus.device_id.object_values": (st.lists(st.text("abAB", max_size=2), max_size=2), TEXT_TESTS),
}


def encode(column: Column, values: list[Any]) -> NDArray[np.int64]:
    """Code values as a batch would."""
    kind = column.field.arrow
    return column.encode(pa.array(values, type=kind.value_type if pa.types.is_dictionary(kind) else kind).cast(kind))


@given(st.data())
def test_the_matrix_agrees_with_each_test(data: st.DataObject) -> None:
    """For any tests of any kind of column, over several batches, the matrix holds what the tests say."""
    columns = {name: Column(FIELDS[name]) for name in COLUMNS}
    leaves = [
        Leaf(name, match)
        for name, (_, tests) in COLUMNS.items()
        for match in data.draw(st.lists(tests, max_size=3, unique=True))
    ]
    table = TruthTable(leaves, list(columns.values()))
    for _ in range(2):
        size = data.draw(st.integers(0, 5))
        rows = {n: data.draw(st.lists(v | st.none(), min_size=size, max_size=size)) for n, (v, _) in COLUMNS.items()}
        codes = np.stack([encode(columns[name], rows[name]) for name in columns], axis=1)
        plain = {n: [tuple(value) if isinstance(value, list) else value for value in rows[n]] for n in rows}
        expected = [[matches_value(leaf.match, plain[leaf.field][row]) for leaf in leaves] for row in range(size)]

        assert table.fill(codes).tolist() == expected


def test_fields_compared_with_each_other() -> None:
    """A reference to another field is asked row by row."""
    columns = [Column(FIELDS["source.ip"]), Column(FIELDS["destination.ip"])]
    table = TruthTable([Leaf("source.ip", SameAs("destination.ip"))], columns)
    codes = np.stack([encode(columns[0], ["a", "b", None]), encode(columns[1], ["b", "B", None])], axis=1)

    assert table.fill(codes).tolist() == [[False], [True], [False]]
