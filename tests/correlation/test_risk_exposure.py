"""How conversations expose devices."""

from __future__ import annotations

import ipaddress
from dataclasses import replace

import pytest

from correlation.risk_exposure import Conversation, Examiner, Exposed, Seen, find_exposures, is_device, is_public
from correlation.risk_weights import load_weights
from wanglou.addresses import Ranges
from wanglou.site import Enterprise, MasterRule, Name, Site, Zone

WEIGHTS = load_weights()


def ranges(*texts: str) -> Ranges:
    """Ranges of texts."""
    return Ranges(ipaddress.ip_network(text) for text in texts)


NAME = Name("", "")
SITE = Site(
    "park",
    NAME,
    (Enterprise("chem", NAME, ranges("10.1.0.0/16")), Enterprise("water", NAME, ranges("10.2.0.0/16"))),
    (
        Zone("cell", NAME, ranges("10.1.1.0/24"), 1, "chem"),
        Zone("operation", NAME, ranges("10.1.2.0/24"), 2, "chem"),
        Zone("office", NAME, ranges("10.1.4.0/24"), 4, "chem"),
    ),
    (MasterRule("chem", ranges("10.1.2.0/24"), ranges("10.1.1.0/24"), ()),),
)
POLL = Conversation("chem", "10.1.2.5", "10.1.1.7", 502, "modbus")


@pytest.mark.parametrize(
    ("client", "port", "protocol", "kinds"),
    [
        ("10.1.1.5", 502, "modbus", ["open_control", "foreign_master"]),
        ("10.1.2.5", 502, "modbus", ["other_zone", "open_control"]),
        ("10.1.4.5", 502, "modbus", ["other_zone", "skipped_level", "open_control", "foreign_master"]),
        ("10.1.9.5", 443, "tls", ["other_zone"]),
        ("10.2.4.5", 3389, "rdp", ["other_enterprise", "remote_login"]),
        ("8.8.8.8", 23, "", ["internet", "remote_login"]),
        ("10.1.1.5", 23, "", []),
        ("::", 502, "modbus", []),
    ],
)
def test_a_server_is_exposed_by_who_reached_it(client: str, port: int, protocol: str, kinds: list[str]) -> None:
    """From its own zone nothing, else zone, level, enterprise or Internet; control and remote login beside."""
    found = Examiner(WEIGHTS, SITE).examine(Conversation("chem", client, "10.1.1.7", port, protocol))
    assert [one.kind for one in found] == kinds
    assert {one.address for one in found} <= {"10.1.1.7"}


def test_without_a_site_file_only_the_internet_and_control_are_seen() -> None:
    """What nobody told exposes nobody."""
    examiner = Examiner(WEIGHTS, None)
    assert [one.kind for one in examiner.examine(POLL)] == ["open_control"]
    assert [one.kind for one in examiner.examine(replace(POLL, client="8.8.8.8"))] == ["internet", "open_control"]


def test_a_client_is_exposed_by_calling_the_internet() -> None:
    """The fact is the client's, and says whom it called."""
    found = Examiner(WEIGHTS, None).examine(Conversation("chem", "10.1.1.7", "8.8.8.8", 443, "tls"))
    assert found == (Exposed("10.1.1.7", "calls_internet", "8.8.8.8"),)


def test_facts_gather_conversations_of_the_days_asked_for() -> None:
    """One fact of a kind, with the flows counted, the clients and evidence in order, and addresses led to devices."""
    seen = [
        Seen(replace(POLL, client=f"10.1.2.{number}", server=server), day, 2, f"e{number}")
        for number, day, server in ((4, 10, "10.1.1.7"), (3, 10, "10.1.1.8"), (2, 11, "10.1.1.7"), (1, 12, "10.1.1.7"))
    ]
    found = find_exposures(seen, Examiner(WEIGHTS, SITE), range(10, 12), lambda org, _: (org, "plc"))
    assert set(found) == {("chem", "plc")}
    control, zone = found["chem", "plc"]
    assert (control.kind, control.text, control.count) == ("open_control", "modbus", 6)
    assert (zone.text, zone.evidence) == ("10.1.2.2, 10.1.2.3, 10.1.2.4", ("e2", "e3", "e4"))


@pytest.mark.parametrize(
    ("address", "public", "device"),
    [
        ("10.0.0.1", False, True),
        ("203.0.113.9", True, True),
        ("2001:db8::1", True, True),
        ("fe80::1", False, True),
        ("224.0.0.1", False, False),
        ("ff02::1", False, False),
        ("255.255.255.255", False, False),
        ("::", False, False),
        ("00-80-F4-01-02-03", False, True),
        ("", False, False),
    ],
)
def test_addresses(address: str, public: bool, device: bool) -> None:
    """Which are of the Internet, and which can be a device's."""
    assert (is_public(address), is_device(address)) == (public, device)
