"""X.509 certificates in OPC UA messages."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from parsers.opcua_certificate import measure_der, read_certificate

START = datetime(2024, 1, 1, tzinfo=UTC)


def make_certificate() -> bytes:
    """A self-signed certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "plc-7")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(0xABC).not_valid_before(START).not_valid_after(START + timedelta(days=1))
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def test_a_certificate_is_read() -> None:
    """Whom it names, who made it, its number and validity; of a chain the first."""
    content = make_certificate()
    for data in (content, content + make_certificate()):
        found = read_certificate(data)
        assert (found.subject, found.issuer, found.serial_number) == ("CN=plc-7", "CN=plc-7", "abc")
        assert found.thumbprint == hashlib.sha1(content, usedforsecurity=False).hexdigest()
        assert found.not_before_ns == int(START.timestamp()) * 1_000_000_000
        assert found.not_after_ns - found.not_before_ns == 86_400_000_000_000


@given(st.binary(max_size=60))
def test_any_bytes_have_a_thumbprint(content: bytes) -> None:
    """What is no certificate names nobody."""
    found = read_certificate(content)
    assert (len(found.thumbprint), found.subject, found.not_before_ns) == (40, "", -1)
    assert measure_der(content) >= 0
