"""JA4."""

from __future__ import annotations

import hashlib

import pytest

from parsers.tls import ClientHello, parse_client_hello
from parsers.tls_fingerprint import fingerprint_client
from tests.support.tls_records import CIPHERS, JA4, client_hello


def test_the_example_of_the_specification() -> None:
    """The lists of the published example, GREASE among them, give the published fingerprint."""
    assert fingerprint_client(parse_client_hello(client_hello()))[0] == JA4


def test_a_published_capture() -> None:
    """Lists that FoxIO publishes of a browser whose signature schemes hold GREASE give the fingerprint it publishes."""
    extensions = "0010,0017,0033,44cd,ff01,000a,000d,0023,002b,000b,ca34,002d,0000,0005,001b,0012,fe0d"
    schemes = "0904,0905,0906,0403,0804,0401,0503,0805,0501,0806,0601"
    hello = ClientHello(
        version=0x0303, versions=[0x0304], ciphers=[0x0A0A, *CIPHERS], alpn=[b"h2"],
        extensions=[int(one, 16) for one in extensions.split(",")],
        schemes=[0x1A1A, *(int(one, 16) for one in schemes.split(","))],
    )  # fmt: skip
    fingerprint, raw = fingerprint_client(hello)
    assert fingerprint == "t13d1517h2_8daaf6152771_cb7bf5808d99"
    assert raw.split("_")[3] == schemes
    assert raw.split("_")[2].startswith("0005,000a,000b,000d,0012,0017")


def test_computed_by_hand() -> None:
    """The hashes are those of the sorted lists; without schemes there is no underscore."""
    hello = ClientHello(version=0x0301, ciphers=[0xC00A, 0x0005], extensions=[10, 5])
    ciphers, extensions = (hashlib.sha256(text).hexdigest()[:12] for text in (b"0005,c00a", b"0005,000a"))
    assert fingerprint_client(hello) == (f"t10i020200_{ciphers}_{extensions}", "t10i020200_0005,c00a_0005,000a")


def test_nothing_offered() -> None:
    """Empty lists are zeros; counts end at 99; unknown versions are 00."""
    assert fingerprint_client(ClientHello())[0] == "t00i000000_000000000000_000000000000"
    assert fingerprint_client(ClientHello(version=0x0300, ciphers=[1] * 200))[0].startswith("ts3i990000_")


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        (b"h2", "h2"), (b"http/1.1", "h1"), (b"x", "xx"), (b"", "00"), (b"\xab", "ab"), (b"\xab\xcd", "ad"),
        (b"\x30\xab", "3b"), (b"\x30\x31\xab\xcd", "3d"), (b"\x30\xab\xcd\x31", "01"),
    ],
)  # fmt: skip
def test_letters_of_the_first_protocol(name: bytes, letters: str) -> None:
    """The examples of the specification for names that are no text."""
    assert fingerprint_client(ClientHello(alpn=[name, b"zz"]))[0].partition("_")[0].endswith(letters)
