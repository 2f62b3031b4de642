"""A handshake as it goes by: records of both sides joined to messages, and what both said until they are done.

Standards: RFC 8446 §4 and §5, RFC 5246 §7. A message may be spread over records and a record may hold several. After
ChangeCipherSpec (up to TLS 1.2), or in records of application data (TLS 1.3), all is encrypted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from parsers.tls import (
    ClientHello,
    ServerHello,
    list_certificates,
    parse_client_hello,
    parse_curve,
    parse_server_hello,
)
from parsers.tls_certificate import Certificate, read_certificate
from parsers.tls_frame import ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, CLIENT_HELLO, HANDSHAKE, SERVER_HELLO

HANDSHAKE_MOST = 65_536
"""Longest handshake message that is joined, in bytes; chains of certificates are shorter by far."""
MESSAGES_MOST = 64
"""Handshake messages of a side that are read; one has a dozen."""

CERTIFICATE, SERVER_KEY_EXCHANGE, CERTIFICATE_REQUEST, HELLO_DONE = 11, 12, 13, 14
_TLS13 = 0x0304
_ENCRYPTED_ALERT = 19  # bytes of an alert that TLS 1.3 encrypts: 2, its kind, and a tag of 16
_FATAL = 2


@dataclass(slots=True)
class Side:
    """What one side has sent."""

    partial: bytearray = field(default_factory=bytearray)
    """Beginning of a message whose rest has not come."""
    messages: int = 0
    is_secret: bool = False
    """True once nothing more of it can be read."""
    has_gone_on: bool = False
    """True once it sent encrypted records that are no alert."""
    certificates: list[bytes] = field(default_factory=list)


@dataclass(slots=True)
class Handshake:
    """A handshake in progress."""

    first: Any
    """MESSAGE: its first record."""
    end_ns: int = 0
    packet_end: int = 0
    client: Side = field(default_factory=Side)
    server: Side = field(default_factory=Side)
    client_hello: ClientHello | None = None
    server_hello: ServerHello | None = None
    curve: int = -1
    has_retried: bool = False
    wants_certificate: bool = False
    alert: tuple[int, int, bool] | None = None
    """Level, description, and whether the server sent it."""
    error: str = ""
    bounded: int = 0
    """How often a bound ended what is read."""

    @property
    def is_modern(self) -> bool:
        """True from TLS 1.3 on."""
        return self.server_hello is not None and self.server_hello.version >= _TLS13

    @property
    def is_established(self) -> bool:
        """True where both sides went on to encrypted records and neither gave up before."""
        return self.client.has_gone_on and self.server.has_gone_on and not self.has_failed

    @property
    def has_failed(self) -> bool:
        """True after an alert that ends the connection (RFC 8446 §6.2)."""
        return self.alert is not None and self.alert[0] == _FATAL

    @property
    def is_resumed(self) -> bool | None:
        """True where an earlier session was taken up; None where no server answered."""
        near, far = self.client_hello, self.server_hello
        if far is None:
            return None
        if self.is_modern:
            return far.has_key
        return not self.server.certificates and near is not None and bool(far.session) and far.session == near.session

    def add(self, record: bytes, *, from_server: bool, is_cut: bool) -> None:
        """Take in a record, header included; ``is_cut``: its end is missing."""
        side = self.server if from_server else self.client
        kind, content = record[0], record[5:]
        if kind == APPLICATION_DATA:
            side.is_secret = True
            side.has_gone_on |= not (self.is_modern and len(content) <= _ENCRYPTED_ALERT)
        elif kind == CHANGE_CIPHER_SPEC:
            if not self.is_modern and self.server_hello is not None:
                side.is_secret = True
        elif side.is_secret:
            side.has_gone_on |= kind == HANDSHAKE
        elif kind == ALERT and len(content) == 2:
            self.alert = self.alert or (content[0], content[1], from_server)
        elif kind == HANDSHAKE:
            self._join(side, content, from_server=from_server, is_cut=is_cut)

    def _join(self, side: Side, content: bytes, *, from_server: bool, is_cut: bool) -> None:
        """Cut what a side sent into messages."""
        side.partial += content
        while len(side.partial) >= 4:
            length = int.from_bytes(side.partial[1:4])
            if length > HANDSHAKE_MOST or side.messages >= MESSAGES_MOST:
                self._give_up(side)
                return
            if len(side.partial) < 4 + length:
                break
            kind, body = side.partial[0], bytes(side.partial[4 : 4 + length])
            del side.partial[: 4 + length]
            side.messages += 1
            self._read(side, kind, body, from_server=from_server)
        if is_cut:
            self._give_up(side)

    def _give_up(self, side: Side) -> None:
        """Read no more of a side."""
        side.is_secret = True
        side.partial.clear()
        self.bounded += 1
        self.error = self.error or "handshake_too_long"

    def _read(self, side: Side, kind: int, body: bytes, *, from_server: bool) -> None:
        """Read one message."""
        if kind == CLIENT_HELLO and not from_server:
            hello = parse_client_hello(body)
            self.error = self.error or ("bad_client_hello" if hello.broken else "")
            self.client_hello = self.client_hello or hello
        elif kind == SERVER_HELLO and from_server:
            answer = parse_server_hello(body)
            self.error = self.error or ("bad_server_hello" if answer.broken else "")
            self.has_retried |= answer.is_retry
            self.server_hello = answer
            self.curve = answer.group
        elif kind == CERTIFICATE:
            side.certificates = side.certificates or list_certificates(body)
        elif kind == SERVER_KEY_EXCHANGE and from_server:
            self.curve = parse_curve(body)
        elif kind == CERTIFICATE_REQUEST and from_server:
            self.wants_certificate = True

    @property
    def is_done(self) -> bool:
        """True where nothing more is to come that could be read."""
        return self.has_failed or self.is_established

    def describe_certificate(self, *, of_server: bool) -> Certificate | None:
        """Return the side's own certificate; None where none came in clear."""
        side = self.server if of_server else self.client
        return read_certificate(side.certificates[0]) if side.certificates else None
