"""Bodies of OPC UA messages: events by their type's program, and how a body that ends wrongly is told."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import pytest

from parsers.opcua import decode_bodies
from parsers.opcua_buffers import make_buffers
from parsers.opcua_event import EVENT
from parsers.opcua_header import decode_headers
from parsers.opcua_pattern import make_patterns
from parsers.opcua_pdu import ERRORS, PDU
from parsers.opcua_program import PROGRAM, TAGS
from parsers.opcua_walk import DEPTH, EVENTS_MAX, FRAME
from tests.support.opcua_bytes import chunk, encode, fill, hello, ua
from tests.support.opcua_turns import Turn, make_messages

READ = encode(fill(ua.ReadRequest))


def decode(content: bytes, room: int = 4 * EVENTS_MAX) -> tuple[Any, list[int], int]:
    """The message of one chunk, the columns of its events, and how many messages were decoded."""
    data, messages = make_messages([Turn(content)])
    pdus: Any = np.recarray(1, dtype=PDU)
    events: Any = np.recarray(room, dtype=EVENT)
    stack: Any = np.recarray(DEPTH, dtype=FRAME)
    buffers, patterns = make_buffers(data, data[:0]), make_patterns()
    decode_headers(buffers, messages, pdus, PROGRAM, patterns)
    counts = np.zeros(2, dtype=np.int64)
    done = decode_bodies(buffers, messages, pdus, PROGRAM, patterns, stack, events, counts)
    return pdus[0], [int(tag) for tag in events["tag"][: counts[1]]], done


def test_a_body_has_events() -> None:
    """Of a read request the nodes, among others."""
    found, tags, done = decode(chunk(READ))
    assert (ERRORS[found.error], found.malformed, done) == ("", 0, 1)
    assert TAGS["nodes"] in tags


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (chunk(READ[:-3]), "truncated"),
        (chunk(b"\x01\x00\xff\xff" + READ[4:]), "type_id"),
        (hello()[:4] + struct.pack("<I", len(hello()) + 2) + hello()[8:] + b"xx", "trailing_bytes"),
    ],
)
def test_bodies_that_end_wrongly(content: bytes, error: str) -> None:
    """Too early, of a type that is none, or with bytes left."""
    assert ERRORS[decode(content)[0].error] == error


def test_without_room_nothing_is_decoded() -> None:
    """The caller is to give more and call again."""
    assert decode(chunk(READ), room=16)[1:] == ([], 0)
