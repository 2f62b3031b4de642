"""TLS handshake messages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.tls import is_grease, list_certificates, parse_client_hello, parse_curve, parse_server_hello
from tests.support.tls_records import CIPHERS, SCHEMES, client_hello, numbers, server_hello, vector


def test_a_client_hello() -> None:
    """What is offered, in its order; what is described leaves GREASE out."""
    hello = parse_client_hello(client_hello(session=b"s" * 32))
    assert (hello.version, hello.highest, hello.server_name, hello.broken) == (0x0303, 0x0304, "plc.example", False)
    assert (hello.ciphers[1:], hello.schemes, hello.session) == ([*CIPHERS], [*SCHEMES], b"s" * 32)
    described = hello.describe()
    assert described["supported_versions"] == ["1.3", "1.2"]
    assert described["supported_groups"] == ["x25519", "secp256r1"]
    assert described["alpn"] == ["h2", "http/1.1"]
    assert len(described["supported_ciphers"]) == len(CIPHERS)


def test_a_hello_without_extensions() -> None:
    """SSL 3.0 has none."""
    hello = parse_client_hello(b"\x03\x00" + bytes(32) + b"\0" + vector(numbers((0x39, 0x38))) + b"\x01\x00")
    assert (hello.highest, hello.ciphers, hello.extensions, hello.broken) == (0x0300, [0x39, 0x38], [], False)


def test_server_hellos() -> None:
    """Choices up to TLS 1.2, those of TLS 1.3, and the request for another hello."""
    hello = parse_server_hello(server_hello(extensions=numbers((16,)) + vector(vector(vector(b"mqtt", 1)))))
    assert (hello.version, hello.cipher, hello.alpn, hello.broken) == (0x0303, 0xC02F, "mqtt", False)
    extensions = numbers((51, 36, 29, 32)) + bytes(32) + numbers((41, 2, 0))
    hello = parse_server_hello(server_hello(0x0304, 0x1301, extensions=extensions))
    assert (hello.version, hello.cipher, hello.group, hello.has_key, hello.is_retry) == (
        0x0304,
        0x1301,
        29,
        True,
        False,
    )
    retry = bytes.fromhex("0303cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c00130100")
    assert parse_server_hello(retry).is_retry


@pytest.mark.parametrize("body", [client_hello(), server_hello(0x0304)])
def test_hellos_that_are_cut(body: bytes) -> None:
    """Wherever a hello ends too early it is broken, but where its extensions would begin."""
    parse = parse_client_hello if body == client_hello() else parse_server_hello
    whole = [end for end in range(len(body)) if not parse(body[:end]).broken]
    assert len(whole) <= 1


def test_other_messages() -> None:
    """The curve of a key exchange and the chain of certificates."""
    assert (parse_curve(b"\x03\x00\x17\x41"), parse_curve(b"\x01\x00\x17\x41"), parse_curve(b"")) == (23, -1, -1)
    assert list_certificates(vector(vector(b"one", 3) + vector(b"two", 3), 3)) == [b"one", b"two"]
    assert list_certificates(b"\xff\xff\xffabc") == list_certificates(b"") == []


def test_grease() -> None:
    """The sixteen values of RFC 8701."""
    assert sum(map(is_grease, range(65_536))) == 16
    assert is_grease(0x0A0A)
    assert not is_grease(0x0A1A)


@given(st.binary(max_size=120))
def test_any_bytes(body: bytes) -> None:
    """No bytes raise, and names are printable."""
    for start in (b"", client_hello()[:90]):
        assert parse_client_hello(start + body).server_name.isprintable()
        assert parse_server_hello(start + body).alpn.isprintable()
        list_certificates(start + body)
        parse_curve(start + body)
