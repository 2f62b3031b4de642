"""Identifiers read and found in texts."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.identifier import FOUND_MOST, SCANNED, find_identifiers, parse_identifier

BID = "did:bid:ef14uPsX7XYLzsU4t2rnRrsK2zfUbW3r"


@pytest.mark.parametrize(
    ("text", "scheme", "found"),
    [
        ("88.608.8889/META_x", "", "vaa"),
        ("88.608.8889", "", "vaa"),
        ("20.500.1/a", "", "handle"),
        ("anything/at all", "", "handle"),
        ("1.2.156.3088.1", "", "oid"),
        ("urn:oid:2.16", "", "oid"),
        ("urn:epc:id:sgtin:0614141.112345.400", "", "epc"),
        ("https://id.gs1.org/01/00614141322602", "", "gtin"),
        ("https://hdl.handle.net/20.1000/5", "", "handle"),
        (BID, "", "did_bid"),
        ("6901234567892", "gtin", "gtin"),
        ("10001234567890", "ecode", "ecode"),
        ("1.2", "oid", "oid"),
    ],
)
def test_one_identifier(text: str, scheme: str, found: str) -> None:
    """The form or the context tells the scheme."""
    identifier = parse_identifier(text, scheme)
    assert identifier is not None
    assert (identifier.scheme, identifier.valid) == (found, True)


@pytest.mark.parametrize("text", ["", "6901234567892", "plc-1", "10.0.0.1", "https://example.cn/x", "did:web:a"])
def test_no_identifier(text: str) -> None:
    """Digits alone, host names and addresses are none."""
    assert parse_identifier(text) is None


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("park/88.608.8889/OBJ1", ["88.608.8889/OBJ1"]),
        ('{"handle": "88.1021.150/x", "gtin":"6901234567892"}', ["88.1021.150/x", "6901234567892"]),
        ('{"ecode":"10001234567890","count":"10001234567890"}', ["10001234567890"]),
        ("see urn:epc:id:sgtin:0614141.112345.400, thanks", ["urn:epc:id:sgtin:0614141.112345.400"]),
        ("!^.*$!https://x.cn/a/01/00614141322602?x=1!", ["https://x.cn/a/01/00614141322602"]),
        ("snmp 1.3.6.1.4.1.9 and 2.16.156.10.", ["1.3.6.1.4.1.9", "2.16.156.10"]),
        (f"{BID} {BID}#k", [BID]),
        ("https://doi.org/10.1234/abc.", ["10.1234/abc"]),
        ("/api/handles/300:20.500.12345/abc", ["300:20.500.12345/abc"]),
        ('{"data":{"note":"88.608.1/a b"}}', ["88.608.1/a"]),
        ("0.NA/88.608", ["0.NA/88.608"]),
    ],
)
def test_mentions(text: str, values: list[str]) -> None:
    """Forms that say what they are, and JSON keys that say what their value is, are found in their order."""
    assert [identifier.value for identifier in find_identifiers(text)] == values


@pytest.mark.parametrize(
    "text",
    [
        "10.0.0.0/8 10.10.0.0/16 192.168.1.1",
        "88.1.2.3/24 86.100.20.3/24",
        "temperature/88.6 21.5/22.5 v10.2/x",
        "6901234567892 2026-11-21T10:00:00",
        '{"id":"a/b","value":"1","handle":5}',
        "spBv1.0/plant/DDATA/edge",
        "https://example.cn/01/02/index.html",
    ],
)
def test_no_mentions(text: str) -> None:
    """Networks, measurements, times and plain paths are no identifiers."""
    assert find_identifiers(text) == []


def test_searching_is_bounded() -> None:
    """Only the beginning of a text is searched, and no text gives very many."""
    assert find_identifiers(" " * SCANNED + BID) == []
    many = " ".join(f"88.608.1/{number}" for number in range(2 * FOUND_MOST))
    assert len(find_identifiers(many)) == FOUND_MOST


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.one_of(st.text(max_size=10), st.sampled_from(("88.608.1/", "did:bid:", '":"', "urn:epc:id:sgtin:", "."))),
        max_size=8,
    )
)
def test_any_text(parts: list[str]) -> None:
    """No text raises anything; what is found stands in the text."""
    text = "".join(parts)
    parse_identifier(text)
    for identifier in find_identifiers(text):
        assert identifier.value in text
