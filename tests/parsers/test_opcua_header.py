"""Headers of OPC UA messages."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.message import BROKEN_BY_GAP, MALFORMED_BYTES, WHOLE
from parsers.opcua_buffers import make_buffers
from parsers.opcua_frame import CLO, HEL, MSG, OPN
from parsers.opcua_header import decode_headers, hide_encrypted
from parsers.opcua_pattern import make_patterns
from parsers.opcua_pdu import ERRORS, PDU
from parsers.opcua_program import PROGRAM
from tests.support.opcua_bytes import chunk, encode, fill, hello, opening, ua
from tests.support.opcua_turns import Turn, make_messages

READ = encode(fill(ua.ReadRequest))


def decode(content: bytes, status: int = WHOLE) -> Any:
    """The header of one chunk."""
    data, messages = make_messages([Turn(content, status=status)])
    pdus: Any = np.recarray(1, dtype=PDU)
    decode_headers(make_buffers(data, data[:0]), messages, pdus, PROGRAM, make_patterns())
    return pdus[0]


def test_numbers_of_a_message() -> None:
    """Channel, token, sequence number, request id, and the type of the body (§6.7.2)."""
    found = decode(chunk(READ, 9, sequence=51))
    assert (found.kind, found.channel, found.token, found.sequence, found.request) == (MSG, 7, 3, 51, 9)
    assert (found.type_id, found.body, found.clear, found.malformed) == (631, 24, 1, 0)


def test_numbers_of_an_opening() -> None:
    """What stands behind the policy, the certificate and the thumbprint."""
    content = opening(encode(fill(ua.OpenSecureChannelRequest)), 4)
    found = decode(content)
    assert (found.kind, found.channel, found.token, found.request, found.type_id) == (OPN, 7, -1, 4, 446)
    assert content[found.policy : found.policy + 4] == struct.pack("<i", 47)
    assert found.security_end == found.body - 8


def test_messages_without_a_channel() -> None:
    """A Hello's body begins behind its size."""
    found = decode(hello())
    assert (found.kind, found.body, found.channel, found.clear) == (HEL, 8, -1, 1)


def test_what_is_encrypted_is_forgotten() -> None:
    """Numbers read from ciphertext are none, unless the channel is known to be without protection."""
    pdus: Any = np.recarray(1, dtype=PDU)
    for unprotected in (0, 1):
        pdus[0] = decode(chunk(bytes(range(60)), kind="CLO"))
        assert pdus[0].kind == CLO
        pdus[0].unprotected = unprotected
        hide_encrypted(pdus)
        assert (pdus[0].opaque, pdus[0].request) == ((0, 1) if unprotected else (1, -1))


@pytest.mark.parametrize(("status", "error"), [(MALFORMED_BYTES, "header"), (BROKEN_BY_GAP, "gap")])
def test_what_the_stream_found_wrong(status: int, error: str) -> None:
    """It is told, and as much of the header as is there."""
    found = decode(chunk(READ)[:14], status)
    assert (ERRORS[found.error], found.malformed, found.channel, found.request) == (error, 1, 7, -1)


@given(st.binary(max_size=60), st.sampled_from([b"", b"MSGF", b"OPNF", b"CLOF", b"HELF"]))
def test_any_bytes(content: bytes, begin: bytes) -> None:
    """Nothing raises, and a body never begins beyond the end."""
    content = begin + content
    assert 0 <= decode(content).body <= len(content)
