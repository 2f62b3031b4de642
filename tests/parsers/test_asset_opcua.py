"""What OPC UA says of servers and clients."""

from __future__ import annotations

from datetime import UTC, datetime

from parsers.asset_opcua import observe_opcua
from tests.support.sightings import Row, observe

SERVERS: Row = {
    "opcua.service.name": "create_session", "opcua.server.application_uris": ["urn:plc"],
    "opcua.server.product_uris": ["urn:acme:plc"], "opcua.server.application_names": ["PLC 7"],
    "opcua.server.application_types": ["server"], "opcua.client.application_uri": "urn:hmi",
    "opcua.client.application_name": "HMI", "opcua.endpoint.url": "opc.tcp://plc:4840",
}  # fmt: skip


def test_applications_of_both_ends() -> None:
    """What each says of itself when a session begins, and the endpoint asked for."""
    assert observe(observe_opcua, [SERVERS], "opcua") == [
        ("10.0.0.1", "application_uri", "urn:hmi", "stated"), ("10.0.0.1", "software", "HMI", "stated"),
        ("10.0.0.2", "endpoint", "opc.tcp://plc:4840", "reported"),
        ("10.0.0.2", "application_uri", "urn:plc", "stated"),
        ("10.0.0.2", "product_uri", "urn:acme:plc", "stated"), ("10.0.0.2", "software", "PLC 7", "stated"),
    ]  # fmt: skip


def test_a_discovery_server_tells_of_others() -> None:
    """What it found is reported; what it is, it says itself."""
    row = {**SERVERS, "opcua.service.name": "find_servers"}
    basis = {one[3] for one in observe(observe_opcua, [row], "opcua") if one[1] == "product_uri"}
    assert basis == {"reported"}
    own: Row = {
        **SERVERS,
        "opcua.service.name": "get_endpoints",
        "opcua.server.application_types": ["discovery_server"],
    }
    assert ("10.0.0.2", "role", "discovery_server", "stated") in observe(observe_opcua, [own], "opcua")


def test_certificates_of_both_ends() -> None:
    """Thumbprint, subject, issuer and end of validity."""
    row: Row = {
        "opcua.server.certificate.thumbprint": "ab12", "opcua.server.certificate.subject": "CN=plc",
        "opcua.server.certificate.issuer": "CN=ca", "opcua.client.certificate.thumbprint": "cd34",
        "opcua.server.certificate.not_after": datetime(2030, 1, 2, tzinfo=UTC),
    }  # fmt: skip
    found = observe(observe_opcua, [row], "opcua")
    assert [one[:3] for one in found] == [
        ("10.0.0.1", "certificate", "cd34"), ("10.0.0.2", "certificate", "ab12"),
        ("10.0.0.2", "certificate_subject", "CN=plc"), ("10.0.0.2", "certificate_issuer", "CN=ca"),
        ("10.0.0.2", "certificate_expires", "2030-01-02T00:00:00Z"),
    ]  # fmt: skip


def test_what_is_read_of_build_info() -> None:
    """Values of the nodes of BuildInfo; other nodes and values that are null say nothing."""
    rows: list[Row] = [
        {"opcua.nodes": ["i=2261", "ns=2;s=x", "i=2263", "i=2264"], "opcua.values": ["open62541", "7", "Acme", None]},
        {"opcua.nodes": ["ns=2;s=x"], "opcua.values": ["8"]},
        {"opcua.nodes": None, "opcua.values": None},
    ]
    assert [one[1:3] for one in observe(observe_opcua, rows, "opcua")] == [("product", "open62541"), ("vendor", "Acme")]
