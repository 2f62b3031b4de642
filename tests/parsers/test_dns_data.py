"""Data of DNS records as text."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.dns_data import decode_data, decode_naptr, find_subnet, list_options
from tests.support.dns_messages import name, string


def content(kind: int, data: bytes) -> bytes:
    """Content as the kernel writes it."""
    return struct.pack("!H", kind) + data


@pytest.mark.parametrize(
    ("kind", "data", "text"),
    [
        (1, bytes([192, 0, 2, 1]), "192.0.2.1"),
        (28, bytes.fromhex("20010db8") + bytes(11) + b"\1", "2001:db8::1"),
        (13, string("AMD64") + string("Linux"), '"AMD64" "Linux"'),
        (12, name("plc.example.cn"), "plc.example.cn"),
        (17, name("a") + name("b"), "a b"),
        (26, b"\0\1" + name("a") + name("b"), "1 a b"),
        (43, struct.pack("!HBB", 60485, 5, 1) + b"\x2b\xb1", "60485 5 1 2bb1"),
        (257, b"\0" + string("issue") + b"ca.example.net", '0 issue "ca.example.net"'),
        (256, b"\0\x0a\0\1ftp://ftp1.example.com", '10 1 "ftp://ftp1.example.com"'),
        (47, name("host") + b"\0\6\x40\1\0\0\0\3", "host A MX RRSIG NSEC"),
        (
            46,
            struct.pack("!HBBIIIH", 1, 5, 3, 86400, 2, 1, 2642) + name("example.com") + b"\1",
            "A 5 3 86400 2 1 2642 example.com 01",
        ),
        (64, b"\0\1" + name("svc") + b"\0\3\0\2\x20\xfb\0\4\0\4\xc0\0\2\1", "1 svc port=8443 ipv4hint=192.0.2.1"),
        (65, b"\0\1\0\0\5\0\2ab", "1 . ech=6162"),
        (65, b"\0\1\0\0\2\0\0", "1 . no-default-alpn"),
        (65_280, b"\1\2", "\\# 2 0102"),
        (65_280, b"", "\\# 0"),
    ],
)
def test_text_of_data(kind: int, data: bytes, text: str) -> None:
    """Each type is written as in a zone file (RFC 1035 §5.1, 2782, 3403, 4034, 7553, 8659, 9460; unknown: 3597 §5)."""
    assert decode_data(content(kind, data)) == text


@pytest.mark.parametrize(
    ("kind", "data"), [(1, b"abc"), (28, b"abc"), (33, b"\0\1\0"), (35, b"\0\1\0\2\7u"), (46, b"a")]
)
def test_data_that_does_not_fit(kind: int, data: bytes) -> None:
    """Data that is not as its type says is told as bytes."""
    assert decode_data(content(kind, data)) == f"\\# {len(data)} {data.hex()}"


def test_strings_that_are_cut() -> None:
    """The last string of a text record may be cut where long texts are."""
    assert decode_data(content(16, b"\x05ab")) == '"ab"'


def test_parts_of_a_naptr_record() -> None:
    """Order, preference, flags, services, regexp and replacement (RFC 3403 §4.1); a broken one is empty."""
    data = b"\0\x64\0\x0a" + string("s") + string("SIP+D2U") + string("") + name("_sip._udp.a.cn")
    assert decode_naptr(content(35, data)) == (100, 10, "s", "SIP+D2U", "", "_sip._udp.a.cn")
    assert decode_naptr(content(35, b"\0\1")) == (0, 0, "", "", "", "")


def test_options() -> None:
    """Codes are listed in order; the subnet of RFC 7871 is an address and a length."""
    subnet = struct.pack("!HHHBB", 8, 11, 2, 56, 0) + bytes.fromhex("20010db8000001")
    options = struct.pack("!HH", 10, 0) + subnet
    assert (list_options(options), find_subnet(options)) == ([10, 8], "2001:db8:0:100::/56")
    assert (list_options(options + b"\0"), find_subnet(b"")) == ([10, 8], "")
    assert find_subnet(struct.pack("!HHHBB", 8, 4, 1, 33, 0)) == ""
    assert find_subnet(struct.pack("!HHHBB", 8, 4, 3, 0, 0)) == ""


@settings(max_examples=300, deadline=None)
@given(st.sampled_from((1, 6, 12, 13, 15, 16, 28, 33, 35, 43, 46, 47, 64, 65, 256, 257)), st.binary(max_size=60))
def test_any_bytes(kind: int, data: bytes) -> None:
    """No bytes raise anything; the text can be printed."""
    assert decode_data(content(kind, data)).isprintable()
    assert len(decode_naptr(content(35, data))) == 6
    assert isinstance(find_subnet(data), str)
    assert len(list_options(data)) <= 15
