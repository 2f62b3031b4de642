"""Which protocol speaks, and where its next message ends."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers import protocol
from parsers.framing import (
    LOOKED_AT,
    MALFORMED,
    NEED_MORE,
    ORDER,
    find,
    follow,
    measure,
    measure_datagram,
    recognise,
)
from parsers.port import SERVED_PORTS
from parsers.protocol import (
    HTTP,
    MODBUS,
    MODBUS_RTU,
    NAMES,
    NOT_RECOGNISED,
    OPCUA,
    REPLY,
    REQUEST,
    SILENT,
    SSH,
    UNKNOWN,
    WEBSOCKET,
)
from tests.support.conversations import mbap, rtu
from tests.support.transactions import Transaction, transactions

READ, ANSWER = bytes.fromhex("0300000002"), bytes.fromhex("0304002a002b")


def name(data: bytes, *, served: bool = False, whole: bool = False) -> tuple[int, int]:
    """Protocol and role of the first bytes of a side."""
    port = 502 if served else 1502
    app, role = recognise(np.frombuffer(bytearray(data), dtype=np.uint8), 0, len(data), 40000, port, whole)
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


def test_every_protocol_is_asked() -> None:
    """Each protocol is recognised in one place, but for what only follows another; hints are for known ones."""
    assert len(set(ORDER)) == len(ORDER)
    assert set(NAMES) - set(ORDER) <= {WEBSOCKET, protocol.TLS_DATA, protocol.HANDLE_DATA}
    assert set(SERVED_PORTS) <= set(NAMES)


@pytest.mark.parametrize("port", [502, 1883, 40001])
@pytest.mark.parametrize(
    ("data", "app", "role"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", HTTP, REQUEST),
        (b"HTTP/1.1 200 OK\r\n\r\n", HTTP, REPLY),
        (b"SSH-2.0-OpenSSH_9.2\r\n", SSH, 0),
        (b"HELF" + (40).to_bytes(4, "little") + bytes(32), OPCUA, REQUEST),
    ],
)
def test_signatures_count_on_any_port(data: bytes, app: int, role: int, port: int) -> None:
    """What a signature tells is told on another protocol's port too, and its pieces are waited for."""
    buf = np.frombuffer(bytearray(data), dtype=np.uint8)
    assert tuple(map(int, recognise(buf, 0, len(buf), 50000, port, False))) == (app, role)
    for end in range(4):
        assert recognise(buf, 0, end, 50000, port, False)[0] == UNKNOWN


@given(st.binary(max_size=80), st.sampled_from([502, 102, 2404, 1883, 53, 9]), st.booleans(), st.integers(0, 40))
def test_any_bytes(data: bytes, port: int, whole: bool, at: int) -> None:
    """Whatever the bytes are, nothing raises, and lengths and places are what they promise to be."""
    buf = np.frombuffer(bytearray(data), dtype=np.uint8)
    app, role = recognise(buf, 0, len(buf), 40000, port, whole)
    assert app in {*NAMES, UNKNOWN, NOT_RECOGNISED}
    assert role in {0, REQUEST, REPLY}
    assert not (whole and app == UNKNOWN)
    at = min(at, len(data))
    for read in (app for app in NAMES if app < SILENT):
        for from_client in (True, False):
            assert measure(read, buf, at, len(buf), from_client) >= MALFORMED
            assert measure_datagram(read, buf, at, len(buf), from_client) >= MALFORMED
            assert at <= find(read, buf, at, len(buf), from_client, at) <= len(buf)


def test_bytes_are_not_waited_for_without_end() -> None:
    """A side that might still become something is given up after so many bytes."""
    data = np.frombuffer(bytearray(b"3" + b"x" * LOOKED_AT), dtype=np.uint8)
    assert recognise(data, 0, 2, 40000, 9, False)[0] == UNKNOWN
    assert recognise(data, 0, LOOKED_AT, 40000, 9, False)[0] == NOT_RECOGNISED


def test_an_upgrade_is_followed() -> None:
    """After the reply that switches protocols it is WebSocket, and after any other message what it was."""
    upgrade = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
    for data, from_client, expected in ((upgrade, False, WEBSOCKET), (upgrade, True, HTTP), (upgrade[:9], False, HTTP)):
        buf = np.frombuffer(bytearray(data), dtype=np.uint8)
        assert follow(HTTP, buf, 0, len(buf), from_client) == expected
    assert follow(MODBUS, np.frombuffer(bytearray(mbap(READ)), dtype=np.uint8), 0, 12, False) == MODBUS
