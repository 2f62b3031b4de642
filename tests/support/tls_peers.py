"""A TLS client and server of the standard library that speak over a relay, and the certificates they need."""

from __future__ import annotations

import contextlib
import datetime as dt
import socket
import ssl
import threading
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.support.pieces import Piece
from tests.support.relay import relay_to

BEGIN = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
END = dt.datetime(2036, 1, 2, 3, 4, 5, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate with its key, in one file."""

    path: Path
    certificate: x509.Certificate


def make_identity(folder: Path, name: str = "plc.park.example", end: dt.datetime = END) -> Identity:
    """Self-signed certificate of a name and 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [
            x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "园区 Park"),
            x509.NameAttribute(x509.NameOID.COMMON_NAME, name),
        ]
    )
    names = x509.SubjectAlternativeName([x509.DNSName(name), x509.IPAddress(ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    builder = builder.serial_number(0x1234ABCD).not_valid_before(BEGIN).not_valid_after(end)
    certificate = builder.add_extension(names, critical=False).sign(key, hashes.SHA256())
    path = folder / f"{name}.pem"
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return Identity(path, certificate)


def shake_hands(
    identity: Identity, version: ssl.TLSVersion, *, trust: bool = True, sessions: int = 1, with_client: bool = False
) -> tuple[list[Piece], list[tuple[str, ...]]]:
    """Let a client say ``ping`` ``sessions`` times, taking up its session; pieces, and (version, cipher, ALPN) each."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(identity.path)
    context.minimum_version = context.maximum_version = version
    context.set_alpn_protocols(["mqtt", "http/1.1"])
    if with_client:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(identity.path)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_answer, args=(listener, context, sessions), daemon=True)
        thread.start()
        with relay_to(listener.getsockname()[1]) as relay:
            chosen = _ask(relay.port, identity, trust=trust, sessions=sessions, with_client=with_client)
        thread.join(10)
    return relay.pieces, chosen


def _answer(listener: socket.socket, context: ssl.SSLContext, sessions: int) -> None:
    for _ in range(sessions):
        connection, _ = listener.accept()
        with contextlib.suppress(OSError), context.wrap_socket(connection, server_side=True) as channel:
            channel.sendall(channel.recv(100))
            channel.recv(1)


def _ask(port: int, identity: Identity, *, trust: bool, sessions: int, with_client: bool) -> list[tuple[str, ...]]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_alpn_protocols(["mqtt"])
    if trust:
        context.load_verify_locations(identity.path)
    if with_client:
        context.load_cert_chain(identity.path)
    found: list[tuple[str, ...]] = []
    session = None
    for _ in range(sessions):
        connection = socket.create_connection(("127.0.0.1", port), timeout=10)
        with (
            contextlib.suppress(ssl.SSLError),
            context.wrap_socket(connection, server_hostname="plc.park.example", session=session) as channel,
        ):
            channel.sendall(b"ping")
            assert channel.recv(100) == b"ping"
            session = channel.session
            cipher = channel.cipher()
            found.append((str(channel.version()), cipher[0] if cipher else "", channel.selected_alpn_protocol() or ""))
        connection.close()
    return found
