"""A handshake as the columns of its row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from parsers.columns import make_distinct, make_keywords
from parsers.tls import ClientHello, ServerHello
from parsers.tls_certificate import Certificate
from parsers.tls_fingerprint import fingerprint_client
from parsers.tls_handshake import Handshake
from parsers.tls_names import LEVELS, SSL, name_alert, name_cipher, name_group, name_version

Said = dict[str, Any]


class Row(Protocol):
    """A row by its columns."""

    @property
    def said(self) -> Said:
        """Values by column; one that is not there is null."""


def describe_handshake(handshake: Handshake) -> Said:
    """Columns of a handshake, or of an alert without one."""
    near, far = handshake.client_hello, handshake.server_hello
    said: Said = {
        "event.action": "handshake" if near or far else "alert",
        "event.outcome": "success" if handshake.is_established else "failure" if handshake.has_failed else "unknown",
        "wanglou.pairing": "paired" if near and far else "no_response" if near else "no_request",
        "error.code": handshake.error or None,
    }
    if near:
        said |= _describe_client(near)
    if far:
        said |= _describe_server(far, handshake)
    if near or far:
        said["tls.established"] = handshake.is_established
        said["tls.client.hello_retry"] = handshake.has_retried
    if handshake.alert:
        level, description, from_server = handshake.alert
        said["tls.alert.level"] = LEVELS.get(level, str(level))
        said["tls.alert.description"] = name_alert(description)
        said["tls.alert.from"] = "server" if from_server else "client"
    for side, of_server in (("client", False), ("server", True)):
        if certificate := handshake.describe_certificate(of_server=of_server):
            chain = (handshake.server if of_server else handshake.client).certificates
            said |= {f"tls.{side}.{name}": value for name, value in _describe_certificate(certificate).items()}
            said[f"tls.{side}.chain_length"] = len(chain)
            if certificate.broken and not said["error.code"]:
                said["error.code"] = "bad_certificate"
    return said


def _describe_client(hello: ClientHello) -> Said:
    fingerprint, raw = fingerprint_client(hello)
    return {
        "tls.client.ja4": fingerprint,
        "tls.client.ja4_r": raw,
        "tls.client.server_name": hello.server_name or None,
        "tls.client.version": name_version(hello.highest),
        **{f"tls.client.{name}": values for name, values in hello.describe().items()},
    }


def _describe_server(hello: ServerHello, handshake: Handshake) -> Said:
    return {
        "tls.version_protocol": "ssl" if hello.version <= SSL else "tls",
        "tls.version": name_version(hello.version),
        "tls.cipher": name_cipher(hello.cipher),
        "tls.curve": name_group(handshake.curve) if handshake.curve >= 0 else None,
        "tls.resumed": handshake.is_resumed,
        "tls.next_protocol": hello.alpn or None,
        "tls.client.certificate_requested": None if handshake.is_modern else handshake.wants_certificate,
    }


def _describe_certificate(certificate: Certificate) -> Said:
    return {
        "hash.sha256": certificate.sha256,
        "subject": certificate.subject or None,
        "issuer": certificate.issuer or None,
        "not_before": certificate.not_before_ns,
        "not_after": certificate.not_after_ns,
        "x509.serial_number": certificate.serial or None,
        "x509.subject.common_name": certificate.subject_name or None,
        "x509.issuer.common_name": certificate.issuer_name or None,
        "x509.alternative_names": list(certificate.names) or None,
        "x509.signature_algorithm": certificate.signature or None,
        "x509.public_key_algorithm": certificate.key or None,
        "x509.public_key_size": certificate.key_bits,
    }


def make_column(rows: Sequence[Row], name: str, kind: pa.DataType) -> pa.Array:
    """Column of what rows say; texts once per distinct value."""
    values = [row.said.get(name) for row in rows]
    if pa.types.is_dictionary(kind):
        codes, texts = make_distinct([value or "" for value in values])
        return make_keywords(codes, texts)
    if pa.types.is_timestamp(kind):
        moments = np.array([0 if value is None else value for value in values], dtype=np.int64).view("M8[ns]")
        return pa.array(moments, kind, mask=np.array([value is None for value in values], dtype=np.bool_))
    return pa.array(values, kind)
