"""X.509 certificates in OPC UA messages: who they name, who made them, how long they hold (RFC 5280)."""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import dataclass
from functools import lru_cache

CERTIFICATE_MAX = 16_384
"""Longest certificate looked at, in bytes."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What is kept of a certificate; texts are empty and times -1 where it cannot be read."""

    thumbprint: str
    """SHA-1 of its bytes in hexadecimal, as OPC 10000-6 §6.2.3 names certificates."""
    subject: str = ""
    issuer: str = ""
    serial_number: str = ""
    not_before_ns: int = -1
    not_after_ns: int = -1


@lru_cache(maxsize=512)
def read_certificate(data: bytes) -> Certificate:
    """Read a DER certificate; of a chain, which is certificates one after the other, the first (§6.2.6)."""
    own = data[: measure_der(data)]
    thumbprint = hashlib.sha1(own, usedforsecurity=False).hexdigest()
    try:
        from cryptography import x509  # noqa: PLC0415 - few captures have certificates, and it takes long to load

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd certificates are no fault of ours
            found = x509.load_der_x509_certificate(own)
            return Certificate(
                thumbprint,
                found.subject.rfc4514_string()[:1024],
                found.issuer.rfc4514_string()[:1024],
                f"{found.serial_number:x}",
                int(found.not_valid_before_utc.timestamp()) * 1_000_000_000,
                int(found.not_valid_after_utc.timestamp()) * 1_000_000_000,
            )
    except (ImportError, ValueError, TypeError, OverflowError):
        return Certificate(thumbprint)


def measure_der(data: bytes) -> int:
    """Bytes of the first DER value, or all where it is none."""
    if len(data) < 4 or data[0] != 0x30:
        return len(data)
    if data[1] < 0x80:
        return 2 + data[1]
    count = data[1] & 0x7F
    if not 1 <= count <= 3:
        return len(data)
    return 2 + count + int.from_bytes(data[2 : 2 + count], "big")
