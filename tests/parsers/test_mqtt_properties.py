"""The properties of MQTT 5."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.mqtt_frame import CONNACK, CONNECT, PUBLISH, SUBSCRIBE
from parsers.mqtt_packet import ERRORS, PACKET, clear_packet
from parsers.mqtt_properties import (
    MOST_PROPERTIES,
    NAMES,
    WILL,
    Property,
    decode_properties,
    is_block,
    measure_property,
    show_property,
    walk_properties,
)
from tests.support.mqtt_packets import array, block, modern, publish, records, text, varint

VALUES: dict[int, tuple[bytes, int | str]] = {
    **dict.fromkeys((0x01, 0x17, 0x19, 0x24, 0x25, 0x28, 0x29, 0x2A), (b"\x01", 1)),
    **dict.fromkeys((0x13, 0x21, 0x22, 0x23), (struct.pack("!H", 300), 300)),
    **dict.fromkeys((0x02, 0x11, 0x18, 0x27), (struct.pack("!I", 70_000), 70_000)),
    **dict.fromkeys((0x03, 0x08, 0x12, 0x15, 0x1A, 0x1C, 0x1F), (text("täxt"), "täxt")),
    0x09: (text(b"\x01\xfe"), "01fe"), 0x0B: (varint(20_000), 20_000), 0x16: (text("secret"), "present"),
    0x26: (text("k") + text("v=1"), "k=v=1"),
}  # fmt: skip


def walk(data: bytes, kind: int) -> tuple[int, str]:
    """Where the block ends and what is wrong with it."""
    p = np.recarray(1, dtype=PACKET)[0]
    clear_packet(p)
    return int(walk_properties(array(data), 0, len(data), kind, p)), ERRORS[p.error]


def test_there_are_27() -> None:
    """Every property of 5.0 §2.2.2.2 has a value here."""
    assert set(VALUES) == set(NAMES)
    assert len(NAMES) == 27


@pytest.mark.parametrize("number", VALUES, ids=NAMES.get)
def test_each_property(number: int) -> None:
    """It is measured, decoded and shown; cut short it is none."""
    value, meaning = VALUES[number]
    data = array(value)
    assert measure_property(data, 0, len(data), number) == len(value)
    assert [measure_property(data, 0, end, number) for end in range(len(data))] == [-1] * len(data)
    (found,) = decode_properties(bytes([number]) + value)
    assert found == Property(number, meaning)
    assert show_property(found) == f"{NAMES[number]}={meaning}"


def test_places() -> None:
    """A property stands in the packets it may stand in, and once (§2.2.2.2)."""
    alias, expiry = b"\x23\0\5", b"\x02\0\0\0\1"
    assert walk(block(alias), PUBLISH) == (4, "")
    assert walk(block(alias), CONNACK)[1] == "property_misplaced"
    assert walk(block(expiry, expiry), WILL)[1] == "property_repeated"
    several = block(*([b"\x0b\x05"] * 2), *([b"\x26" + text("k") + text("v")] * 2))
    assert walk(several, PUBLISH) == (len(several), "")
    assert walk(several, SUBSCRIBE)[1] == "property_repeated"
    assert walk(block(b"\x7f\0"), CONNECT) == (-1, "properties")
    assert walk(b"\x05\x23", PUBLISH) == (-1, "truncated")
    assert is_block(array(block(alias)), 0, 4, PUBLISH)
    assert not is_block(array(block(alias)), 0, 4, CONNECT)


@given(st.binary(max_size=50), st.integers(0, 15))
def test_any_block(data: bytes, kind: int) -> None:
    """Any bytes are walked to their end or refused, and decoded as far as they go."""
    end, _ = walk(data, kind)
    assert -1 <= end <= len(data)
    assert len(decode_properties(data)) <= MOST_PROPERTIES
    assert bool(is_block(array(data), 0, len(data), kind)) <= (end > 0)


def test_user_properties_are_bounded() -> None:
    """A block may repeat them at will; MOST_PROPERTIES are read."""
    many = (b"\x26" + text("k") + text("v")) * (MOST_PROPERTIES + 5)
    assert len(decode_properties(many)) == MOST_PROPERTIES


def test_a_malformed_block_is_a_row() -> None:
    """The PUBLISH is malformed; the connection goes on."""
    found = records(modern().ask(publish(properties=b"\x02\x7f\0")).ask(publish(properties=b"\0")))
    assert [(r["error.code"], r["mqtt.payload.sample"]) for r in found[1:]] == [("properties", None), (None, "21.5")]
