"""Services, roles and link addresses."""

from __future__ import annotations

from typing import Any

import pytest

from parsers.asset_flow import DYNAMIC_PORTS, observe_flows, observe_transactions
from tests.support.sightings import Row, observe

FLOW: Row = {
    "source.packets": 3, "destination.packets": 2, "destination.port": 102, "flow.source.tcp_flags": 2,
    "flow.state": "closed", "network.protocol": "s7comm",
}  # fmt: skip
MACS = [
    ("10.0.0.1", "mac", "28-63-36-00-00-01", "seen"), ("10.0.0.2", "mac", "00-0E-CF-01-02-03", "seen"),
]  # fmt: skip


def flows(*rows: Row) -> list[tuple[str, ...]]:
    """What flows say, modbus being dissected."""
    return observe(lambda view: observe_flows(view, frozenset({"modbus"})), [{**FLOW, **row} for row in rows], "flow")


def test_a_flow_that_was_answered_is_a_service() -> None:
    """Service and role of the server, role of the client, both link addresses."""
    assert flows({}) == [
        ("10.0.0.2", "service", "tcp/102 s7comm", "seen"), ("10.0.0.2", "role", "s7comm_server", "seen"),
        ("10.0.0.1", "role", "s7comm_client", "seen"), *MACS,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "row",
    [
        {"destination.packets": 0, "flow.state": "attempt"},
        {"flow.state": "refused"},
        {"network.protocol": "modbus"},
        {"network.transport": "icmp", "network.protocol": None},
        {"network.protocol": None, "flow.source.tcp_flags": 16, "destination.port": DYNAMIC_PORTS},
        {"network.protocol": None, "destination.ip": "8.8.8.8"},
    ],
)
def test_what_is_no_service(row: dict[str, Any]) -> None:
    """No answer, a protocol that speaks for itself, no ports, an uncertain direction, the Internet."""
    assert not [one for one in flows(row) if one[1] in ("service", "role")]


def test_public_addresses_are_no_assets_of_general_protocols() -> None:
    """Those of industrial protocols are."""
    public = {"destination.ip": "8.8.8.8"}
    assert not [one for one in flows({**public, "network.protocol": "tls"}) if one[0] == "8.8.8.8"]
    assert [one[1] for one in flows(public) if one[0] == "8.8.8.8"] == ["service", "role"]
    assert not [one for one in observe(observe_transactions, [public], "dns") if one[0] == "8.8.8.8"]


def test_a_service_without_a_known_protocol() -> None:
    """The handshake tells who serves; so does a registered port over UDP."""
    rows: list[Row] = [
        {"network.protocol": None, "destination.port": 60000},
        {"network.protocol": None, "network.transport": "udp", "destination.port": 1234, "flow.source.tcp_flags": None},
    ]
    assert [one[2] for one in flows(*rows) if one[1] == "service"] == ["tcp/60000", "udp/1234"]


def test_one_that_did_not_answer_has_no_link_address() -> None:
    """The address its packets go to may be anybody's; groups have none."""
    assert [one for one in flows({"destination.packets": 0}) if one[1] == "mac"] == MACS[:1]
    broadcast = {"destination.ip": "10.0.0.255", "destination.mac": "FF-FF-FF-FF-FF-FF"}
    assert {one[0] for one in flows(broadcast)} == {"10.0.0.1"}


def test_transactions_tell_roles_at_once() -> None:
    """Only where a reply was seen; brokers and web servers have names of their own."""
    rows: list[Row] = [{}, {}, {"destination.ip": "10.0.0.3", "wanglou.pairing": "no_response"}]
    assert observe(observe_transactions, rows) == [
        ("10.0.0.2", "service", "tcp/502 modbus", "seen"), ("10.0.0.2", "role", "modbus_server", "seen"),
        ("10.0.0.1", "role", "modbus_client", "seen"),
    ]  # fmt: skip
    assert ("10.0.0.2", "role", "broker", "seen") in observe(observe_transactions, rows, "mqtt")
    assert ("10.0.0.2", "role", "web_server", "seen") in observe(observe_transactions, rows, "http")
