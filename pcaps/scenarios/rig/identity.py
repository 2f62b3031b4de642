"""Certificates of OPC UA applications, made for one performance and forgotten with it."""

from __future__ import annotations

import functools
import ipaddress
from dataclasses import dataclass

from asyncua.crypto.cert_gen import (
    dump_private_key_as_pem,
    generate_private_key,
    generate_self_signed_app_certificate,
)
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID


@dataclass(frozen=True, slots=True)
class Identity:
    """An application's certificate and key."""

    uri: str
    """Application URI, also in the certificate (OPC 10000-6, 6.2.2)."""
    certificate: bytes
    """DER."""
    key: bytes
    """PEM."""


@functools.cache
def make_identity(uri: str, organisation: str, ip: str) -> Identity:
    """Make a self-signed application certificate with a 2048 bit RSA key, valid for a year; the same one next time."""
    key = generate_private_key()
    names: list[x509.GeneralName] = [
        x509.UniformResourceIdentifier(uri), x509.IPAddress(ipaddress.ip_address(ip))
    ]  # fmt: skip
    usages = [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]
    certificate = generate_self_signed_app_certificate(
        key, uri.rsplit(":", 1)[-1], {"organizationName": organisation}, names, usages
    )
    return Identity(uri, certificate.public_bytes(Encoding.DER), dump_private_key_as_pem(key))
