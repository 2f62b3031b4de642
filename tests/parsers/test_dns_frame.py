"""Where DNS messages begin and end."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.dns_frame import (
    REPLY,
    REQUEST,
    find_dns,
    find_dns_stream,
    fit_stream,
    measure_dns,
    measure_dns_stream,
    recognise_dns,
    recognise_dns_stream,
    skip_name,
    skip_records,
)
from tests.support.dns_messages import A, answer, message, name, query, question, record


def array(data: bytes) -> np.ndarray:
    """Bytes as kernels take them."""
    return np.frombuffer(bytearray(data), dtype=np.uint8)


def framed(data: bytes) -> bytes:
    """A message with the length field of TCP."""
    return struct.pack("!H", len(data)) + data


def tell(data: bytes, *, served: bool = False) -> tuple[int, int]:
    """What a datagram is taken for."""
    return recognise_dns(array(data), 0, len(data), served, True)


def tell_stream(data: bytes, *, served: bool = False) -> tuple[int, int]:
    """What the beginning of a stream is taken for."""
    return recognise_dns_stream(array(data), 0, len(data), served, False)


def test_a_query_and_a_reply_are_known_on_any_port() -> None:
    """A whole, right message of one question is DNS wherever it is sent, and its role is the header's."""
    assert (tell(query()), tell(answer())) == ((1, REQUEST), (1, REPLY))
    assert (tell_stream(framed(query())), tell_stream(framed(answer()))) == ((1, REQUEST), (1, REPLY))


@pytest.mark.parametrize(
    "data",
    [
        query()[:-1],
        query() + b"\0",
        message(0x0100, [question()], [record(A, b"abcd")]),
        message(0x0140, [question()]),
        message(0x2800, [question()]),
        message(0x0100, [question(group=77)]),
        message(0x0100, [question(kind=0)]),
        message(0x0100, [question(), question()]),
        message(0x0100),
    ],
)
def test_what_is_odd_is_not_dns_on_an_unknown_port(data: bytes) -> None:
    """Elsewhere than on its ports DNS must be right to its last byte."""
    assert tell(data) == (-1, 0)


@pytest.mark.parametrize("data", [query()[:-1], query() + b"\0", message(0x2800, [question()]), message(0x8105)])
def test_what_is_odd_is_believed_on_a_known_port(data: bytes) -> None:
    """On its own ports a malformed message is still one, so that it is told."""
    assert tell(data, served=True)[0] == 1


@pytest.mark.parametrize("data", [b"X" * 128, b"\0" * 11, bytes(12), b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03" * 3])
def test_other_bytes_are_not_dns_even_on_a_known_port(data: bytes) -> None:
    """A scanner's filling, zeros, or TLS on port 53 are none of ours."""
    assert tell(data, served=True) == (-1, 0)


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"\x16\x03\x01\x00\xf8\x01\x00\x00\xf4\x03\x03" + bytes(240),
        b"\x10\x2b\x00\x04MQTT\x04\x02\x00\x3c\x00\x1fclient",
        bytes.fromhex("000100000006010300000001"),
        b"HELF\x20\0\0\0" + bytes(24),
        b"SSH-2.0-OpenSSH_9.2\r\n",
        bytes.fromhex("0300001611e00000001400c1020100c2020102c0010a"),
        message(0x0110, [question(b"\x20" + b"CKAAAAAA" * 4 + b"\0", 33)]),
    ],
)
def test_other_protocols_are_left_alone(data: bytes) -> None:
    """Beginnings of HTTP, TLS, MQTT, Modbus, OPC UA, SSH and S7, and NetBIOS names are not DNS."""
    assert tell_stream(data) == (-1, 0)
    assert tell(data) == (-1, 0)


def test_a_stream_is_waited_for_until_its_first_question_is_there() -> None:
    """Fewer bytes than the question takes say nothing yet; afterwards the rest may come later."""
    data = framed(answer())
    enough = 2 + len(query())
    assert [tell_stream(data[:size])[0] for size in range(enough)] == [0] * enough
    assert all(tell_stream(data[:size]) == (1, REPLY) for size in range(enough, len(data)))


def test_datagrams_and_streams_are_told_apart() -> None:
    """Bytes of a stream are no datagram, and a datagram no stream."""
    data = array(query())
    assert recognise_dns(data, 0, len(data), True, False) == (-1, 0)
    assert recognise_dns_stream(data, 0, len(data), True, True) == (-1, 0)


def test_lengths() -> None:
    """A datagram is one message; a stream's length field counts what follows it (RFC 1035 §4.2.2)."""
    data = array(framed(query()) + b"\0")
    assert measure_dns_stream(data, 0, len(data), True) == len(data) - 1
    assert measure_dns_stream(data, 0, 1, True) == 0
    assert measure_dns_stream(array(b"\0\x0b" + bytes(11)), 0, 13, True) == -1
    assert (measure_dns(data, 0, 12, True), measure_dns(data, 0, 11, True)) == (12, -1)
    assert find_dns(data, 3, len(data), True) == len(data)


def test_the_next_message_is_found_after_lost_bytes() -> None:
    """The search passes rubbish and stops at a whole plausible message; there is none in rubbish alone."""
    rubbish = bytes(range(1, 60))
    data = array(rubbish + framed(query()))
    assert find_dns_stream(data, 0, len(data), True) == len(rubbish)
    assert find_dns_stream(data, 0, len(rubbish), True) == len(rubbish)
    assert fit_stream(data, len(rubbish), len(data)) == 1


def test_names_are_passed() -> None:
    """A name ends at its zero or its pointer; too long ones and other label types are none."""
    data = name("a.bc") + b"\xc0\x0c"
    assert (skip_name(array(data), 0, 7), skip_name(array(data), 6, 8)) == (6, 8)
    assert (skip_name(array(data), 0, 5), skip_name(array(b"\xc0"), 0, 1)) == (0, 0)
    assert skip_name(array(b"\x41" + bytes(70)), 0, 71) == -1
    assert skip_name(array((b"\x3f" + b"a" * 63) * 4 + b"\0"), 0, 257) == -1


def test_records_are_passed() -> None:
    """Questions have no length, records have; the end must be there."""
    data = array(answer())
    assert skip_records(data, 12, len(data), 1, 1) == len(data)
    assert skip_records(data, 12, len(data) - 1, 1, 1) == 0


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=120), st.booleans(), st.integers(0, 40))
def test_any_bytes(data: bytes, served: bool, at: int) -> None:
    """No bytes raise anything; verdicts, lengths and positions stay in their ranges."""
    data = data[:at] + framed(answer()) + data[at:]
    buf, end = array(data), len(data)
    assert recognise_dns(buf, 0, end, served, True)[0] in (-1, 1)
    assert recognise_dns_stream(buf, 0, end, served, False)[0] in (-1, 0, 1)
    assert 0 <= find_dns_stream(buf, 0, end, True) <= min(at, end)
    assert measure_dns_stream(buf, 0, end, True) in (-1, *range(14, 65_538))
