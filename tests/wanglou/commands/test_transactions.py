"""How records of each protocol are told in a few words."""

from __future__ import annotations

from typing import Any

import pytest

from wanglou.commands.transactions import MOST_CHARACTERS, TELLINGS, shorten, write_endpoints, write_values


def tell(dataset: str, record: dict[str, Any]) -> tuple[str, str, str, str]:
    """Tell action, subject, content and result of a record."""
    telling = TELLINGS[dataset]
    return telling.action(record), telling.subject(record), telling.content(record), telling.result(record)


def test_long_addresses_take_two_lines() -> None:
    """Addresses of IPv6 stay whole; a port is told apart from them."""
    long = {"source.ip": "2001:db8::1:2:3:4", "destination.ip": "2001:db8::5:6:7:8", "destination.port": 502}
    assert write_endpoints(long) == ("2001:db8::1:2:3:4 →", "  [2001:db8::5:6:7:8]:502")


def test_long_lists_are_cut_and_counted() -> None:
    """Six values are shown, and how many there are."""
    assert write_values(list(range(100))) == "0 1 2 3 4 5 … (100)"
    assert write_values([1, 2]) == "1 2"
    assert write_values(None) == ""
    assert write_values(["a", None]) == "a -"


def test_long_texts_are_cut() -> None:
    """A cell holds no whole payload."""
    assert shorten("x" * MOST_CHARACTERS) == "x" * MOST_CHARACTERS
    assert shorten("x" * 1000) == f"{'x' * (MOST_CHARACTERS - 1)}…"


PAIRED = {"wanglou.pairing": "paired"}


@pytest.mark.parametrize(
    ("dataset", "record", "told"),
    [
        (
            "opcua",
            {"event.action": "read", "opcua.nodes": ["i=1", "i=2"], "opcua.values": ["5", None],
             "opcua.status.name": "Good", "opcua.item.statuses": ["Good", "BadNodeIdUnknown"]},
            ("read", "i=1 i=2", "5 -", "BadNodeIdUnknown"),
        ),
        (
            "opcua",
            {"event.action": "write", "opcua.nodes": ["i=1"], "opcua.values": ["5"], "opcua.status.name": "Good",
             "opcua.item.statuses": ["Good"]},
            ("write", "i=1", "← 5", "ok"),
        ),
        (
            "opcua",
            {"event.action": "create_session", "opcua.endpoint.url": "opc.tcp://a", "opcua.session.name": "s",
             "opcua.status.name": "BadTooManySessions"},
            ("create_session", "opc.tcp://a", "", "BadTooManySessions"),
        ),
        (
            "opcua",
            {"event.action": "publish", "opcua.security.policy": "None", "opcua.subscription.id": 7,
             "opcua.publish.kinds": ["data_change"], **PAIRED},
            ("publish", "subscription 7", "data_change", "ok"),
        ),
        (
            "opcua",
            {"event.action": "publish", "opcua.security.policy": "None", **PAIRED},
            ("publish", "", "", "ok"),
        ),
        (
            "opcua",
            {"event.action": "open_secure_channel", "opcua.security.policy": "None", **PAIRED},
            ("open_secure_channel", "None", "", "ok"),
        ),
        (
            "mqtt",
            {"event.action": "publish", "mqtt.direction": "broker_to_client", "mqtt.topic": "a/b",
             "mqtt.payload.kind": "json", "mqtt.payload.sample": "{}", "mqtt.reason.name": "success"},
            ("← publish", "a/b", "{}", "ok"),
        ),
        (
            "mqtt",
            {"event.action": "publish", "mqtt.topic": "spBv1.0/g/DCMD/n", "mqtt.payload.kind": "sparkplug_b",
             "mqtt.payload.sample": "08de", "mqtt.sparkplug.metrics": ["Inflow"], "wanglou.pairing": "one_way"},
            ("publish", "spBv1.0/g/DCMD/n", "sparkplug_b Inflow", "one_way"),
        ),
        (
            "mqtt",
            {"event.action": "connect", "mqtt.client_id": "c", "user.name": "u", "mqtt.reason.name": "not_authorized"},
            ("connect", "c", "u", "not_authorized"),
        ),
        (
            "dns",
            {"event.action": "query", "dns.question.type": "A", "dns.question.name": "a.example",
             "dns.answers.data": ["10.0.0.1"], "dns.response_code": "NOERROR"},
            ("query A", "a.example", "10.0.0.1", "ok"),
        ),
        (
            "dns",
            {"event.action": "query", "dns.question.type": "A", "dns.question.name": "b.example",
             "dns.response_code": "NXDOMAIN"},
            ("query A", "b.example", "", "NXDOMAIN"),
        ),
        (
            "handle",
            {"event.action": "create_handle", "handle.op.category": "administration", "handle.identifier": "88.1/x",
             "handle.value.texts": ["http://a"], "handle.response.name": "authentication_needed"},
            ("create_handle", "88.1/x", "← http://a", "authentication_needed"),
        ),
        (
            "http",
            {"event.action": "get", "url.domain": "a.example", "url.original": "/x?y",
             "http.response.status_code": 404, "http.response.reason": "Not Found", "http.api.name": "handle_rest"},
            ("get", "a.example/x?y", "handle_rest", "404 Not Found"),
        ),
        (
            "tls",
            {"event.action": "handshake", "tls.client.server_name": "a.example", "tls.version": "1.3",
             "tls.cipher": "TLS_AES_128_GCM_SHA256", "tls.established": True},
            ("handshake", "a.example", "1.3 TLS_AES_128_GCM_SHA256", "established"),
        ),
        (
            "identifier",
            {"event.action": "resolved", "identifier.dataset": "dns", "identifier.value": "gtin:1",
             "identifier.scheme": "gtin", "identifier.valid": False, "identifier.reasons": ["check_digit"]},
            ("resolved dns", "gtin:1", "gtin", "check_digit"),
        ),
        (
            "asset",
            {"event.action": "changed", "asset.field": "firmware", "asset.value": "2", "asset.previous": "1",
             "asset.basis": "stated", "asset.source": "modbus"},
            ("changed firmware", "2", "← 1", "stated modbus"),
        ),
    ],
)  # fmt: skip
def test_what_is_told(dataset: str, record: dict[str, Any], told: tuple[str, str, str, str]) -> None:
    """Action, subject, content and result are the fields that matter for the protocol."""
    assert tell(dataset, {**PAIRED, **record}) == told


@pytest.mark.parametrize("dataset", TELLINGS)
def test_a_record_of_which_little_is_known(dataset: str) -> None:
    """An empty record is told as one, and an error always shows."""
    assert tell(dataset, {})[1:3] == ("", "")
    if dataset not in {"asset", "identifier"}:
        assert tell(dataset, {**PAIRED, "error.code": "truncated"})[3] == "truncated"
