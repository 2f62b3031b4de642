"""Certificates as they cross the wire in clear (TLS up to 1.2): who it names, who issued it, how long it is valid.

Standard: RFC 5280. Names are written as RFC 4514 says. Nothing is verified.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa

NAMES_MOST = 32
"""Alternative names that are kept of a certificate."""
TEXT_MOST = 512
"""Characters of a name that are kept."""

_LAST_NS = (1 << 63) - 1  # a column of nanoseconds ends in the year 2262
_FAULTS = (
    ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion, x509.DuplicateExtension,
    x509.ExtensionNotFound, x509.UnsupportedGeneralNameType, x509.AttributeNotFound,
)  # fmt: skip
_KEYS = (
    (rsa.RSAPublicKey, "RSA"), (ec.EllipticCurvePublicKey, "EC"), (dsa.DSAPublicKey, "DSA"),
    (ed25519.Ed25519PublicKey, "Ed25519"), (ed448.Ed448PublicKey, "Ed448"),
)  # fmt: skip

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a certificate says; empty or None where it does not or cannot be read."""

    sha256: str
    subject: str = ""
    issuer: str = ""
    subject_name: str = ""
    issuer_name: str = ""
    serial: str = ""
    not_before_ns: int | None = None
    not_after_ns: int | None = None
    names: tuple[str, ...] = ()
    signature: str = ""
    key: str = ""
    key_bits: int | None = None
    broken: bool = False


@lru_cache(maxsize=1_024)
def read_certificate(der: bytes) -> Certificate:
    """Read a certificate; one that is none has its fingerprint and ``broken``."""
    fingerprint = _hash(der)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about certificates that break rules, which are data here
        try:
            found = x509.load_der_x509_certificate(der)
        except _FAULTS:
            return Certificate(fingerprint, broken=True)
        no_key: tuple[str, int | None] = "", None
        return Certificate(
            fingerprint,
            _try(lambda: _cut(found.subject.rfc4514_string()), ""),
            _try(lambda: _cut(found.issuer.rfc4514_string()), ""),
            _try(lambda: _common_name(found.subject), ""),
            _try(lambda: _common_name(found.issuer), ""),
            _try(lambda: f"{found.serial_number:X}", ""),
            _try(lambda: _to_ns(found.not_valid_before_utc), None),
            _try(lambda: _to_ns(found.not_valid_after_utc), None),
            _try(lambda: tuple(_list_names(found)), ()),
            _try(lambda: _describe_signature(found), ""),
            *_try(lambda: _describe_key(found), no_key),
        )


def _try(read: Callable[[], Value], without: Value) -> Value:
    """Result of ``read``; ``without`` where the certificate does not let it be read."""
    try:
        return read()
    except _FAULTS:
        return without


def _hash(der: bytes) -> str:
    return hashlib.sha256(der).hexdigest().upper()


def _cut(text: str) -> str:
    plain = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text[:TEXT_MOST])
    return plain + "\u2026" if len(text) > TEXT_MOST else plain


def _common_name(name: x509.Name) -> str:
    found = name.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return _cut(str(found[0].value)) if found else ""


def _to_ns(moment: datetime) -> int:
    whole = int((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()) * 1_000_000_000
    return max(min(whole, _LAST_NS), -_LAST_NS)


def _list_names(certificate: x509.Certificate) -> Iterator[str]:
    """Names, addresses and URIs of the extension subjectAltName (RFC 5280 §4.2.1.6)."""
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    for name in list(names)[:NAMES_MOST]:
        value = name.value
        yield _cut(value.rfc4514_string() if isinstance(value, x509.Name) else str(value))


def _describe_signature(certificate: x509.Certificate) -> str:
    """Signature algorithm: its name where the library has one, else its object identifier."""
    identifier = certificate.signature_algorithm_oid
    name = str(getattr(identifier, "_name", ""))
    return name if name and name != "Unknown OID" else identifier.dotted_string


def _describe_key(certificate: x509.Certificate) -> tuple[str, int | None]:
    """Kind and bits of the public key; the kind's object identifier where the library cannot read it."""
    try:
        key = certificate.public_key()
    except _FAULTS:
        return certificate.public_key_algorithm_oid.dotted_string, None
    kind = next((name for one, name in _KEYS if isinstance(key, one)), type(key).__name__)
    return kind, getattr(key, "key_size", None)
