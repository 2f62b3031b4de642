"""The simulated controller guards its program as far as scenarios need."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcaps.scenarios.rig import umas


@pytest.mark.parametrize("function", [umas.STOP, umas.START, umas.DOWNLOAD_BLOCK, umas.RELEASE, umas.WRITE_VARIABLES])
def test_guarded_functions_need_the_session(function: int) -> None:
    """Without the reservation's session byte the function is refused with 0xFD, with it done with 0xFE."""
    session = umas.answer(bytes([0, umas.TAKE]))[2]
    assert umas.answer(bytes([0, function]))[1] == 0xFD
    assert umas.answer(bytes([session, function]))[:2] == bytes([session, 0xFE])


@given(st.binary(max_size=260))
def test_any_request_is_answered(payload: bytes) -> None:
    """Any bytes get an answer that fits into a Modbus PDU (253 bytes with the function code)."""
    assert 2 <= len(umas.answer(payload)) <= 252
