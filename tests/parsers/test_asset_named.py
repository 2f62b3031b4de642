"""What MQTT, HTTP, TLS and DNS say of devices."""

from __future__ import annotations

from parsers.asset_named import observe_dns, observe_http, observe_mqtt, observe_tls
from tests.support.sightings import Row, observe


def test_mqtt_clients() -> None:
    """Client identifier and user of the connection."""
    rows: list[Row] = [{"mqtt.client_id": "gw-1", "user.name": "op"}] * 3
    assert [one[:3] for one in observe(observe_mqtt, rows, "mqtt")] == [
        ("10.0.0.1", "client_id", "gw-1"), ("10.0.0.1", "user", "op"),
    ]  # fmt: skip


def test_sparkplug_nodes_and_devices() -> None:
    """Those that publish of themselves; what the broker passes on says nothing of its receiver."""
    born: Row = {
        "mqtt.direction": "client_to_broker", "mqtt.sparkplug.message_type": "DBIRTH", "mqtt.sparkplug.group": "g",
        "mqtt.sparkplug.edge_node": "e", "mqtt.sparkplug.device": "d",
    }  # fmt: skip
    assert observe(observe_mqtt, [born], "mqtt") == [
        ("10.0.0.1", "role", "edge_node", "seen"), ("10.0.0.1", "parts", "g/e/d", "stated"),
    ]  # fmt: skip
    assert observe(observe_mqtt, [{**born, "mqtt.direction": "broker_to_client"}], "mqtt") == []
    assert observe(observe_mqtt, [{**born, "mqtt.sparkplug.message_type": "NCMD"}], "mqtt") == []


def test_http_programs_and_names() -> None:
    """An address is no name."""
    rows: list[Row] = [
        {"http.response.server": "GoAhead", "url.domain": "10.0.0.2", "user_agent.original": "curl/8"},
        {"http.response.server": "GoAhead", "url.domain": "plc.plant", "user_agent.original": "curl/8"},
    ]
    assert set(observe(observe_http, rows, "http")) == {
        ("10.0.0.2", "software", "GoAhead", "stated"), ("10.0.0.2", "domain", "plc.plant", "reported"),
        ("10.0.0.1", "user_agent", "curl/8", "stated"),
    }  # fmt: skip


def test_tls_certificates_and_server_names() -> None:
    """Of local servers only."""
    row: Row = {"tls.client.server_name": "broker", "tls.server.subject": "CN=broker", "tls.server.hash.sha256": "AB"}
    assert [one[1:3] for one in observe(observe_tls, [row], "tls")] == [
        ("domain", "broker"), ("certificate", "AB"), ("certificate_subject", "CN=broker"),
    ]  # fmt: skip
    assert observe(observe_tls, [{**row, "destination.ip": "9.9.9.9"}], "tls") == []


def test_names_of_local_addresses() -> None:
    """A server reports names of others; by mDNS a device says its own."""
    answer: Row = {
        "dns.answers.name": ["PLC.plant.", "x", "web"], "dns.answers.type": ["A", "TXT", "A"],
        "dns.answers.data": ["10.0.0.7", "10.0.0.8", "8.8.8.8"], "dns.variant": "dns",
    }  # fmt: skip
    assert observe(observe_dns, [answer, answer], "dns") == [("10.0.0.7", "domain", "plc.plant", "reported")]
    own: Row = {
        "dns.variant": "mdns", "dns.answers.name": ["plc.local"], "dns.answers.type": ["A"],
        "dns.answers.data": ["10.0.0.1"],
    }  # fmt: skip
    assert observe(observe_dns, [own], "dns") == [("10.0.0.1", "name", "plc.local", "stated")]
    assert observe(observe_dns, [{"dns.variant": "dns", "dns.answers.data": None}], "dns") == []
