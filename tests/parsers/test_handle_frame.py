"""Where Handle messages begin and end, and what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.handle_frame import (
    find_handle,
    find_http_body,
    is_fragment,
    is_operation,
    is_response,
    is_stream_next,
    measure_handle,
    measure_handle_datagram,
    recognise_handle,
)
from parsers.handle_names import OPERATIONS, RESPONSES
from parsers.protocol import REPLY, REQUEST
from tests.support.handles import answer, array, fragments, message, query, text, value

QUERY = bytes.fromhex(
    "020a020b0000000038f368b8000000000000003c000000010000000019000000ffff00006b01f05a00000020"
    "0000001038382e3130302e312f6465763030303100000000000000000000000000000000"
)
"""A query as the CNRI client sends it, with the empty identity that the Teleinfo client appends."""
ERROR = bytes.fromhex(
    "020b020b0000000049f6f4590000000000000020000000010000006419000000000600006b01f05a000000040000000000000000"
)


def recognise(content: bytes, *, served: bool = False, whole: bool = True) -> tuple[int, int]:
    """Verdict and role."""
    verdict, role = recognise_handle(array(content), 0, len(content), served, whole)
    return int(verdict), int(role)


def test_real_messages_are_recognised_on_any_port() -> None:
    """The ResponseCode tells who asks."""
    assert recognise(QUERY) == (1, REQUEST)
    assert recognise(ERROR) == (1, REPLY)
    assert recognise(QUERY, whole=False) == (1, REQUEST)


@pytest.mark.parametrize("size", range(44))
def test_a_stream_needs_its_header(size: int) -> None:
    """Fewer than 44 bytes are no evidence in a stream, and never enough in a datagram."""
    assert recognise(QUERY[:size], whole=False) == ((0, 0) if size else (-1, 0))
    assert recognise(QUERY[:size]) == (-1, 0)


@pytest.mark.parametrize(
    "content",
    [
        message(1, reserved=1),
        message(1, body_length=5),
        message(7),
        message(1, response=666),
        message(1, version=(4, 0)),
        message(1, version=(2, 99)),
        message(1, length=23),
        message(1, length=17_000_000),
        message(1, credential_length=9),
        QUERY[:-1],
        QUERY + b"\0",
        b"\x03\x00\x00\x16\x11\xe0\x00\x00\x00\x01\x00\xc1\x02\x01\x00\xc2\x02\x01\x02\xc0\x01\x0a" * 2,
        bytes(60),
    ],
)
def test_what_is_none_is_refused(content: bytes) -> None:
    """Impossible headers, unnamed codes, wrong lengths and other protocols are not taken on an unknown port."""
    assert recognise(content) == (-1, 0)


def test_a_served_port_lets_unnamed_codes_and_sealed_messages_count() -> None:
    """There a header that fits is enough, and an encrypted message of the right length."""
    assert recognise(message(7), served=True) == (1, REQUEST)
    sealed = message(1, envelope=0x42)
    assert recognise(sealed, served=True) == (1, 0)
    assert recognise(sealed) == (-1, 0)
    assert recognise(sealed[:30], served=True, whole=False) == (1, 0)
    assert recognise(sealed[:30], served=True) == (-1, 0)
    tpkt = bytes.fromhex("0300001902f08032010000000000080000f0000001000101e0") + bytes(23)
    assert recognise(tpkt, served=True, whole=False) == (-1, 0)


@pytest.mark.parametrize("version", [(2, 0), (3, 0), (5, 0)])
def test_versions(version: tuple[int, int]) -> None:
    """Version 3 is DO-IRP, 5 an old client that means 2 (made by hand: no real traffic has them)."""
    content = query("88.1/x", version=version)
    assert recognise(content) == (1, REQUEST)
    assert measure_handle(array(content), 0, len(content), True) == len(content)


def test_length_is_that_of_the_envelope() -> None:
    """The length counts what follows the envelope, whether it is there or not."""
    for size in range(1, len(QUERY) + 1):
        assert measure_handle(array(QUERY[:size]), 0, size, True) == (0 if size < 20 else len(QUERY))
    assert measure_handle(array(b"\x16\x03\x01"), 0, 3, True) == -1


def test_fragments_are_as_long_as_their_datagrams() -> None:
    """Each fragment's envelope tells the length of the whole; the datagram ends the fragment."""
    pieces = fragments(answer("88.1/big", *(value(k, "URL", "x" * 100) for k in range(9))))
    assert len(pieces) == 3
    for piece in pieces:
        assert is_fragment(array(piece), 0, len(piece))
        assert measure_handle_datagram(array(piece), 0, len(piece), False) == len(piece)
    assert recognise(pieces[0]) == (1, REPLY)
    assert recognise(pieces[1]) == (-1, 0)
    assert recognise(pieces[1], served=True) == (1, 0)
    assert not is_fragment(array(QUERY), 0, len(QUERY))
    assert not is_fragment(array(QUERY[:-3]), 0, len(QUERY) - 3)


@given(st.binary(max_size=60))
def test_the_next_message_is_found(noise: bytes) -> None:
    """Behind any bytes a message is found no later than where it begins."""
    data = array(noise + QUERY)
    assert find_handle(data, 0, len(data), True) <= len(noise)
    nothing = array(b"\xff" * len(noise))
    assert find_handle(nothing, 0, len(nothing), True) == len(nothing)


@given(st.binary(max_size=80), st.booleans(), st.booleans())
def test_any_bytes_are_judged(content: bytes, served: bool, whole: bool) -> None:
    """No bytes raise, and a verdict is one of three."""
    verdict, role = recognise(content, served=served, whole=whole)
    assert verdict in (-1, 0, 1)
    assert role in (0, REQUEST, REPLY)
    assert not (whole and verdict == 0)
    assert measure_handle(array(content), 0, len(content), True) >= -1


def test_codes_are_those_with_names() -> None:
    """What counts as evidence is what has a name."""
    assert [code for code in range(3_100) if is_operation(code)] == sorted(OPERATIONS)
    assert [code for code in range(3_100) if is_response(code)] == sorted({0, *RESPONSES})


def test_a_stream_of_another_kind_is_told() -> None:
    """Behind a granted RETRIEVE_TXN_LOG or DUMP_HANDLES no envelopes follow (CNRI server)."""
    for op, response, follows in ((1001, 1, True), (1002, 1, True), (1001, 0, False), (1, 1, False)):
        content = message(op, response=response)
        assert is_stream_next(array(content), 0, len(content)) == follows
    assert not is_stream_next(array(QUERY), 0, 30)


def test_an_envelope_in_the_body_of_an_http_message() -> None:
    """The body begins behind the first empty line, and must hold an envelope with its header."""
    head = b"POST /88.1%2Fx HTTP/1.1\r\nContent-Type: application/x-hdl-message\r\n\r\n"
    for body, found in ((QUERY, True), (b"{}", False), (text("x" * 60), False), (b"", False)):
        content = head + body
        at = find_http_body(array(content), 0, len(content))
        assert at == (len(head) if found else len(content))
    assert find_http_body(array(head[:-2]), 0, len(head) - 2) == len(head) - 2
