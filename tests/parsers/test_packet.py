"""Numbers in the bytes of a packet."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from parsers.packet import get16, get32, get_mac


@given(data=st.binary(min_size=6, max_size=40), where=st.integers(0, 40))
def test_numbers_are_big_endian(data: bytes, where: int) -> None:
    """Numbers of two, four and six bytes are unsigned and in network order, wherever they lie."""
    pos = where % (len(data) - 5)
    buffer = np.frombuffer(data, dtype=np.uint8)
    found = [get(buffer, pos) for get in (get16, get32, get_mac)]
    assert found == [int.from_bytes(data[pos : pos + size]) for size in (2, 4, 6)]
