"""GS1 keys, EPC URNs and Digital Links."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.identifier_gs1 import KEYS, compute_check_digit, parse_epc, parse_key, parse_link


@pytest.mark.parametrize(
    ("digits", "check"), [("690123456789", 2), ("0061414132260", 2), ("629104150021", 3), ("0", 0)]
)
def test_check_digits(digits: str, check: int) -> None:
    """Weights 3 and 1 from the right (General Specifications §7.9)."""
    assert compute_check_digit(digits) == check


@given(st.text("0123456789", min_size=7, max_size=17), st.integers(0, 16), st.integers(1, 9))
def test_a_wrong_digit_is_found(digits: str, at: int, more: int) -> None:
    """Every change of one digit changes the check digit."""
    at %= len(digits)
    changed = digits[:at] + str((int(digits[at]) + more) % 10) + digits[at + 1 :]
    assert compute_check_digit(changed) != compute_check_digit(digits)


@pytest.mark.parametrize(
    ("text", "scheme", "normalized", "reasons"),
    [
        ("6901234567892", "gtin", "gtin:06901234567892", ()),
        ("00614141322602", "gtin", "gtin:00614141322602", ()),
        ("96385074", "gtin", "gtin:00000096385074", ()),
        ("690 1234-567892", "gtin", "gtin:06901234567892", ()),
        ("6901234567893", "gtin", "gtin:06901234567893", ("check_digit",)),
        ("690123456789", "gln", "gln:690123456789", ("length",)),
        ("69012345678ab", "gln", "gln:69012345678ab", ("not_digits",)),
        ("106141412345678908", "sscc", "sscc:106141412345678908", ()),
        ("6901234567892ABC-1", "grai", "grai:6901234567892ABC-1", ()),
        ("6901234567892" + "x" * 17, "grai", "grai:6901234567892" + "x" * 17, ("serial",)),
        ("6901234567892a b", "gdti", "gdti:6901234567892a b", ("serial",)),
    ],
)
def test_keys(text: str, scheme: str, normalized: str, reasons: tuple[str, ...]) -> None:
    """Digits, lengths, check digits and serial numbers; a GTIN is told with 14 digits."""
    found = parse_key(text, scheme)
    assert found is not None
    assert (found.normalized, found.reasons, found.valid) == (normalized, reasons, not reasons)


def test_a_scheme_without_check_digit_is_none_of_the_keys() -> None:
    """GIAI, GINC, GMN and CPID are not read as keys."""
    assert parse_key("123", "giai") is None
    assert set(KEYS) == {"gtin", "gln", "sscc", "gsrn", "gsin", "grai", "gdti", "gcn"}


@pytest.mark.parametrize(
    ("text", "prefix", "suffix", "reasons"),
    [
        ("urn:epc:id:sgtin:0614141.112345.400", "0614141", "112345.400", ()),
        ("urn:epc:id:sscc:0614141.1234567890", "0614141", "1234567890", ()),
        ("urn:epc:id:sgln:0614141.12345.0", "0614141", "12345.0", ()),
        ("urn:epc:id:giai:0614141.A.1", "0614141", "A.1", ()),
        ("urn:epc:idpat:sgtin:0614141.112345.*", "0614141", "112345.*", ()),
        ("urn:epc:idpat:sgtin:0614141.*.*", "0614141", "*.*", ()),
        ("urn:epc:class:lgtin:4012345.012345.998877", "4012345", "012345.998877", ("unknown_scheme",)),
        ("URN:EPC:ID:SGTIN:0614141.112345.400", "0614141", "112345.400", ()),
        ("urn:epc:id:sgtin:0614141.112345", "0614141", "112345", ("serial",)),
        ("urn:epc:id:sgtin:0614141.11234.400", "0614141", "11234.400", ("length",)),
        ("urn:epc:id:sgtin:06141.11234567.4", "06141", "11234567.4", ("company_prefix",)),
        ("urn:epc:id:sgtin:06x4141.112345.4", "06x4141", "112345.4", ("not_digits",)),
        ("urn:epc:id:nothing:1.2", "1", "2", ("unknown_scheme",)),
        ("urn:epc:tag:sgtin-96:3.0614141.812345.6789", "3", "0614141.812345.6789", ()),
    ],
)
def test_epc(text: str, prefix: str, suffix: str, reasons: tuple[str, ...]) -> None:
    """Company prefix and reference have together the digits of their scheme (Tag Data Standard §6.3)."""
    found = parse_epc(text)
    assert found is not None
    assert (found.scheme, found.prefix, found.suffix, found.reasons) == ("epc", prefix, suffix, reasons)


def test_digital_links() -> None:
    """The key and its qualifiers stand in the path."""
    found = parse_link("https://id.example.cn/shop/01/00614141322602/10/AB?x=1")
    assert found is not None
    assert (found.scheme, found.normalized, found.valid) == ("gtin", "gtin:00614141322602/10/AB", True)
    wrong, open_ = parse_link("https://a.cn/01/00614141322603"), parse_link("https://a.cn/8004/0614141ABC")
    assert wrong is not None
    assert open_ is not None
    assert (wrong.reasons, open_.scheme, open_.valid) == (("check_digit",), "giai", True)
    assert parse_link("https://a.cn/02/1") is None


@given(st.text(max_size=40))
def test_any_text(text: str) -> None:
    """No text raises anything."""
    for scheme in KEYS:
        assert parse_key(text, scheme) is not None
    assert parse_epc("urn:epc:id:sgtin:" + text) is None or parse_epc(text) is None
    parse_link("https://a/01/" + text)
