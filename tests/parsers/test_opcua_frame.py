"""Where an OPC UA message chunk begins and ends, and what tells it from other protocols."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.opcua_frame import SIZE_MAX, find_opcua, measure_opcua, recognise_opcua
from parsers.protocol import REPLY, REQUEST
from tests.support.opcua_bytes import acknowledge, chunk, encode, failure, fill, hello, opening, pack, ua
from tests.support.opcua_turns import read_turns

READ, ANSWER = chunk(encode(fill(ua.ReadRequest))), chunk(encode(fill(ua.ReadResponse)))
OPEN = opening(encode(fill(ua.OpenSecureChannelRequest)))
GRANT = opening(encode(fill(ua.OpenSecureChannelResponse)))
ENCRYPTED = chunk(bytes(range(100, 180)))


def recognise(content: bytes, *, served: bool = False, whole: bool = False) -> tuple[int, int]:
    """Verdict and role of bytes."""
    verdict, role = recognise_opcua(np.frombuffer(content, dtype=np.uint8), 0, len(content), served, whole)
    return int(verdict), int(role)


def measure(content: bytes) -> int:
    """Length by the header."""
    return int(measure_opcua(np.frombuffer(content, dtype=np.uint8), 0, len(content), True))


@pytest.mark.parametrize(
    ("content", "role"),
    [
        (hello(), REQUEST), (acknowledge(), REPLY), (failure(), REPLY), (pack(b"RHEF", bytes(8)), REPLY),
        (OPEN, REQUEST), (GRANT, REPLY), (READ, REQUEST), (ANSWER, REPLY),
        (opening(bytes(90), policy="http://opcfoundation.org/UA/SecurityPolicy#Basic256", certificate=b"c" * 9), 0),
    ],
)  # fmt: skip
def test_messages_are_recognised(content: bytes, role: int) -> None:
    """Every kind of message on any port, with the role its bytes tell; its beginnings need more bytes."""
    assert recognise(content) == (1, role)
    assert measure(content) == len(content)
    assert all(recognise(content[:size])[0] >= 0 for size in range(len(content)))
    assert recognise(content[:5]) == (0, 0)


def test_encrypted_messages_without_a_handshake() -> None:
    """They are taken on a usual port, and elsewhere where nothing contradicts."""
    assert recognise(ENCRYPTED, served=True) == (1, 0)
    assert recognise(ENCRYPTED) == (1, 0)
    assert recognise(ENCRYPTED + b"GET / HTTP/1.1") == (-1, 0)


@pytest.mark.parametrize(
    "content",
    [
        b"GET / HTTP/1.1\r\n\r\n", b"HELO mail.example\r\n", b"MSGX\x20\x00\x00\x00" + bytes(40), b"ERROR: no\r\n",
        b"ACKF\x1d\x00\x00\x00" + bytes(30), b"HELF\xff\xff\xff\x00" + bytes(40), b"OPNF" + bytes(60),
        pack(b"OPNF", bytes(4) + b"\x10\x00\x00\x00not a policy at all" + bytes(40)), b"\x10\x0e\x00\x04MQTT",
        struct.pack("<4sI", b"MSGF", SIZE_MAX + 1) + bytes(40), b"\x00\x01\x00\x00\x00\x06\x01\x03\x00\x00\x00\x01",
    ],
)  # fmt: skip
def test_others_are_not_taken(content: bytes) -> None:
    """Other protocols, and headers that cannot be."""
    assert recognise(content, served=True) == (-1, 0)


def test_datagrams_are_not_taken() -> None:
    """This encoding is spoken over TCP only."""
    assert recognise(READ, whole=True) == (-1, 0)


def test_the_next_message_is_found() -> None:
    """After lost or damaged bytes, even when its header is not whole."""
    garbage = b"MSG\x00 HELLO ERR" + bytes(9)
    content = garbage + READ + ANSWER
    buf = np.frombuffer(content, dtype=np.uint8)
    assert find_opcua(buf, 0, len(buf), True) == len(garbage)
    assert find_opcua(buf, len(garbage) + 1, len(buf), True) == len(garbage) + len(READ)
    part = np.frombuffer(garbage + b"MSG", dtype=np.uint8)
    assert find_opcua(part, 4, len(part), True) == len(garbage)
    assert find_opcua(buf[:4], 1, 4, True) == 4


@given(st.binary(max_size=60), st.integers(0, 70))
def test_any_bytes(content: bytes, at: int) -> None:
    """Nothing raises; a length is never below a header, a place never beyond the end."""
    buf = np.frombuffer(content, dtype=np.uint8)
    at = min(at, len(content))
    size = measure_opcua(buf, at, len(buf), True)
    assert size in (-1, 0) or 16 <= size <= SIZE_MAX
    assert at <= find_opcua(buf, at, len(buf), True) <= len(buf)
    assert recognise(content)[0] in (-1, 0, 1)


@pytest.mark.needs_tshark
def test_captures_of_the_reference(shared: Path) -> None:
    """Every chunk there is recognised alone, but for encrypted ones without evidence of a role."""
    for path in sorted((shared / "captures" / "opcua").glob("*.pcap")):
        for turn in read_turns(path):
            verdict, role = recognise(turn.content)
            assert verdict == 1
            assert role in (0, REPLY if turn.from_server else REQUEST)
