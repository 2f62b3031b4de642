"""TLS records in a stream."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.protocol import REPLY, REQUEST
from parsers.tls_frame import find_tls, is_application_data, measure_tls, recognise_tls
from tests.support.http_messages import GET
from tests.support.pieces import array
from tests.support.tls_records import client_hello, message, record, server_hello

HELLO = record(message(1, client_hello()), version=0x0301)
ANSWER = record(message(2, server_hello()))


def recognise(content: bytes, *, served: bool = False, whole: bool = False) -> tuple[int, int]:
    """Recognise the first bytes of a side."""
    verdict, role = recognise_tls(array(content or b"\0"), 0, len(content), served, whole)
    return int(verdict), int(role)


def test_hellos_are_recognised() -> None:
    """Either hello tells the protocol and who asks, on any port; less of it may become one."""
    assert recognise(HELLO) == (1, REQUEST)
    assert recognise(ANSWER) == (1, REPLY)
    assert {recognise(HELLO[:end]) for end in range(44)} == {(0, 0)}
    assert recognise(HELLO, whole=True) == (-1, 0)


def test_records_count_on_served_ports_only() -> None:
    """Mid-stream, records that follow one another are evidence where the port is known."""
    stream = record(bytes(50), kind=23) + record(bytes(60), kind=23)
    assert recognise(stream) == (-1, 0)
    assert recognise(stream, served=True) == (1, 0)
    assert recognise(stream + b"\x00", served=True) == (-1, 0)


@pytest.mark.parametrize(
    "content",
    [
        GET,
        bytes.fromhex("0300001611e00000"),
        bytes.fromhex("000100000006010300000001"),
        b"\x16\x02\x01\x00\x50",
        b"\x16\x03\x01\xff\xff",
        record(b"\x01\xff\xff\xff\x03\x03" + bytes(60)),
        record(b"\x05" + bytes(60)),
        record(message(1, b"\x03\x03" + bytes(32) + b"\x50" + bytes(90))),
    ],
)
def test_what_is_no_hello(content: bytes) -> None:
    """Other protocols, lengths beyond the bounds, and session ids that are too long."""
    assert recognise(content) == (-1, 0)


def test_length_of_a_record() -> None:
    """Five bytes tell it; an empty record holds application data at most."""
    assert measure_tls(array(HELLO), 0, len(HELLO), True) == len(HELLO)
    assert {int(measure_tls(array(HELLO), 0, end, True)) for end in range(5)} == {0}
    assert measure_tls(array(record(b"", kind=23)), 0, 5, True) == 5
    assert measure_tls(array(record(b"")), 0, 5, True) == -1
    assert measure_tls(array(b"\x16\x03\x01\x48\x01"), 0, 5, True) == -1


def test_the_next_record_is_found() -> None:
    """After lost bytes the next record whose successor fits is taken."""
    lost = b"\x16\x03\x01\x00\x01abcdef"
    stream = lost + record(bytes(50), kind=23) + record(bytes(50), kind=23)
    assert find_tls(array(stream), 0, len(stream), True) == len(lost)
    assert find_tls(array(b"nothing"), 0, 7, True) == 7


def test_application_data() -> None:
    """Only records of that kind."""
    assert is_application_data(array(record(b"x", kind=23)), 0, 6)
    assert not is_application_data(array(HELLO), 0, len(HELLO))
    assert not is_application_data(array(b"\x17\x03"), 0, 2)


@given(st.one_of(st.binary(max_size=80), st.binary(max_size=60).map(lambda rest: HELLO[:12] + rest)))
def test_any_bytes(content: bytes) -> None:
    """No bytes raise, and what is found lies within them."""
    assert recognise(content)[0] in (-1, 0, 1)
    assert recognise(content, served=True)[0] in (-1, 0, 1)
    assert measure_tls(array(content or b"\0"), 0, len(content), True) >= -1
    assert 0 <= find_tls(array(content or b"\0"), 0, len(content), True) <= len(content)
