"""What every PDU has: names of what can be wrong, and steps that stay within its bytes."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from parsers import modbus_pdu
from parsers.modbus_pdu import (
    BYTE_COUNT,
    COILS,
    ERRORS,
    NO_ERROR,
    PDU,
    REGISTERS,
    SEQUENCE,
    TRAILING_BYTES,
    TRUNCATED,
    clear,
    end_at,
    fail,
    is_short,
    take_values,
)


def test_errors_have_their_names() -> None:
    """Each code stands in ERRORS at its number."""
    assert len(ERRORS) == SEQUENCE + 1
    unlike = {"NO_ERROR": "", "DUPLICATE_TRANSACTION": "duplicate_transaction_id"}
    codes = {name: code for name, code in vars(modbus_pdu).items() if name.isupper() and name not in ("PDU", "ERRORS")}
    named = {name: code for name, code in codes.items() if name not in ("REGISTERS", "COILS") and name[0] != "_"}
    assert sorted(named.values()) == list(range(len(ERRORS)))
    assert {name: ERRORS[code] for name, code in named.items()} == {
        name: unlike.get(name, name.lower()) for name in named
    }


def test_the_first_thing_wrong_is_told() -> None:
    """Of several errors the first stays."""
    p = np.recarray(1, dtype=PDU)[0]
    clear(p)
    assert p.error == NO_ERROR
    fail(p, TRAILING_BYTES)
    fail(p, BYTE_COUNT)
    assert p.error == TRAILING_BYTES


@given(start=st.integers(0, 50), left=st.integers(0, 50), size=st.integers(0, 100))
def test_a_message_that_is_too_short_keeps_what_is_there(start: int, left: int, size: int) -> None:
    """Fewer bytes than a field needs make the message malformed, and they are its rest."""
    p = np.recarray(1, dtype=PDU)[0]
    clear(p)
    short = is_short(p, start, start + left, size)
    assert short == (left < size)
    assert (p.malformed, p.error) == ((1, TRUNCATED) if short else (0, NO_ERROR))
    assert p.rest_length == (left if short else 0)


@given(left=st.integers(0, 260), count=st.integers(0, 255), kind=st.sampled_from([REGISTERS, COILS]))
def test_values_end_where_the_message_does(left: int, count: int, kind: int) -> None:
    """No more values are taken than bytes are there, and what follows them is left over."""
    p = np.recarray(1, dtype=PDU)[0]
    clear(p)
    end = take_values(10, 10 + left, count, kind, p)
    there = min(left, count)
    assert (end, p.values, p.values_kind) == (10 + there, 10, kind)
    assert p.values_count == (there // 2 if kind == REGISTERS else there * 8)
    assert bool(p.malformed) == (left < count)
    end_at(p, end, 10 + left)
    assert p.rest_length == left - there
