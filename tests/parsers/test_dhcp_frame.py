"""DHCP messages are told from other datagrams."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.dhcp_frame import find_dhcp, measure_dhcp, recognise_dhcp
from parsers.protocol import REPLY, REQUEST
from tests.support.links import dhcp


def view(value: bytes) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    """Bytes as kernels take them."""
    return np.frombuffer(bytearray(value), dtype=np.uint8)


@pytest.mark.parametrize(("op", "role"), [(1, REQUEST), (2, REPLY)])
def test_a_message_and_its_direction(op: int, role: int) -> None:
    """On any port; op tells who sends."""
    data = view(b"xx" + dhcp(1, op=op))
    for served in (False, True):
        assert recognise_dhcp(data, 2, len(data), served, True) == (1, role)
    assert measure_dhcp(data, 2, len(data), True) == len(data) - 2
    assert find_dhcp(data, 3, len(data), True) == len(data)


def test_a_stream_is_none() -> None:
    """DHCP is not carried over TCP."""
    data = view(dhcp(1))
    assert recognise_dhcp(data, 0, len(data), True, False) == (-1, 0)


@pytest.mark.parametrize(("at", "byte"), [(0, 3), (0, 0), (2, 17), (3, 17), (236, 0), (239, 0x62)])
def test_what_is_none(at: int, byte: int) -> None:
    """Another op, addresses too long, more hops than RFC 951 allows, another cookie."""
    value = bytearray(dhcp(1))
    value[at] = byte
    assert recognise_dhcp(view(bytes(value)), 0, len(value), True, True) == (-1, 0)
    assert measure_dhcp(view(bytes(value)), 0, len(value), True) == -1


@given(st.binary(max_size=300) | st.integers(0, 300).map(lambda size: dhcp(1)[:size]))
def test_any_bytes_are_answered(value: bytes) -> None:
    """Only what has all of its fixed part is taken."""
    verdict, role = recognise_dhcp(view(value), 0, len(value), True, True)
    assert (verdict, role) in ((-1, 0), (1, REQUEST), (1, REPLY))
    assert verdict < 0 or len(value) >= 240
