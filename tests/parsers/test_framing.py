"""Which protocol speaks, and where its next message ends."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.framing import (
    LONGEST,
    MALFORMED,
    NEED_MORE,
    SERVED_PORTS,
    find,
    is_served,
    measure,
    recognise,
)
from parsers.modbus_frame import REPLY, REQUEST
from parsers.protocol import MODBUS, MODBUS_RTU, NAMES, NOT_RECOGNISED, UNKNOWN
from parsers.slot import SLOT_BYTES
from tests.support.conversations import mbap, rtu
from tests.support.transactions import Transaction, transactions

READ, ANSWER = bytes.fromhex("0300000002"), bytes.fromhex("0304002a002b")


def name(data: bytes, *, served: bool = False, whole: bool = False) -> tuple[int, int]:
    """Protocol and role of the first bytes of a side."""
    app, role = recognise(np.frombuffer(bytearray(data), dtype=np.uint8), 0, len(data), served, whole)
    return int(app), int(role)


@pytest.mark.parametrize("served", [True, False])
@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (mbap(READ), (MODBUS, REQUEST)),
        (mbap(ANSWER), (MODBUS, REPLY)),
        (mbap(bytes.fromhex("0600000001")), (MODBUS, 0)),
        (mbap(bytes.fromhex("8302")), (MODBUS, REPLY)),
        (mbap(READ) * 3, (MODBUS, REQUEST)),
        (rtu(READ), (MODBUS_RTU, REQUEST)),
        (rtu(ANSWER), (MODBUS_RTU, REPLY)),
        (rtu(b"\x07"), (MODBUS_RTU, REQUEST)),
        (b"GET / HTTP/1.1\r\n", (NOT_RECOGNISED, 0)),
        (b"SSH-2.0-x", (NOT_RECOGNISED, 0)),
        (bytes(20), (NOT_RECOGNISED, 0)),
    ],
)
@pytest.mark.parametrize("whole", [True, False])
def test_first_bytes(data: bytes, expected: tuple[int, int], served: bool, whole: bool) -> None:
    """The bytes name the protocol and, where they can, who speaks, on any port."""
    assert name(data, served=served, whole=whole) == expected


@pytest.mark.parametrize("served", [True, False])
@given(transaction=transactions, number=st.integers(0, 65535), unit=st.integers(0, 255), as_rtu=st.booleans())
def test_pieces_of_messages_are_waited_for(
    served: bool, transaction: Transaction, number: int, unit: int, as_rtu: bool
) -> None:
    """However little of a first message is there, it is not given up, and not taken for something else.

    On a port known for Modbus/TCP the beginning of an RTU frame may look like a header.
    """
    as_rtu &= not served
    data = rtu(transaction.request, unit) if as_rtu else mbap(transaction.request, number, unit)
    app = MODBUS_RTU if as_rtu else MODBUS
    for end in range(1, len(data) + 1):
        found = name(data[:end], served=served)[0]
        assert found in {app, UNKNOWN}
        if found == app:
            break
    assert found == app


def test_a_port_makes_looser_evidence_count() -> None:
    """A message of an unnamed function, or of a foreign protocol id that fits, is Modbus only where expected."""
    odd, foreign = mbap(b"\x46\x01\x02"), mbap(READ, protocol=9)
    assert [name(data, served=True)[0] for data in (odd, foreign)] == [MODBUS, MODBUS]
    assert [name(data)[0] for data in (odd, foreign)] == [NOT_RECOGNISED, NOT_RECOGNISED]


def test_a_datagram_holds_whole_messages() -> None:
    """Half a message in a datagram is none, since nothing follows it."""
    assert name(mbap(READ)[:10], served=True, whole=True)[0] == NOT_RECOGNISED
    assert name(mbap(READ)[:5], whole=True)[0] == NOT_RECOGNISED


def test_measuring() -> None:
    """A message has a length, needs more bytes, or is malformed."""
    data = np.frombuffer(bytearray(mbap(READ) + rtu(READ)), dtype=np.uint8)
    assert measure(MODBUS, data, 0, len(data), True) == 12
    assert measure(MODBUS, data, 0, 5, True) == NEED_MORE
    assert measure(MODBUS, data, 2, len(data), True) == MALFORMED
    assert measure(MODBUS_RTU, data, 12, len(data), True) == 8
    assert find(MODBUS, data, 0, len(data), True, -1) == 0
    assert find(MODBUS_RTU, data, 1, len(data), True, -1) == 12


def test_ports() -> None:
    """The quick predicate and the list of ports say the same."""
    assert tuple(port for port in range(65536) if is_served(port)) == SERVED_PORTS


def test_the_longest_message_fits_a_slot() -> None:
    """A message of any protocol can wait whole for its last byte."""
    assert LONGEST < SLOT_BYTES
    assert set(NAMES.values()) == {"modbus"}
