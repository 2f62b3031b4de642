"""Handshakes as they go by."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.tls_frame import ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC
from parsers.tls_handshake import HANDSHAKE_MOST, MESSAGES_MOST, Handshake
from tests.support.tls_records import client_hello, message, record, server_hello, vector

HELLO = message(1, client_hello(session=b"s" * 32))
CERTIFICATE = message(11, vector(vector(b"certificate", 3), 3))
FLIGHT = message(2, server_hello()) + CERTIFICATE + message(12, b"\x03\x00\x17..") + message(14, b"")


def play(*records: tuple[bytes, bool]) -> Handshake:
    """Take in records of client (False) and server (True)."""
    handshake = Handshake(None)
    for content, from_server in records:
        handshake.add(content, from_server=from_server, is_cut=False)
    return handshake


def split(content: bytes, size: int) -> list[bytes]:
    """Spread handshake messages over records of ``size`` bytes."""
    return [record(content[at : at + size]) for at in range(0, len(content), size)]


@pytest.mark.parametrize("size", [1, 7, 100, 4096])
def test_messages_over_records(size: int) -> None:
    """It does not matter how messages are spread over records."""
    handshake = play(*((one, False) for one in split(HELLO, size)), *((one, True) for one in split(FLIGHT, size)))
    assert handshake.client_hello is not None
    assert handshake.server_hello is not None
    assert (handshake.curve, handshake.server.certificates, handshake.error) == (23, [b"certificate"], "")


def test_tls12_is_established_when_both_went_on() -> None:
    """After ChangeCipherSpec of both sides what follows is encrypted, whatever it looks like."""
    change, finished = record(b"\x01", CHANGE_CIPHER_SPEC), record(bytes(40))
    handshake = play((record(HELLO), False), (record(FLIGHT), True), (change + b"", False), (finished, False))
    assert not handshake.is_established
    handshake.add(change, from_server=True, is_cut=False)
    handshake.add(finished, from_server=True, is_cut=False)
    assert (handshake.is_established, handshake.is_done, handshake.is_resumed) == (True, True, False)


def test_tls13_is_established_when_the_client_finished() -> None:
    """An encrypted alert of the client is short, and no end of a handshake."""
    hello = record(message(2, server_hello(0x0304, 0x1301)))
    change, flight = record(b"\x01", CHANGE_CIPHER_SPEC), record(bytes(900), APPLICATION_DATA)
    start = ((record(HELLO), False), (hello, True), (change, True), (flight, True), (change, False))
    assert not play(*start, (record(bytes(19), APPLICATION_DATA), False)).is_established
    assert play(*start, (record(bytes(69), APPLICATION_DATA), False)).is_established


def test_resumption() -> None:
    """Up to TLS 1.2 the session id comes back; in TLS 1.3 a key is chosen."""
    back = record(message(2, server_hello(session=b"s" * 32)))
    assert play((record(HELLO), False), (back, True)).is_resumed
    assert play((record(HELLO), False)).is_resumed is None
    key = record(message(2, server_hello(0x0304, extensions=b"\x00\x29\x00\x02\x00\x00")))
    assert play((record(HELLO), False), (key, True)).is_resumed


def test_alerts() -> None:
    """A fatal alert in clear ends the handshake, a warning does not, an encrypted one is not read."""
    failed = play((record(HELLO), False), (record(b"\x02\x28", ALERT), True))
    assert (failed.is_done, failed.alert) == (True, (2, 40, True))
    assert not play((record(HELLO), False), (record(b"\x01\x70", ALERT), True)).is_done
    assert play((record(HELLO), False), (record(bytes(26), ALERT), True)).alert is None


def test_bounds() -> None:
    """Too long a message and too many messages end what is read of a side."""
    long = play((record(message(1, b"")[:1] + (HANDSHAKE_MOST + 1).to_bytes(3) + b"abc"), False))
    many = play(*((record(message(0, b"") * 40), True) for _ in range(3)))
    assert long.error == many.error == "handshake_too_long"
    assert many.server.messages == MESSAGES_MOST
    assert not long.client.partial + many.server.partial


@given(st.lists(st.tuples(st.sampled_from([20, 21, 22, 23]), st.binary(max_size=60), st.booleans()), max_size=8))
def test_any_records(records: list[tuple[int, bytes, bool]]) -> None:
    """No records raise, and what is kept of them is bounded by what came."""
    handshake = play((record(HELLO), False), *((record(content, kind), side) for kind, content, side in records))
    assert len(handshake.server.partial) <= sum(len(content) for _, content, _ in records)
