"""Handle messages of the scenarios are those of the standard, and the node answers anything without failing."""

from __future__ import annotations

import random
import struct

from hypothesis import given
from hypothesis import strategies as st

from pcaps.scenarios.rig import handle_message as hdl
from pcaps.scenarios.rig.handle_message import Message, Reader, Value
from pcaps.scenarios.rig.node import ADMIN, KEY_INDEX, PREFIX, SECRET, Node, sign

_QUERY = bytes.fromhex(
    "020b0000 00000000 00000005 00000000 00000035"
    "00000001 00000000 19000000 ffff 00 00 00000000 00000019"
    "0000000d 38382e3131382e372f4c494e45 00000000 00000000 00000000"
)
"""Resolution of 88.118.7/LINE, written down by hand after RFC 3652, 2.2 and 3.2.1."""

_values = st.builds(Value, st.integers(1, 2**32 - 1), st.text(max_size=8), st.binary(max_size=40))


def make_node() -> Node:
    """Give a node that makes the same challenges every time."""
    return Node("10.20.2.61", random.Random(7))  # noqa: S311 - challenges of a test


def test_question_is_that_of_the_standard() -> None:
    """Envelope of 20 bytes, header of 24, body, empty credential."""
    assert Message(hdl.RESOLUTION, hdl.ask("88.118.7/LINE"), 5).datagrams() == [_QUERY]


@given(st.integers(0, 2**32 - 1), st.binary(max_size=2000), st.integers(0, 5000))
def test_messages_are_read_as_they_were_written(code: int, body: bytes, response: int) -> None:
    """TCP carries a message whole; UDP in fragments of 492 bytes that together are the same."""
    message = Message(code, body, 9, 11, response)
    frame = message.frame()
    assert hdl.decode(frame) == message
    assert hdl.message_length(frame[:20]) == len(frame) - 20
    parts = message.datagrams()
    assert b"".join(part[20:] for part in parts) == frame[20:]
    assert all(len(part) <= 512 for part in parts)
    assert [struct.unpack_from(">I", part, 12)[0] for part in parts] == list(range(len(parts)))


@given(st.lists(_values, max_size=5))
def test_values_are_read_as_they_were_written(values: list[Value]) -> None:
    """A handle's values survive encoding and reading."""
    reader = Reader(hdl.tell("88.118.7/x", values))
    assert reader.text() == "88.118.7/x"
    assert list(hdl.read_values(reader)) == values


@given(st.binary(max_size=300))
def test_any_bytes_are_borne(data: bytes) -> None:
    """Neither bytes that are no message nor bodies that are none make the node fail."""
    node = make_node()
    node.answer(data)
    for code in (hdl.RESOLUTION, hdl.CREATE, hdl.CHALLENGE_RESPONSE, hdl.LOGIN):
        assert node.answer(Message(code, data, 1).frame()) is not None


def test_a_change_needs_the_key() -> None:
    """A deletion is challenged; the wrong key is refused, the right one deletes."""
    node = make_node()
    handle = hdl.text(f"{PREFIX}/BAG000001")
    for secret, expected in ((b"guess", hdl.AUTHEN_FAILED), (SECRET, hdl.SUCCESS), (SECRET, hdl.NOT_FOUND)):
        challenge = node.answer(Message(hdl.DELETE, handle, 1).frame())
        assert challenge is not None
        assert challenge.response == hdl.AUTHEN_NEEDED
        reader = Reader(challenge.body)
        assert reader.number(1) == 3
        digest = reader.number(32).to_bytes(32, "big")
        response = sign(secret, reader.octets(), digest)
        body = hdl.text("HS_SECKEY") + hdl.text(ADMIN) + struct.pack(">I", KEY_INDEX) + hdl.octets(response)
        done = node.answer(Message(hdl.CHALLENGE_RESPONSE, body, 2, challenge.session).frame())
        assert done is not None
        assert done.response == expected
