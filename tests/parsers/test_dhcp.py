"""What DHCP messages say."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.dhcp import MESSAGE_TYPES, parse_dhcp
from tests.support.capture_files import START_NS, Seen, pack_classic
from tests.support.frames import UDP, ethernet, ipv4, udp
from tests.support.links import HERE, dhcp

REQUEST = dhcp(
    3, (12, b"plc-7"), (60, b"SIMATIC"), (61, b"\x01\x00\x0e\xcf\x01\x02\x03"), (50, bytes([10, 0, 0, 7])),
    (54, bytes([10, 0, 0, 1])), (55, bytes([1, 3, 6, 15])), (81, b"\x04\0\0\x05plc-7\x05plant\0"),
)  # fmt: skip
ACK = dhcp(
    5, (54, bytes([10, 0, 0, 1])), (51, (3600).to_bytes(4)), (3, bytes([10, 0, 0, 1])),
    (6, bytes([10, 0, 0, 2, 10, 0, 0, 3])), (15, b"plant.example"), op=2, addresses=("", "10.0.0.7", "", "10.0.0.9"),
)  # fmt: skip


def test_a_request() -> None:
    """Who asks, under which names, and for what."""
    found = parse_dhcp(REQUEST)
    assert found == {
        "message_type": "request", "transaction_id": 0x12345678, "client_mac": HERE, "host_name": "plc-7",
        "vendor_class": "SIMATIC", "client_id": HERE, "requested_ip": "10.0.0.7", "server_id": "10.0.0.1",
        "parameters": [1, 3, 6, 15], "client_fqdn": "plc-7.plant",
    }  # fmt: skip


def test_an_acknowledgement() -> None:
    """What the server gives."""
    found = parse_dhcp(ACK)
    assert (found["message_type"], found["assigned_ip"], found["relay_ip"]) == ("ack", "10.0.0.7", "10.0.0.9")
    assert (found["lease"], found["routers"], found["domain_name"]) == (3600, ["10.0.0.1"], "plant.example")
    assert found["dns_servers"] == ["10.0.0.2", "10.0.0.3"]


def test_parts_of_an_option_are_joined() -> None:
    """RFC 3396: an option that comes twice is one value."""
    assert parse_dhcp(dhcp(1, (12, b"plc"), (12, b"-7")))["host_name"] == "plc-7"


def test_options_may_lie_in_the_file_field() -> None:
    """Option 52 says so (RFC 2132 §9.3)."""
    assert parse_dhcp(dhcp(1, (52, b"\x01"), file=b"\x0c\x03plc\xff"))["host_name"] == "plc"


@pytest.mark.parametrize(
    ("identifier", "text"), [(b"\0plc-7", "plc-7"), (b"\x01\0\0", "010000"), (b"\xff\x01\x02", "ff0102")]
)
def test_client_identifiers(identifier: bytes, text: str) -> None:
    """A text after type 0, else hexadecimal."""
    assert parse_dhcp(dhcp(1, (61, identifier)))["client_id"] == text


def test_what_is_wrong_is_told() -> None:
    """An option that goes beyond the message, a message that is too short, and more options than there may be."""
    assert parse_dhcp(dhcp(1)[:-1] + b"\x0c\x09plc") == {
        "message_type": "discover", "transaction_id": 0x12345678, "client_mac": HERE, "error": "cut_short",
    }  # fmt: skip
    assert parse_dhcp(dhcp(1)[:230])["error"] == "cut_short"
    assert parse_dhcp(dhcp(1)[:-1] + b"\x0c\x00" * 300)["error"] == "too_many_options"


def test_types_without_a_name_are_numbered() -> None:
    """A message without option 53 is of BOOTP."""
    assert parse_dhcp(dhcp(77))["message_type"] == "type_77"
    assert parse_dhcp(dhcp(1)[:240] + b"\xff")["message_type"] == MESSAGE_TYPES[0]


@given(st.binary(max_size=120))
def test_any_options_are_read(tail: bytes) -> None:
    """Nothing raises, and texts can be printed."""
    found = parse_dhcp(dhcp(1)[:240] + tail)
    texts = [value for value in found.values() if isinstance(value, str)]
    assert all(text.isprintable() for text in texts)


@pytest.mark.needs_tshark
def test_the_same_as_tshark(tmp_path: Path) -> None:
    """Request and acknowledgement, field by field."""
    path = tmp_path / "dhcp.pcap"
    frames = [ethernet(ipv4(udp(REQUEST, 68, 67), UDP)), ethernet(ipv4(udp(ACK, 67, 68), UDP))]
    path.write_bytes(pack_classic(Seen(START_NS, data, len(data)) for data in frames))
    fields = (
        "dhcp.option.hostname", "dhcp.option.vendor_class_id", "dhcp.option.dhcp_server_id", "dhcp.ip.your",
        "dhcp.ip.relay", "dhcp.option.ip_address_lease_time", "dhcp.option.router", "dhcp.option.domain_name",
        "dhcp.option.requested_ip_address", "dhcp.option.domain_name_server", "dhcp.option.request_list_item",
    )  # fmt: skip
    wanted = [word for name in fields for word in ("-e", name)]
    command = [shutil.which("tshark") or "", "-r", str(path), "-T", "fields", *wanted]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    names = (
        "host_name", "vendor_class", "server_id", "assigned_ip", "relay_ip", "lease", "routers", "domain_name",
        "requested_ip", "dns_servers", "parameters",
    )  # fmt: skip
    for line, message in zip(shown, (REQUEST, ACK), strict=True):
        found = parse_dhcp(message)
        values = [found.get(name, "0.0.0.0" if name in ("assigned_ip", "relay_ip") else "") for name in names]  # noqa: S104 - as tshark shows none
        ours = [",".join(map(str, value)) if isinstance(value, list) else str(value) for value in values]
        assert ours == line.split("\t")
