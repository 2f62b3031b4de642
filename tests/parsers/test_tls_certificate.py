"""Certificates of handshakes."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.tls_certificate import read_certificate
from tests.support.tls_peers import BEGIN, END, Identity, make_identity


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Identity:
    """Make a certificate."""
    return make_identity(tmp_path_factory.mktemp("tls"))


def to_ns(moment: dt.datetime) -> int:
    """Nanoseconds of UTC."""
    return int(moment.timestamp()) * 1_000_000_000


def test_what_a_certificate_says(identity: Identity) -> None:
    """Names, validity, serial number, alternative names, key and fingerprint."""
    der = identity.certificate.public_bytes(Encoding.DER)
    found = read_certificate(der)
    assert found.sha256 == hashlib.sha256(der).hexdigest().upper()
    assert found.subject == found.issuer == "CN=plc.park.example,O=园区 Park,C=CN"
    assert (found.subject_name, found.serial) == ("plc.park.example", "1234ABCD")
    assert (found.not_before_ns, found.not_after_ns) == (to_ns(BEGIN), to_ns(END))
    assert found.names == ("plc.park.example", "127.0.0.1")
    assert (found.signature, found.key, found.key_bits, found.broken) == ("ecdsa-with-SHA256", "EC", 256, False)


def test_validity_beyond_what_a_column_holds(tmp_path: Path) -> None:
    """A certificate without an end (RFC 5280 §4.1.2.5) is valid to the column's."""
    identity = make_identity(tmp_path, end=dt.datetime(9999, 12, 31, 23, 59, 59, tzinfo=dt.UTC))
    assert read_certificate(identity.certificate.public_bytes(Encoding.DER)).not_after_ns == (1 << 63) - 1


def test_what_is_no_certificate() -> None:
    """It has a fingerprint and nothing else."""
    found = read_certificate(b"no certificate")
    assert (found.broken, found.subject, len(found.sha256)) == (True, "", 64)


@settings(max_examples=200)
@given(st.data())
def test_damaged_certificates(identity: Identity, data: st.DataObject) -> None:
    """A byte changed anywhere does not raise."""
    der = identity.certificate.public_bytes(Encoding.DER)
    at = data.draw(st.integers(0, len(der) - 1))
    found = read_certificate(der[:at] + bytes([data.draw(st.integers(0, 255))]) + der[at + 1 :])
    assert all(text.isprintable() for text in (found.subject, found.issuer, *found.names))
