"""Where Modbus messages begin and end."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from parsers.modbus_frame import (
    LENGTH_BOUND,
    MBAP_HEADER,
    REPLY,
    REQUEST,
    compute_crc,
    find_mbap,
    find_rtu,
    is_code_common,
    is_exception,
    is_mbap_plausible,
    measure_mbap,
    measure_rtu,
    shape_pdu,
    size_rtu,
)
from tests.support.conversations import mbap, rtu
from tests.support.transactions import Transaction, transactions

READ = bytes.fromhex("0300000001")


def array(data: bytes) -> NDArray[np.uint8]:
    """Bytes as kernels take them."""
    return np.frombuffer(bytearray(data), dtype=np.uint8)


def shape(pdu: bytes, there: int | None = None) -> int:
    """What a PDU can be, of which only ``there`` bytes are seen."""
    return shape_pdu(array(pdu), 0, len(pdu) if there is None else there, len(pdu))


@given(transactions)
def test_valid_messages_have_their_shape(transaction: Transaction) -> None:
    """Requests can be requests and replies replies, however much of them is there."""
    for pdu, role in ((transaction.request, REQUEST), (transaction.reply, REPLY)):
        for there in range(1, len(pdu) + 1):
            assert shape(pdu, there) & role


@pytest.mark.parametrize(
    ("pdu", "roles"),
    [
        ("03 0000 0001", REQUEST),
        ("03 02 0001", REPLY),
        ("03 02 00010203", 0),
        ("06 0000 0001", REQUEST | REPLY),
        ("06 0000 00", 0),
        ("07", REQUEST),
        ("07 01", REPLY),
        ("0B", REQUEST),
        ("11", REQUEST),
        ("11 01 FF", REPLY),
        ("10 0000 0001 02 0001", REQUEST),
        ("10 0000 0001", REPLY),
        ("18 0000", REQUEST),
        ("18 0004 0001 0000", REPLY),
        ("83 02", REPLY),
        ("83", 0),
        ("80 02", 0),
        ("83 0C", 0),
        ("41 00", REQUEST | REPLY),
        ("", 0),
    ],
)
def test_shapes(pdu: str, roles: int) -> None:
    """A function's layout tells requests from replies where they differ (V1.1b3 §6)."""
    assert shape(bytes.fromhex(pdu)) == roles


@pytest.mark.parametrize(
    ("length", "size"),
    [(0, -1), (1, -1), (2, 8), (254, 260), (LENGTH_BOUND, MBAP_HEADER + LENGTH_BOUND), (LENGTH_BOUND + 1, -1)],
)
def test_length_of_a_header(length: int, size: int) -> None:
    """The length field counts from the unit on; what no message can have is refused."""
    data = array(mbap(READ, length=length))
    assert measure_mbap(data, 0, len(data)) == size
    assert measure_mbap(data, 0, 5) == 0
    assert measure_mbap(array(mbap(READ, protocol=1)), 0, 12) == -1


def test_plausible_messages() -> None:
    """Header, function and what follows must fit together."""
    good = mbap(READ)
    for data, plausible in (
        (good, True),
        (good[:8], True),
        (good[:7], False),
        (good + good[:6], True),
        (good + b"\xff" * 6, False),
        (mbap(b"\x00" * 5), False),
        (mbap(b"\x41\x00"), False),
        (mbap(READ, protocol=5), False),
        (mbap(READ + b"\x00"), False),
    ):
        assert bool(is_mbap_plausible(array(data), 0, len(data))) is plausible


@given(st.binary(max_size=30))
def test_the_next_message_is_found(noise: bytes) -> None:
    """Behind any bytes a message is found no later than where it begins."""
    data = array(noise + mbap(READ))
    at = find_mbap(data, 0, len(data), -1)
    assert at <= len(noise)
    assert is_mbap_plausible(data, at, len(data))
    nothing = array(b"\xff" * len(noise))
    assert find_mbap(nothing, 0, len(nothing), -1) == len(nothing)


def test_looser_evidence_where_a_segment_begins() -> None:
    """A whole message of an unnamed function counts only at the beginning of a segment."""
    data = array(mbap(b"\x41\x00\x01"))
    assert find_mbap(data, 0, len(data), 0) == 0
    assert find_mbap(data, 0, len(data), -1) == len(data)


def test_function_codes() -> None:
    """Named functions and their exceptions are evidence; the exception bit tells replies."""
    assert [code for code in range(256) if is_code_common(code) and code < 128] == [
        *range(1, 9), 11, 12, 15, 16, 17, 20, 21, 22, 23, 24, 43, 90,
    ]  # fmt: skip
    assert is_code_common(0x83)
    assert not is_exception(0x80)
    assert is_exception(0x81)
    assert not is_exception(0x03)


def test_crc_vector() -> None:
    """The CRC of 02 07 is 41 12 on the wire (Serial Line V1.02 §6.2.2)."""
    assert compute_crc(array(b"\x02\x07"), 0, 2) == 0x1241


@given(transaction=transactions, unit=st.integers(0, 255), noise=st.binary(max_size=8))
def test_rtu_frames_are_measured(transaction: Transaction, unit: int, noise: bytes) -> None:
    """A frame is as long as it is, in pieces it needs more, and damaged it is refused."""
    for pdu, role in ((transaction.request, REQUEST), (transaction.reply, REPLY)):
        frame = rtu(pdu, unit)
        data = array(frame + noise)
        assert measure_rtu(data, 0, len(data), role) == len(frame)
        assert size_rtu(data, 0, len(data), role) == len(frame)
        assert [measure_rtu(data, 0, end, role) for end in range(len(frame))] == [0] * len(frame)
        bad = array(rtu(pdu, unit, damage=0x0101))
        assert measure_rtu(bad, 0, len(bad), role) == -1
        behind = array(b"\xff\x00" + frame)
        assert find_rtu(behind, 0, len(behind), role) <= 2


@pytest.mark.parametrize(("frame", "role"), [("0141", REQUEST), ("0183", REQUEST), ("01170000000100000001ff", REQUEST)])
def test_rtu_functions_without_a_layout(frame: str, role: int) -> None:
    """Unknown functions, exceptions from a client and frames beyond 256 bytes are no RTU."""
    data = array(bytes.fromhex(frame) + bytes(300))
    assert measure_rtu(data, 0, len(data), role) == -1
