"""Data of handle values by type."""

from __future__ import annotations

import hashlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.handle_value import (
    Administrator,
    BrokenDataError,
    Reader,
    read_administrator,
    read_references,
    read_site,
    read_site_fact,
    read_value,
    show_bytes,
)
from parsers.spans import TEXT_BYTES
from tests.support.handles import admin, site, text

KEY = text("RSA_PUB_KEY") + bytes(2) + text(b"\x01\x00\x01") + text(bytes(128))


def test_administrators() -> None:
    """Permissions come first, then handle and index; two more bytes of older records do not matter."""
    data = bytes.fromhex("0fff0000000e38382e3130302e312f61646d696e0000012d")
    assert read_administrator(data) == Administrator(4095, b"88.100.1/admin", 301)
    assert read_administrator(data + bytes(2)).index == 301
    fact = read_value(b"HS_ADMIN", data)
    assert (fact.kind, fact.text) == ("HS_ADMIN", "301:88.100.1/admin permissions 0x0fff")


def test_sites() -> None:
    """A site tells its serial, and of each server address, key and interfaces."""
    fact = read_value(b"HS_SITE.PREFIX", site("10.20.30.40", 2641, KEY, serial=9))
    assert (fact.serials, fact.addresses, fact.interfaces) == ((9,), ["10.20.30.40"], ["tcp://10.20.30.40:2641"])
    assert (list(fact.key_types), list(fact.key_hashes)) == (["RSA_PUB_KEY"], [hashlib.sha256(KEY).hexdigest()])
    assert read_site_fact(site()).text == "serial 6 tcp://10.20.30.40:2641"


@pytest.mark.parametrize(
    ("address", "host"),
    [
        (bytes(12) + bytes([10, 0, 0, 1]), "10.0.0.1"),
        (bytes(10) + b"\xff\xff" + bytes([10, 0, 0, 1]), "10.0.0.1"),
        (bytes.fromhex("20010db8") + bytes(11) + b"\x01", "2001:db8::1"),
        (bytes(15) + b"\x01", "::1"),
    ],
)
def test_addresses(address: bytes, host: str) -> None:
    """IPv4 comes behind zeros (CNRI) or as a mapped address (RFC 3651 §3.2.2)."""
    data = bytearray(site())
    at = data.index(bytes([10, 20, 30, 40])) - 12
    data[at : at + 16] = address
    assert read_site(bytes(data)).servers[0].host == host


def test_keys_and_lists() -> None:
    """A public key shows its type and digest, a list its references."""
    assert read_value(b"HS_PUBKEY", KEY).text == f"RSA_PUB_KEY sha256 {hashlib.sha256(KEY).hexdigest()}"
    data = struct.pack("!I", 2) + text("88.1/a") + struct.pack("!I", 300) + text("88.1/b") + struct.pack("!I", 301)
    assert read_references(data) == [(b"88.1/a", 300), (b"88.1/b", 301)]
    assert read_value(b"HS_VLIST", data).text == "300:88.1/a, 301:88.1/b"


def test_secret_keys_are_not_kept() -> None:
    """Of a secret key only its length is said."""
    fact = read_value(b"HS_SECKEY", b"pw123456")
    assert fact.secret
    assert fact.text == "(8 bytes, not kept)"


def test_text_and_bytes() -> None:
    """Text is shown as it is, bytes in hexadecimal, and both are cut."""
    assert show_bytes("数控机床-07".encode()) == "数控机床-07"
    assert show_bytes(b"a\tb") == "a\\tb"
    assert show_bytes(b"\x00\x01") == "0x0001"
    assert show_bytes(b"\xff") == "0xff"
    assert show_bytes(b"x" * 2_000) == "x" * TEXT_BYTES + "\u2026"
    assert show_bytes("床".encode() * 700).startswith("床床")
    assert len(show_bytes(bytes(5_000))) < 600
    assert list(read_value(b"URL", b"http://a/").urls) == ["http://a/"]


@pytest.mark.parametrize("kind", ["HS_ADMIN", "HS_SITE", "HS_PUBKEY", "HS_VLIST", "HS_NA_DELEGATE", "URL"])
@given(content=st.binary(max_size=80))
def test_any_data_is_read(kind: str, content: bytes) -> None:
    """No data raises; what does not fit is shown as bytes."""
    assert read_value(kind.encode(), content).kind == kind


@pytest.mark.parametrize("data", [admin("88.1/a", 300), site(key=KEY)])
def test_cut_data_is_broken(data: bytes) -> None:
    """Data that ends early is never read beyond its end."""
    read = read_administrator if data[:2] == b"\x0f\xff" else read_site
    for size in range(len(data)):
        with pytest.raises(BrokenDataError):
            read(data[:size])


def test_counts_are_bounded() -> None:
    """A count that is not believable ends the reading."""
    with pytest.raises(BrokenDataError):
        read_references(b"\xff\xff\xff\xff" + bytes(8_000))
    with pytest.raises(BrokenDataError):
        Reader(b"abc").take(4)
