"""Where MQTT packets begin and end, and what is taken for MQTT."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.mqtt_frame import LONGEST_UNSURE, check_packet, find_mqtt, measure_mqtt, read_varint, recognise_mqtt
from parsers.protocol import REPLY, REQUEST
from tests.support.conversations import ANSWER, READ, mbap
from tests.support.mqtt_packets import (
    DISCONNECT,
    PINGREQ,
    PINGRESP,
    acknowledge,
    array,
    connack,
    connect,
    packet,
    publish,
    subscribe,
    unsubscribe,
    varint,
)

SOUND = (
    connect(), connect(level=3), connect(level=5), connack(), connack(properties=b"\0"), publish(), publish(qos=2),
    acknowledge(0x40), acknowledge(0x50), acknowledge(0x62), acknowledge(0x70), acknowledge(0x40, rest=b"\x10\0"),
    subscribe(("a/#", 1)), subscribe(("a", 0), properties=b"\0"), acknowledge(0x90, rest=b"\1"), unsubscribe("a"),
    acknowledge(0xB0), acknowledge(0xB0, rest=b"\0\0"), PINGREQ, PINGRESP, DISCONNECT, packet(0xE0, b"\x04"),
    packet(0xF0, b"\x18\0"),
)  # fmt: skip


def recognise(data: bytes, *, served: bool = False, whole: bool = False) -> tuple[int, int]:
    """What the first bytes of a side are taken for."""
    verdict, role = recognise_mqtt(array(data), 0, len(data), served, whole)
    return int(verdict), int(role)


@pytest.mark.parametrize(("number", "size"), [(0, 1), (127, 1), (128, 2), (16_383, 2), (16_384, 3), (268_435_455, 4)])
def test_variable_byte_integers(number: int, size: int) -> None:
    """The values of 5.0, table 1-1."""
    data = array(varint(number))
    assert len(data) == size
    assert read_varint(data, 0, size) == (number, size)
    assert read_varint(data, 0, size - 1) == (0, 0)


def test_an_integer_of_five_bytes_is_none() -> None:
    """The fourth byte may not announce a fifth (5.0 §1.5.5)."""
    assert read_varint(array(b"\xff\xff\xff\xff\x01"), 0, 5) == (0, -1)
    assert measure_mqtt(array(b"\x30\xff\xff\xff\xff\x01"), 0, 6, True) == -1


@pytest.mark.parametrize("data", SOUND, ids=lambda data: data[:8].hex())
def test_packets_are_measured(data: bytes) -> None:
    """A packet is as long as it is, in pieces it needs more, and every one is well formed."""
    noise = array(data + PINGREQ)
    assert measure_mqtt(noise, 0, len(noise), True) == len(data)
    assert measure_mqtt(noise, 0, 1, True) == 0
    assert check_packet(noise, 0, len(data)) == len(data)
    assert all(check_packet(noise, 0, end) in (0, len(data)) for end in range(1, len(data)))


@pytest.mark.parametrize(
    "first", [0x00, 0x0F, 0x11, 0x36, 0x41, 0x80, 0xA0, 0xC1, 0xF1], ids=lambda first: f"{first:02x}"
)
def test_odd_headers_are_believed_where_a_packet_follows(first: int) -> None:
    """Reserved types and flags end where their length says, if what follows can be a packet."""
    data = packet(first, b"\0\1abc")
    for behind, size in ((b"", len(data)), (PINGREQ, len(data)), (b"\xff\xff", -1)):
        assert measure_mqtt(array(data + behind), 0, len(data + behind), True) == size
    long = bytes([first]) + varint(LONGEST_UNSURE)
    assert measure_mqtt(array(long), 0, len(long), True) == -1


@given(noise=st.binary(max_size=30), which=st.sampled_from(SOUND))
def test_the_next_packet_is_found(noise: bytes, which: bytes) -> None:
    """Behind any bytes a packet is found no later than where it begins."""
    data = array(noise + which)
    at = find_mqtt(data, 0, len(data), True)
    assert at <= len(noise)
    assert check_packet(data, at, len(data)) > 0


@pytest.mark.parametrize("level", [3, 4, 5, 0x84])
def test_a_connect_is_certain(level: int) -> None:
    """A CONNECT is MQTT on any port, and from its first bytes on not given up."""
    data = connect(level=level) if level < 6 else connect(level=4).replace(b"MQTT\x04", b"MQTT\x84")
    assert recognise(data) == (1, REQUEST)
    assert {recognise(data[:size])[0] for size in range(1, len(data) + 1)} <= {0, 1}
    assert recognise(data, whole=True) == (-1, 0)


@pytest.mark.parametrize(
    ("data", "served", "verdict"),
    [
        (publish(), False, (0, 0)),
        (publish() + PINGREQ, False, (1, REQUEST)),
        (publish() + publish(), False, (1, 0)),
        (PINGREQ + PINGREQ, False, (-1, 0)),
        (PINGREQ, True, (1, REQUEST)),
        (publish(), True, (1, 0)),
        (connack(), True, (1, REPLY)),
        (publish("", b"x"), True, (-1, 0)),
        (publish("a/#"), True, (-1, 0)),
        (publish("a\0"), True, (-1, 0)),
        (packet(0x10, b"\0\4MQTX\4\2\0\0\0\0"), True, (-1, 0)),
    ],
)
def test_without_a_connect(data: bytes, served: bool, verdict: tuple[int, int]) -> None:
    """A known port vouches for one packet; elsewhere it takes two, one with a topic."""
    assert recognise(data, served=served) == verdict


@pytest.mark.parametrize(
    "data",
    [
        mbap(READ), mbap(ANSWER), b"GET / HTTP/1.1\r\n", b"POST /a HTTP/1.1\r\n", b"HTTP/1.1 200 OK\r\n\r\n",
        bytes.fromhex("160301020001000001fc0303"), b"SSH-2.0-OpenSSH_9.2\r\n", b"HELF\x20\0\0\0\0\0\0\0",
        bytes.fromhex("302902010104067075626c6963a01c0204"), bytes.fromhex("0300001611e00000001400c1020100c2020102"),
        bytes.fromhex("680407000000"), bytes.fromhex("056405c001000004e921"), b"220 ftp ready\r\n", b"00000000",
        bytes.fromhex("0a0b0100000100000000000003777777"), b"\0\0\0\x2f\xfeSMB",
        b"0\x0c\x02\x01\x01`\x07\x02\x01\x03\x04\0\x80\0",
    ],
    ids=lambda data: data[:6].hex(),
)  # fmt: skip
def test_other_protocols_are_not_taken(data: bytes) -> None:
    """First messages of other protocols are refused, whatever the port."""
    for served in (False, True):
        assert recognise(data, served=served) == (-1, 0)


@given(st.binary(max_size=40), st.booleans())
def test_any_bytes(data: bytes, served: bool) -> None:
    """Any bytes give a verdict, and lengths that can be."""
    assert recognise(data, served=served)[0] in (-1, 0, 1)
    buf = array(data)
    for at in range(len(data)):
        assert measure_mqtt(buf, at, len(data), True) >= -1
        assert check_packet(buf, at, len(data)) >= -1
    assert 0 <= find_mqtt(buf, 0, len(data), False) <= len(data)
