"""What the walkers of all formats share."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sensors.walk import BIG, LITTLE, RECORD_MIN, Columns, load_u16, load_u32


@given(st.binary(min_size=4, max_size=4))
def test_loads_are_unsigned_in_both_orders(data: bytes) -> None:
    """Words load as ``int.from_bytes`` reads them."""
    values = np.frombuffer(data, np.uint8)
    assert load_u32(values, 0, LITTLE) == int.from_bytes(data, "little")
    assert load_u32(values, 0, BIG) == int.from_bytes(data, "big")
    assert load_u16(values, 2, LITTLE) == int.from_bytes(data[2:], "little")
    assert load_u16(values, 2, BIG) == int.from_bytes(data[2:], "big")


@given(st.integers(0, 10_000))
def test_columns_have_room_for_the_smallest_records(window_bytes: int) -> None:
    """A window full of empty packets fits the columns made for it, and only just."""
    columns = Columns.make(window_bytes)
    assert columns.has_room(window_bytes)
    assert not columns.has_room(window_bytes + RECORD_MIN)
    assert len(columns.offset) > window_bytes // RECORD_MIN


def test_a_batch_does_not_share_the_columns() -> None:
    """Columns are reused for the next window, so that a batch must hold copies."""
    columns = Columns.make(64)
    columns.offset[:] = 7
    batch = columns.cut_batch(2, np.zeros(64, np.uint8), 5)
    columns.offset[:] = 0
    assert batch.offset.tolist() == [7, 7]
    assert (len(batch), batch.first) == (2, 5)
