"""Bodies walked by the program of their type."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.opcua_builtin import pass_node_id
from parsers.opcua_event import EVENT, NULL, NUMBER
from parsers.opcua_program import (
    EXTENSION_OBJECT,
    PROGRAM,
    STRUCTURE_NUMBERS,
    TAGS,
    TYPE_NAMES,
    VARIANT,
)
from parsers.opcua_walk import BAD_COUNT, BAD_TYPE, DEPTH, DONE, EVENTS_MAX, FRAME, FULL, SHORT, TOO_DEEP, walk_body

NAMES = {number: name for name, number in TAGS.items()}


def walk(content: bytes, structure: int, room: int = EVENTS_MAX * 2) -> tuple[int, int, list[tuple[Any, ...]]]:
    """How it ended, where, and the events as column, value and length."""
    buf = np.frombuffer(content, dtype=np.uint8)
    events: Any = np.recarray(room, dtype=EVENT)
    stack: Any = np.recarray(DEPTH, dtype=FRAME)
    how, at, used = walk_body(buf, 0, len(buf), structure, 0, 0, PROGRAM, stack, events, 0)
    return int(how), int(at), [(NAMES[int(e.tag)], int(e.value), int(e.length)) for e in events[:used]]


def single(kind: int) -> int:
    """The structure that is one of a built-in type."""
    return int(PROGRAM.single[kind])


def test_a_value_without_anything() -> None:
    """A DataValue of an empty mask keeps its places in the lists."""
    columns = ("values", "item.statuses", "source_times", "server_times")
    assert walk(b"\x00", STRUCTURE_NUMBERS["DataValue"]) == (DONE, 1, [(name, 1, NULL) for name in columns])


def test_a_value_with_everything() -> None:
    """Number, status and times, in the order of the wire."""
    content = b"\x3f\x0b" + struct.pack("<dIqHqH", 1.5, 0x80340000, 7, 1, 9, 2)
    how, at, events = walk(content, STRUCTURE_NUMBERS["DataValue"])
    assert (how, at) == (DONE, len(content))
    bits = int.from_bytes(struct.pack("<d", 1.5), "little")
    assert events == [
        ("values", bits, NUMBER), ("item.statuses", 0x80340000, NUMBER), ("source_times", 7, NUMBER),
        ("server_times", 9, NUMBER),
    ]  # fmt: skip


def test_an_array_is_one_event() -> None:
    """The bytes of an array's Variant, dimensions too."""
    array = b"\xc6" + struct.pack("<iiiiii", 2, 1, 2, 1, 2, 0)[:20]
    how, _, events = walk(b"\x01" + array, STRUCTURE_NUMBERS["DataValue"])
    assert (how, events[0]) == (DONE, ("values", 1, len(array)))


@pytest.mark.parametrize("kind", range(1, 26))
def test_a_null_array_of_every_type(kind: int) -> None:
    """A Variant with an array of length -1 is five bytes long."""
    assert walk(bytes([0x80 | kind]) + b"\xff\xff\xff\xff", single(VARIANT))[:2] == (DONE, 5)


def test_counts_are_held_against_the_bytes_left() -> None:
    """An array that says more than can be there is refused at once."""
    assert walk(b"\x86\xff\xff\xff\x7f" + bytes(8), single(VARIANT))[0] == BAD_COUNT
    assert walk(b"\x8b\x02\x00\x00\x00" + bytes(15), single(VARIANT))[0] == BAD_COUNT


def test_depth_is_bounded() -> None:
    """Variants inside one another up to the bound, and no further."""
    nested = (b"\x98\x01\x00\x00\x00" * 200) + b"\x01\x01"
    assert walk(nested, single(VARIANT))[0] == TOO_DEEP
    assert walk(b"\x40" * 40 + b"\x00", STRUCTURE_NUMBERS["DiagnosticInfo"])[0] == DONE
    assert walk(b"\x40" * 200 + b"\x00", STRUCTURE_NUMBERS["DiagnosticInfo"])[0] == TOO_DEEP


def test_unknown_types() -> None:
    """Reserved Variant types are byte strings, others are refused; so are unknown forms of NodeIds."""
    assert walk(b"\x1e\x01\x00\x00\x00x", single(VARIANT))[:2] == (DONE, 6)
    assert walk(b"\x20", single(VARIANT))[0] == BAD_TYPE
    assert pass_node_id(np.array([7, 0, 0, 0], dtype=np.uint8), 0, 4) == -2


def test_bodies_of_extension_objects() -> None:
    """A known body is read, what follows in it passed over; one that is too short is a fault."""
    token = b"\x01\x00\x44\x01\x01"  # i=324, a byte string
    body = b"".join(struct.pack("<i", len(part)) + part for part in (b"policy", b"name", b"secret", b""))
    content = token + struct.pack("<i", len(body) + 3) + body + b"abc"
    how, at, events = walk(content, single(EXTENSION_OBJECT))
    assert (how, at) == (DONE, len(content))
    assert [name for name, *_ in events] == [
        "user.token_type", "user.policy_id", "user.name", "user.has_password", "user.encryption_algorithm",
    ]  # fmt: skip
    assert events[3] == ("user.has_password", 1, NUMBER)
    assert walk(token + struct.pack("<i", 5) + body[:5] + bytes(20), single(EXTENSION_OBJECT))[0] == SHORT


def test_nothing_is_kept_without_room() -> None:
    """The caller is asked for more room before anything is read."""
    assert walk(b"\x00", STRUCTURE_NUMBERS["DataValue"], room=16) == (FULL, 0, [])


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=80), st.sampled_from([*range(1, len(TYPE_NAMES))]))
def test_any_bytes(content: bytes, kind: int) -> None:
    """Nothing raises, no walk goes beyond the end, and no event points there."""
    _, at, events = walk(content, single(kind))
    assert 0 <= at <= len(content)
    assert all(value + length <= len(content) for _, value, length in events if length >= 0)
