"""What TPKT carries: S7comm and RDP, told by what follows their connection request."""

from __future__ import annotations

import numpy as np
import pytest

from parsers.framing import recognise
from parsers.protocol import NOT_RECOGNISED, RDP, S7COMM, UNKNOWN
from parsers.tpkt import measure_tpkt

COTP_REQUEST = bytes.fromhex("0300001611e00000000100c0010ac1020100c2020102")
DATA = bytes.fromhex("0300000d02f080")
COOKIE = bytes.fromhex("0300002b26e00000000000436f6f6b69653a206d737473686173683d61646d696e0d0a0100080001000000")


def name(data: bytes, port: int = 102) -> int:
    """Protocol of first bytes."""
    return int(recognise(np.frombuffer(bytearray(data), dtype=np.uint8), 0, len(data), 40_001, port, False)[0])


@pytest.mark.parametrize(
    ("follows", "app"),
    [(b"", UNKNOWN), (DATA + b"\x32\x01", S7COMM), (DATA + b"\x72\x01", S7COMM), (DATA + b"\x0d\x04", NOT_RECOGNISED)],
)
def test_what_follows_a_connection_request_decides(follows: bytes, app: int) -> None:
    """COTP opens other protocols too (MMS), so a request alone says nothing; S7comm and S7comm-plus are told."""
    assert name(COTP_REQUEST + follows) == app


def test_a_cookie_is_rdp_wherever_it_is_sent() -> None:
    """A connection request with a cookie or a negotiation is RDP on S7comm's port too."""
    assert {name(COOKIE, port) for port in (102, 3389, 9)} == {RDP}


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (COTP_REQUEST, 22), (DATA, 13), (b"", 0), (b"\x03", 0), (b"\x03\x01", -1), (b"\x02", -1),
        (bytes.fromhex("0300000602f080"), -1), (bytes.fromhex("0300002202f180"), -1),
    ],
)  # fmt: skip
def test_lengths(data: bytes, size: int) -> None:
    """A TPKT has a length, needs more bytes, or is none."""
    assert measure_tpkt(np.frombuffer(bytearray(data), dtype=np.uint8), 0, len(data)) == size
