"""Object identifiers."""

from __future__ import annotations

import pytest

from parsers.identifier_oid import parse_oid


@pytest.mark.parametrize("text", ["1.2.156.3088.1", "urn:oid:2.16.156.101818.102.1", "oid:2.999", "0.39", "2.48.0"])
def test_good_ones(text: str) -> None:
    """Dotted arcs without leading zeros (RFC 3061 §3)."""
    found = parse_oid(text)
    assert found is not None
    assert found.valid
    assert found.normalized == "urn:oid:" + text.rpartition(":")[2]


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        ("1", ("too_few_arcs",)),
        ("1.02.3", ("leading_zero",)),
        ("3.1.2", ("first_arc",)),
        ("1.40.1", ("second_arc",)),
        ("urn:oid:0.40", ("second_arc",)),
    ],
)
def test_broken_rules(text: str, reasons: tuple[str, ...]) -> None:
    """The first arc is 0, 1 or 2, and below 0 and 1 the second is at most 39 (X.660 §7.6)."""
    found = parse_oid(text)
    assert found is not None
    assert found.reasons == reasons


@pytest.mark.parametrize("text", ["", "1.", ".1", "1..2", "a.b", "1.2.x", "\u0661.\u0662", "1.2/3"])
def test_other_texts(text: str) -> None:
    """Anything but dotted decimal numbers is none."""
    assert parse_oid(text) is None


def test_parts() -> None:
    """The last arc is the suffix."""
    found = parse_oid("1.2.156.10")
    assert found is not None
    assert (found.prefix, found.suffix, found.scheme) == ("1.2.156", "10", "oid")
