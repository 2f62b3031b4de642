"""Decentralised identifiers of China."""

from __future__ import annotations

import pytest

from parsers.identifier_did import count_base58, parse_did

BID = "ef14uPsX7XYLzsU4t2rnRrsK2zfUbW3r"


@pytest.mark.parametrize(
    ("text", "scheme", "prefix"),
    [
        (f"did:bid:{BID}", "did_bid", ""),
        (f"did:bid:ac9t:{BID}", "did_bid", "ac9t"),
        (f"did:bid:{BID}#key-1", "did_bid", ""),
        ("did:bid:byo1", "did_bid", "byo1"),
        ("did:vaa:" + "3" * 29, "did_vaa", ""),
        ("did:vaa:IDcontract1:86.100.1234/abc", "did_vaa", "86.100.1234"),
        ("did:cn:86.100.5", "did_cn", "86.100"),
    ],
)
def test_good_ones(text: str, scheme: str, prefix: str) -> None:
    """Forms of the three methods; fragment and query are left out of the normal form."""
    found = parse_did(text)
    assert found is not None
    assert (found.scheme, found.prefix, found.reasons) == (scheme, prefix, ())
    assert found.normalized == text.split("#", maxsplit=1)[0]


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        ("did:bid:xx123", ("syntax",)),
        ("did:bid:ef123", ("length",)),
        ("did:bid:ef" + "0" * 22, ("alphabet",)),
        ("did:bid:ef" + "z" * 22, ("hash_length",)),
        ("did:bid:zs" + "a" * 31, ("length",)),
        ("did:bid:et" + "A" * 42, ("alphabet",)),
        ("did:vaa:short", ("syntax",)),
        ("did:cn:8.100.5", ("syntax",)),
    ],
)
def test_broken_rules(text: str, reasons: tuple[str, ...]) -> None:
    """Length, alphabet and, in Base58, the 22 bytes of the hash are checked."""
    found = parse_did(text)
    assert found is not None
    assert found.reasons == reasons


@pytest.mark.parametrize("text", ["", "did:web:a", "did:bid:", "DID:BID:byo1", "x did:bid:byo1"])
def test_other_texts(text: str) -> None:
    """Other methods and texts are none."""
    assert parse_did(text) is None


def test_bytes_of_base58() -> None:
    """A leading 1 is a zero byte."""
    assert [count_base58(text) for text in ("", "1", "11", "2", "5Q", "5R", BID[2:])] == [0, 1, 2, 1, 1, 2, 22]
