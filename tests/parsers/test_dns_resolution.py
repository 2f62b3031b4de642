"""Names that resolve identifiers."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.dns_resolution import Resolved, resolve_name


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("025102.0073796.sgtin.id.onsepc.com", ("ons", "sgtin", "urn:epc:idpat:sgtin:0073796.025102.*", True)),
        ("0.0.6.2.2.3.1.4.1.4.1.6.0.gtin.gs1.id.onsepc.com", ("ons", "gtin", "gtin:00614141322602", True)),
        ("0.0.6.2.2.3.1.4.1.4.1.6.0.GTIN.GS1.ID.ONSEPC.com", ("ons", "gtin", "gtin:00614141322602", True)),
        ("3.2.1.gtin.gs1.id.onsepc.com", ("ons", "", "", None)),
        ("5.4.3.2.1.gtin.gs1.id.onsepc.com", ("ons", "gtin", "gtin:51234", False)),
        ("7.6.5.4.3.2.1.sgtin.id.ons-peer.eu", ("ons", "sgtin", "sgtin:1234567", None)),
        ("5.4.3.2.1.giai.gs1.id.onsepc.com", ("ons", "giai", "giai:12345", None)),
        ("onsepc.com", ("ons", "", "", None)),
        ("1.102.101818.156.16.2.oid-res.org", ("ors", "oid", "urn:oid:2.16.156.101818.102.1", True)),
        ("16.joint-iso-itu-t.oid-res.org", ("ors", "oid", "urn:oid:2.16", True)),
        ("99.1.oid-res.org", ("ors", "oid", "urn:oid:1.99", False)),
        ("www.oid-res.org", ("ors", "oid", "", False)),
        ("oid-res.org", ("ors", "", "", None)),
        ("4.3.2.1.6.8.e164.arpa", ("enum", "e164", "+861234", True)),
        ("5.2.0.192.in-addr.arpa", ("reverse", "ip", "192.0.2.5", True)),
        ("0.192.in-addr.arpa", ("reverse", "", "", None)),
        (
            "1." + "0." * 23 + "8.b.d.0.1.0.0.2.ip6.arpa",
            ("reverse", "ip", "2001:db8::1", True),
        ),
        ("x." * 32 + "ip6.arpa", ("reverse", "", "", None)),
    ],
)
def test_systems(name: str, found: tuple[str, str, str, bool | None]) -> None:
    """ONS 1.0 and 2.0.1, ORS, ENUM and reverse names, with the identifier or address they stand for."""
    assert resolve_name(name) == Resolved(*found)


@pytest.mark.parametrize("name", ["plc.example.cn", ".", "", "gtin.example.cn", "home.arpa", "notoid-res.org"])
def test_other_names(name: str) -> None:
    """Other names stand for nothing."""
    assert resolve_name(name) is None


@settings(max_examples=200, deadline=None)
@given(
    st.text(max_size=40), st.sampled_from(("", ".gtin.gs1.id.onsepc.com", ".oid-res.org", ".in-addr.arpa", ".ip6.arpa"))
)
def test_any_text(text: str, tree: str) -> None:
    """No text raises anything."""
    found = resolve_name(text + tree)
    assert found is None or found.system in ("ons", "ors", "enum", "reverse")
