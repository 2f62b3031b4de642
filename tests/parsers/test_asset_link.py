"""What ARP, LLDP and DHCP say of devices."""

from __future__ import annotations

import pytest

from parsers.asset_link import observe_arp, observe_dhcp, observe_lldp
from parsers.asset_view import View
from tests.support.links import HERE, THERE, arp, frame, lldp, read_links, tlv
from tests.support.sightings import Row, observe

LEASE: Row = {
    "source.ip": None, "dhcp.client_mac": HERE, "dhcp.client_ip": None, "dhcp.assigned_ip": "10.0.0.7",
    "dhcp.server_id": "10.0.0.1", "dhcp.relay_ip": None, "event.action": "ack", "dhcp.host_name": "plc-7",
    "dhcp.vendor_class": None, "dhcp.client_fqdn": None, "dhcp.client_id": None, "dhcp.routers": ["10.0.0.254"],
    "dhcp.dns_servers": ["10.0.0.2"],
}  # fmt: skip


def test_arp_binds_addresses() -> None:
    """Both ways, and the holder of the prefix; probes and group addresses say nothing."""
    packets = [frame(arp()), frame(arp("0" + ".0" * 3)), frame(arp("10.0.0.3", source="01-00-5E-00-00-01"))]
    found = [one[1:6] for one in observe_arp(View("arp", read_links(packets)[0]["arp"]))]
    assert found == [
        ("mac", HERE, "10.0.0.1", HERE, ""),
        ("address", "10.0.0.1", "", HERE, ""),
        ("mac_vendor", "PROFIBUS Nutzerorganisation e.V.", "10.0.0.1", HERE, ""),
    ]


def test_neighbours_say_what_they_are() -> None:
    """Name, description, capabilities as roles, and all management addresses."""
    more = (tlv(5, b"sw-1"), tlv(6, b"SCALANCE"), tlv(7, b"\0\x14\0\x14"), tlv(127, b"\0\x12\xbb\x0aX208"))
    addresses = [tlv(8, b"\x05\x01" + bytes([10, 0, 0, last]) + b"\x02\0\0\0\x01\0") for last in (5, 6)]
    tables, _ = read_links([frame(lldp(*more, *addresses), 0x88CC)])
    found = [(one.ip or one.mac, one.field, one.value) for one in observe_lldp(View("lldp", tables["lldp"]))]
    assert found == [
        ("10.0.0.5", "mac", THERE), (THERE, "address", "10.0.0.5"), ("10.0.0.5", "mac_vendor", "Siemens AG"),
        ("10.0.0.5", "model", "X208"), ("10.0.0.5", "name", "sw-1"), ("10.0.0.5", "description", "SCALANCE"),
        ("10.0.0.5", "port", "port-001"), ("10.0.0.5", "capability", "bridge"), ("10.0.0.5", "capability", "router"),
        ("10.0.0.5", "address", "10.0.0.5"), ("10.0.0.5", "address", "10.0.0.6"),
        ("10.0.0.5", "organization", "lldp_med"), ("10.0.0.5", "role", "bridge"), ("10.0.0.5", "role", "router"),
    ]  # fmt: skip


def test_a_neighbour_without_an_address_is_known_by_its_link_address() -> None:
    """As PROFINET devices are before they are given one."""
    tables, _ = read_links([frame(lldp(), 0x88CC)])
    found = list(observe_lldp(View("lldp", tables["lldp"])))
    assert {(one.ip, one.mac) for one in found} == {("", THERE)}
    assert [one.field for one in found] == ["mac_vendor", "port"]


def test_an_acknowledged_lease_binds_and_names() -> None:
    """The client by its new address, the server and those it names by theirs."""
    found = observe(observe_dhcp, [LEASE], "dhcp")
    assert found == [
        ("10.0.0.7", "mac", HERE, "stated"), (HERE, "address", "10.0.0.7", "stated"),
        ("10.0.0.7", "mac_vendor", "PROFIBUS Nutzerorganisation e.V.", "stated"),
        ("10.0.0.7", "name", "plc-7", "stated"),
        ("10.0.0.7", "role", "dhcp_client", "stated"), ("10.0.0.254", "role", "router", "reported"),
        ("10.0.0.2", "role", "dns_server", "reported"), ("10.0.0.1", "role", "dhcp_server", "stated"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("vendor_class", "system"),
    [
        ("MSFT 5.0", "Windows"), ("android-dhcp-13", "Android 13"),
        ("dhcpcd-9.4.1:Linux-6.1.21:x86_64", "Linux-6.1.21"),
        ("SIMATIC", ""),
    ],
)  # fmt: skip
def test_a_vendor_class_may_tell_the_system(vendor_class: str, system: str) -> None:
    """Windows, Android and dhcpcd name it."""
    found = observe(observe_dhcp, [{**LEASE, "dhcp.vendor_class": vendor_class}], "dhcp")
    assert [one[2] for one in found if one[1] == "os"] == [system] * bool(system)


def test_a_client_without_an_address_is_known_by_its_link_address() -> None:
    """What is asked for is not yet given, and a server that is asked has not answered."""
    asked = {**LEASE, "event.action": "request", "dhcp.routers": None, "dhcp.dns_servers": None}
    found = observe(observe_dhcp, [asked], "dhcp")
    assert {one[0] for one in found} == {HERE}
    assert [one[1:3] for one in found][1:] == [("name", "plc-7"), ("role", "dhcp_client")]
