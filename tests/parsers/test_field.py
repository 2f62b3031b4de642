"""What a column is."""

from __future__ import annotations

import pyarrow as pa
import pytest

from parsers.field import LISTS, Field, Kind


@pytest.mark.parametrize("kind", LISTS)
def test_lists_are_lists(kind: Kind) -> None:
    """Every kind that is said to hold several values is a list in Arrow."""
    assert pa.types.is_list(Field("a", kind, "").arrow)


def test_items_may_be_narrow() -> None:
    """A list of whole numbers has 64-bit items unless its field says otherwise."""
    assert Field("a", "longs", "").arrow == pa.list_(pa.int64())
    assert Field("a", "longs", "", items="u16").arrow == pa.list_(pa.uint16())
