"""Handshakes as columns."""

from __future__ import annotations

from parsers.tls_handshake import Handshake
from parsers.tls_row import describe_handshake
from tests.support.tls_records import JA4, client_hello, message, record, server_hello, vector


def describe(*records: tuple[bytes, bool]) -> dict[str, object]:
    """Columns of a handshake of these records of client (False) and server (True)."""
    handshake = Handshake(None)
    for content, from_server in records:
        handshake.add(content, from_server=from_server, is_cut=False)
    return describe_handshake(handshake)


def test_both_hellos() -> None:
    """What was offered and what was chosen."""
    said = describe(
        (record(message(1, client_hello())), False), (record(message(2, server_hello(0x0304, 0x1301))), True)
    )
    expected = {
        "event.action": "handshake", "event.outcome": "unknown", "wanglou.pairing": "paired", "error.code": None,
        "tls.client.ja4": JA4, "tls.client.server_name": "plc.example", "tls.client.version": "1.3",
        "tls.version_protocol": "tls", "tls.version": "1.3", "tls.cipher": "TLS_AES_128_GCM_SHA256",
        "tls.established": False, "tls.resumed": False, "tls.client.hello_retry": False,
    }  # fmt: skip
    assert {name: said[name] for name in expected} == expected


def test_one_hello() -> None:
    """Either half alone."""
    near = describe((record(message(1, client_hello())), False))
    far = describe((record(message(2, server_hello(0x0300, 0x0035))), True))
    assert (near["wanglou.pairing"], far["wanglou.pairing"]) == ("no_response", "no_request")
    assert (far["tls.version_protocol"], far["tls.version"]) == ("ssl", "3.0")
    assert "tls.version" not in near


def test_an_alert_alone() -> None:
    """Without a hello it is an alert and no handshake."""
    said = describe((record(b"\x02\x46", 21), True))
    assert (said["event.action"], said["event.outcome"]) == ("alert", "failure")
    assert (said["tls.alert.level"], said["tls.alert.description"], said["tls.alert.from"]) == (
        "fatal", "protocol_version", "server",
    )  # fmt: skip


def test_a_certificate_that_is_none() -> None:
    """It is told by its fingerprint and marked."""
    flight = message(2, server_hello()) + message(11, vector(vector(b"junk", 3), 3))
    said = describe((record(message(1, client_hello())), False), (record(flight), True))
    assert (said["error.code"], said["tls.server.chain_length"]) == ("bad_certificate", 1)
    assert said["tls.server.subject"] is None
