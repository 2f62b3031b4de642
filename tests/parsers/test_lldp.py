"""What LLDP frames say."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.lldp import CAPABILITIES, MOST_ADDRESSES, parse_lldp
from tests.support.links import THERE, lldp, mac, tlv


def manage(address: bytes, family: int = 1) -> bytes:
    """Management address TLV (IEEE 802.1AB-2016 clause 8.5.9), interface 1."""
    return tlv(8, bytes([len(address) + 1, family]) + address + b"\x02" + struct.pack("!I", 1) + b"\0")


def test_a_frame_says_who_it_is_from() -> None:
    """Chassis, port, life time, name, description, capabilities and addresses."""
    more = (
        tlv(4, b"Port 1"),
        tlv(5, b"plc-7\0"),
        tlv(6, b"Siemens, SIMATIC S7"),
        tlv(7, struct.pack("!HH", 0x94, 0x14)),
    )
    found = parse_lldp(lldp(*more, manage(bytes([10, 0, 0, 7])), manage(bytes(15) + b"\x01", 2)))
    assert (found.chassis, found.chassis_mac) == (THERE, int.from_bytes(mac(THERE)))
    assert (found.port, found.ttl_s) == ("port-001", 20)
    assert (found.port_description, found.name, found.description) == ("Port 1", "plc-7", "Siemens, SIMATIC S7")
    assert found.capabilities == ("bridge", "router")
    assert found.addresses == ["10.0.0.7", "::1"]
    assert found.error == ""


def test_inventory_and_organizations_are_named() -> None:
    """LLDP-MED gives the inventory (TIA-1057); other organizations are told by name, or by their prefix."""
    own = [(5, b"hw 2"), (6, b"fw 3"), (7, b"sw 4"), (8, b"S-1"), (9, b"Acme"), (10, b"X1"), (11, b"A7")]
    inventory = [tlv(127, b"\0\x12\xbb" + bytes([subtype]) + text) for subtype, text in own]
    found = parse_lldp(lldp(*inventory, tlv(127, b"\0\x0e\xcf\x02\0"), tlv(127, b"\1\2\3\0")))
    assert found.inventory == {
        "hardware": "hw 2", "firmware": "fw 3", "software": "sw 4", "serial": "S-1", "vendor": "Acme", "model": "X1",
        "asset": "A7",
    }  # fmt: skip
    assert found.organizations == ["lldp_med", "profinet", "010203"]


@pytest.mark.parametrize(
    ("chassis", "text", "address"),
    [
        (b"\x05\x01\x0a\0\0\x01", "10.0.0.1", "10.0.0.1"),
        (b"\x07plc-1", "plc-1", ""),
        (b"\x04abc", "abc", ""),
        (b"\x05\x09abc", "\\tabc", ""),
    ],
)
def test_chassis_of_all_kinds(chassis: bytes, text: str, address: str) -> None:
    """A network address, a local name, and what its subtype does not fit."""
    found = parse_lldp(lldp(chassis=chassis))
    assert (found.chassis, found.chassis_address, found.chassis_mac) == (text, address, -1)


def test_what_is_missing_or_cut_is_told() -> None:
    """What was read before stays."""
    assert parse_lldp(tlv(1, b"\x07plc")).error == "missing_mandatory"
    cut = parse_lldp(lldp(tlv(5, b"name"))[:-4])
    assert (cut.error, cut.port, cut.name) == ("cut_short", "port-001", "")


def test_addresses_are_bounded() -> None:
    """A frame full of management addresses gives so many of them."""
    found = parse_lldp(lldp(*(manage(bytes([10, 0, 0, last])) for last in range(40))))
    assert len(found.addresses) == MOST_ADDRESSES


@given(
    st.binary(max_size=200) | st.binary(max_size=60).map(lambda body: lldp(tlv(7, body), tlv(8, body), tlv(127, body)))
)
def test_any_bytes_are_read(value: bytes) -> None:
    """Nothing raises, and capabilities are named ones."""
    found = parse_lldp(value)
    assert set(found.capabilities) <= set(CAPABILITIES)
    assert all(text.isprintable() for text in (found.chassis, found.port, found.name, found.description))
