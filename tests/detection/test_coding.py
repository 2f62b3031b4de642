"""Facts about ``detection.coding``."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detection.coding import NULL, Column, ValueDigests, Vocabulary, encode_numbers
from detection.columns import fields_of
from parsers.schema import Field

FIELDS = fields_of("modbus")
CASES: list[tuple[Field, st.SearchStrategy[Any]]] = [
    (FIELDS["source.ip"], st.text(max_size=3)),
    (FIELDS["modbus.unit_id"], st.integers(0, 255)),
    (FIELDS["modbus.request.end_address"], st.integers(-(2**63) + 1, 2**63 - 1)),
    (FIELDS["modbus.request.values"], st.lists(st.integers(0, 65_535), max_size=3)),
    (FIELDS["modbus.file.numbers"], st.lists(st.integers(-5, 5) | st.none(), max_size=3)),
    (FIELDS["modbus.device_id.object_values"], st.lists(st.text(max_size=2), max_size=2)),
    (FIELDS["wanglou.site.safety"], st.booleans()),
    (FIELDS["wanglou.site.source.level"], st.floats(allow_nan=False)),
]


def write(values: list[Any], field: Field) -> pa.Array:
    """Write values as an array of the field's type."""
    kind = field.arrow
    return pa.array(values, type=kind.value_type if pa.types.is_dictionary(kind) else kind).cast(kind)


@given(st.data())
def test_values_come_back_and_equal_values_share_a_code(data: st.DataObject) -> None:
    """Batch after batch, codes decode to the values, and are equal exactly when the values are."""
    field, values = data.draw(st.sampled_from(CASES))
    column = Column(field)
    seen: dict[int, Any] = {}
    for _ in range(2):
        batch = data.draw(st.lists(values | st.none(), max_size=8))
        codes = column.encode(write(batch, field))
        decoded = column.decode(codes)

        assert decoded == [tuple(value) if isinstance(value, list) else value for value in batch]
        for code, value in zip(codes.tolist(), decoded, strict=True):
            assert seen.setdefault(code, value) == value
    assert len(set(map(repr, seen.values()))) == len(seen) or field.kind == "double"


def test_slices_are_coded_by_their_own_rows() -> None:
    """An array that is a slice of a larger one is coded from its own offset."""
    for name, values in (("modbus.request.values", [[1], [2, 3], None, [2, 3]]), ("source.ip", ["a", "b", None, "b"])):
        column = Column(FIELDS[name])
        whole = column.encode(write(values, FIELDS[name]))
        part = column.encode(write(values, FIELDS[name]).slice(1, 3))

        assert part.tolist() == whole[1:].tolist()
        assert part[1] == NULL


def test_times_are_nanoseconds() -> None:
    """A timestamp's code is its number."""
    assert encode_numbers(pa.array([1, None], type=pa.timestamp("ns", tz="UTC"))).tolist() == [1, NULL]


def test_the_code_of_missing_values_is_taken_by_no_number() -> None:
    """The smallest 64-bit number is read as its neighbour, and -0.0 as 0.0."""
    assert encode_numbers(pa.array([-(2**63)])).tolist() == [NULL + 1]
    assert encode_numbers(pa.array([-0.0, 0.0, None])).tolist() == [0, 0, NULL]


def test_a_vocabulary_numbers_in_order_of_appearance() -> None:
    """Known values keep their number."""
    vocabulary = Vocabulary()

    assert [vocabulary.number(values).tolist() for values in (["a", "b", None], ["b", "c"])] == [[0, 1, NULL], [1, 2]]
    assert len(vocabulary) == 3


@pytest.mark.parametrize("name", ["source.ip", "modbus.request.address"])
def test_digests_do_not_depend_on_what_came_before(name: str) -> None:
    """The code of a counted value is the same after its memory was cleared."""
    digests = ValueDigests(FIELDS[name])
    values = ["a", None, "b"] if name == "source.ip" else [1, None, 2]
    first = digests.encode(write(values, FIELDS[name]))
    digests.known.clear()

    assert digests.encode(write(values, FIELDS[name])).tolist() == first.tolist()
    assert (first[1], len(np.unique(first))) == (NULL, 3)
