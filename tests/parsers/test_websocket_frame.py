"""Where WebSocket frames begin and end, and their payloads."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.websocket_frame import find_websocket, measure_header, measure_websocket, read_length, unmask
from tests.support.mqtt_packets import array, websocket


@pytest.mark.parametrize(
    ("frame", "from_client", "payload"),
    [
        ("8105 48656c6c6f", False, b"Hello"),
        ("8185 37fa213d 7f9f4d5158", True, b"Hello"),
        ("0103 48656c", False, b"Hel"),
        ("8002 6c6f", False, b"lo"),
        ("8905 48656c6c6f", False, b"Hello"),
        ("8a85 37fa213d 7f9f4d5158", True, b"Hello"),
    ],
)
def test_examples_of_the_standard(frame: str, from_client: bool, payload: bytes) -> None:
    """The frames of RFC 6455 §5.7."""
    data = array(bytes.fromhex(frame))
    assert measure_websocket(data, 0, len(data), from_client) == len(data)
    assert measure_websocket(data, 0, len(data), not from_client) == -1
    out = np.zeros(16, dtype=np.uint8)
    assert unmask(data, 0, len(data), out, 3) == len(payload)
    assert out[3 : 3 + len(payload)].tobytes() == payload


@pytest.mark.parametrize(("size", "header"), [(0, 2), (125, 2), (126, 4), (65_535, 4), (65_536, 10)])
def test_lengths(size: int, header: int) -> None:
    """The three forms of the length, each for what does not fit the one before (§5.2)."""
    data = array(websocket(bytes(size), masked=False))
    assert measure_websocket(data, 0, len(data), False) == len(data) == header + size
    assert (measure_header(data, 0), read_length(data, 0)) == (header, size)
    assert [measure_websocket(data, 0, end, False) for end in range(header)][:2] == [0, 0]


@pytest.mark.parametrize(
    "frame", ["9200", "8300", "8b00", "0900", "897e0080", "827e0001", "827f0000000000000001", "827fffffffffffffffff"]
)
def test_what_no_frame_can_be(frame: str) -> None:
    """Reserved bits and opcodes, control frames that are long or in pieces, lengths not in their shortest form."""
    data = array(bytes.fromhex(frame))
    assert measure_websocket(data, 0, len(data), False) == -1


@given(
    noise=st.binary(max_size=20), payload=st.binary(max_size=300), masked=st.booleans(),
    key=st.binary(min_size=4, max_size=4),
)  # fmt: skip
def test_frames_are_found_and_unmasked(noise: bytes, payload: bytes, masked: bool, key: bytes) -> None:
    """Behind any bytes a frame is found no later than where it begins, and what went in comes out."""
    frame = websocket(payload, masked=masked, key=key)
    data = array(noise + frame)
    assert find_websocket(data, 0, len(data), masked) <= len(noise)
    out = np.zeros(len(data), dtype=np.uint8)
    assert unmask(data, len(noise), len(data), out, 0) == len(payload)
    assert out[: len(payload)].tobytes() == payload


@given(st.binary(max_size=40), st.booleans())
def test_any_bytes(data: bytes, from_client: bool) -> None:
    """Any bytes give a length that can be, and no more payload than there is."""
    buf, out = array(data), np.zeros(len(data), dtype=np.uint8)
    assert measure_websocket(buf, 0, len(data), from_client) >= -1
    assert 0 <= unmask(buf, 0, len(data), out, 0) <= len(data)
    assert 0 <= find_websocket(buf, 0, len(data), from_client) <= len(data)
