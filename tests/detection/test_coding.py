"""Facts about ``detection.coding``."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detection.coding import NULL, digest_lists, digest_texts, encode, encode_numbers, split_dictionary
from detection.columns import fields_of
from parsers.schema import Field

FIELDS = fields_of("modbus")
CASES: list[tuple[Field, st.SearchStrategy[Any]]] = [
    (FIELDS["source.ip"], st.text(max_size=9)),
    (FIELDS["modbus.unit_id"], st.integers(0, 255)),
    (FIELDS["modbus.request.end_address"], st.integers(-(2**63) + 1, 2**63 - 1)),
    (FIELDS["modbus.request.values"], st.lists(st.integers(0, 65_535), max_size=3)),
    (FIELDS["modbus.file.numbers"], st.lists(st.integers(-5, 5) | st.none(), max_size=3)),
    (FIELDS["modbus.device_id.object_values"], st.lists(st.text(max_size=2), max_size=2)),
    (FIELDS["wanglou.site.safety"], st.booleans()),
    (FIELDS["wanglou.site.source.level"], st.floats(allow_nan=False)),
]
KEY = (0x03020100, 0x07060504)
"""The bytes 0 to 7, as in the test vectors of HalfSipHash."""


def write(values: list[Any], field: Field) -> pa.Array:
    """Write values as an array of the field's type."""
    kind = field.arrow
    return pa.array(values, type=kind.value_type if pa.types.is_dictionary(kind) else kind).cast(kind)


@given(st.data())
def test_equal_values_share_a_code(data: st.DataObject) -> None:
    """Batch after batch, codes are equal exactly when the values are, and ``NULL`` is that of a missing one."""
    field, values = data.draw(st.sampled_from(CASES))
    seen: dict[Any, int] = {}
    for _ in range(2):
        batch = data.draw(st.lists(values | st.none(), max_size=8))
        for code, value in zip(encode(write(batch, field)).tolist(), batch, strict=True):
            assert (code == NULL) is (value is None)
            assert seen.setdefault(tuple(value) if isinstance(value, list) else value, code) == code
    assert len(set(seen.values())) == len(seen)


def test_slices_are_coded_by_their_own_rows() -> None:
    """An array that is a slice of a larger one is coded from its own offset."""
    for name, values in (("modbus.request.values", [[1], [2, 3], None, [2, 3]]), ("source.ip", ["a", "b", None, "b"])):
        whole = encode(write(values, FIELDS[name]))
        part = encode(write(values, FIELDS[name]).slice(1, 3))

        assert part.tolist() == whole[1:].tolist()
        assert part[1] == NULL


def test_plain_text_has_the_codes_of_a_dictionary() -> None:
    """Text is coded the same however a table holds it, also where a dictionary holds a missing value."""
    plain = pa.array(["a", None, "b", "a"])
    odd = pa.DictionaryArray.from_arrays(pa.array([1, 0, 2, None], pa.int32()), pa.array([None, "a", "b"]))

    assert encode(plain).tolist() == encode(plain.dictionary_encode()).tolist()
    assert encode(odd).tolist() == [*encode(plain).tolist()[:3], NULL]


def test_entries_of_a_long_dictionary_that_do_not_occur_are_left_out() -> None:
    """Of a dictionary longer than the array only the entries that occur are given."""
    array = pa.DictionaryArray.from_arrays(pa.array([3, None, 1], pa.int32()), pa.array(list("abcdef")))
    entries, rows = split_dictionary(array)

    assert (entries.to_pylist(), rows.tolist()) == (["b", "d"], [1, 2, 0])


def test_times_are_nanoseconds() -> None:
    """A timestamp's code is its number."""
    assert encode_numbers(pa.array([1, None], type=pa.timestamp("ns", tz="UTC"))).tolist() == [1, NULL]


def test_the_code_of_missing_values_is_taken_by_no_number() -> None:
    """The smallest 64-bit number is read as its neighbour, and -0.0 as 0.0."""
    assert encode_numbers(pa.array([-(2**63)])).tolist() == [NULL + 1]
    assert encode_numbers(pa.array([-0.0, 0.0, None])).tolist() == [0, 0, NULL]


@pytest.mark.parametrize(("length", "digest"), [(0, "218d1f59b9b83cc8"), (1, "be55241 2f8387315".replace(" ", ""))])
def test_digests_are_those_of_halfsiphash(length: int, digest: str) -> None:
    """With two and four rounds the digests are the published ones of HalfSipHash-2-4 with 64 bits."""
    text = np.arange(max(length, 1), dtype=np.uint8)
    found = np.empty(1, dtype=np.int64)
    digest_texts(text, np.array([0, length], dtype=np.int32), *KEY, 2, 4, found)

    assert found.tobytes().hex() == digest


def test_lists_are_digested_word_by_word() -> None:
    """The order of items and where one list ends and the next begins count."""
    found = np.empty(4, dtype=np.int64)
    items = np.array([1, 2, 2, 1, 1, 2, 0], dtype=np.int64)
    digest_lists(np.array([0, 2, 4, 6, 7]), items, *KEY, 1, 3, found)

    assert found[0] == found[2]
    assert len(set(found.tolist())) == 3
