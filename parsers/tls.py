"""TLS handshake messages to what they say: the two hellos, the server's key exchange, and alerts.

Standards: RFC 8446 §4 (TLS 1.3), RFC 5246 §7.4 (TLS 1.2), RFC 6066 §3 (server name), RFC 7301 (ALPN). Handshakes are
rare, so they are read in Python; every length is checked against the bytes left.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from parsers.tls_names import name_cipher, name_group, name_scheme, name_version

SERVER_NAME, SUPPORTED_GROUPS, SIGNATURE_ALGORITHMS, ALPN, PRE_SHARED_KEY = 0, 10, 13, 16, 41
SUPPORTED_VERSIONS, KEY_SHARE = 43, 51
"""Extension types (RFC 8446 §4.2)."""

_RETRY_RANDOM = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")  # RFC 8446 §4.1.3
_EXTENSIONS_MOST = 256
_NAME_MOST = 255
_NAMED_CURVE = 3  # RFC 8422 §5.4


class Reader:
    """Takes bytes from the front; ``failed`` once more were asked for than there are."""

    def __init__(self, content: bytes) -> None:
        """Start at the first byte."""
        self._content, self._at, self.failed = content, 0, False

    @property
    def left(self) -> int:
        """Bytes not yet taken."""
        return len(self._content) - self._at

    def take(self, count: int) -> bytes:
        """Next ``count`` bytes; none of them, and ``failed``, where there are fewer."""
        if count > self.left:
            self.failed, self._at = True, len(self._content)
            return b""
        self._at += count
        return self._content[self._at - count : self._at]

    def number(self, size: int) -> int:
        """Next number of ``size`` bytes, 0 where it is missing."""
        return int.from_bytes(self.take(size))

    def vector(self, size: int) -> Reader:
        """Bytes whose length is told before them in ``size`` bytes."""
        return Reader(self.take(self.number(size)))

    def rest(self) -> bytes:
        """All that is left."""
        return self.take(self.left)

    def numbers(self) -> list[int]:
        """All that is left as numbers of two bytes."""
        return [self.number(2) for _ in range(self.left // 2)]


def is_grease(number: int) -> bool:
    """True for values that mean nothing and are sent to keep servers tolerant (RFC 8701 §2)."""
    return number & 0x0F0F == 0x0A0A and number >> 8 == number & 0xFF


@dataclass(slots=True)
class ClientHello:
    """What a client offers; lists in its order, GREASE included."""

    version: int = 0
    session: bytes = b""
    ciphers: list[int] = field(default_factory=list)
    extensions: list[int] = field(default_factory=list)
    versions: list[int] = field(default_factory=list)
    groups: list[int] = field(default_factory=list)
    schemes: list[int] = field(default_factory=list)
    alpn: list[bytes] = field(default_factory=list)
    server_name: str = ""
    broken: bool = False
    """True where it ends before its lengths do."""

    @property
    def highest(self) -> int:
        """Highest version offered (RFC 8446 §4.2.1)."""
        return max((version for version in self.versions if not is_grease(version)), default=self.version)

    def describe(self) -> dict[str, list[str]]:
        """Columns of what is offered, GREASE left out."""
        lists = {
            "supported_versions": [*map(name_version, _drop_grease(self.versions))][:16],
            "supported_ciphers": [*map(name_cipher, _drop_grease(self.ciphers))][:128],
            "supported_groups": [*map(name_group, _drop_grease(self.groups))][:32],
            "signature_algorithms": [*map(name_scheme, _drop_grease(self.schemes))][:64],
            "alpn": [decode_name(name) for name in self.alpn][:16],
        }
        return {name: values for name, values in lists.items() if values}


def _drop_grease(numbers: list[int]) -> list[int]:
    return [number for number in numbers if not is_grease(number)]


@dataclass(slots=True)
class ServerHello:
    """What a server chooses."""

    version: int = 0
    session: bytes = b""
    cipher: int = -1
    alpn: str = ""
    group: int = -1
    has_key: bool = False
    """True where it takes up an earlier session by its key (TLS 1.3)."""
    is_retry: bool = False
    """True where it asks for another hello instead (RFC 8446 §4.1.4)."""
    broken: bool = False


def parse_client_hello(body: bytes) -> ClientHello:
    """Read a ClientHello (RFC 8446 §4.1.2) as far as it goes."""
    reader, hello = Reader(body), ClientHello()
    hello.version = reader.number(2)
    reader.take(32)
    hello.session = reader.vector(1).rest()
    hello.ciphers = reader.vector(2).numbers()
    reader.vector(1)
    for kind, content in _list_extensions(reader):
        hello.extensions.append(kind)
        hello.broken |= not _read_offer(hello, kind, Reader(content))
    hello.broken |= reader.failed
    return hello


def _read_offer(hello: ClientHello, kind: int, reader: Reader) -> bool:
    """Read one extension of a client; False where it is cut."""
    if kind == SERVER_NAME:
        names = reader.vector(2)
        while names.left and not names.failed and not hello.server_name:
            is_host = names.number(1) == 0
            name = names.vector(2).rest()
            hello.server_name = decode_name(name) if is_host else ""
        return not names.failed
    if kind == SUPPORTED_GROUPS:
        hello.groups = reader.vector(2).numbers()
    elif kind == SIGNATURE_ALGORITHMS:
        hello.schemes = reader.vector(2).numbers()
    elif kind == SUPPORTED_VERSIONS:
        hello.versions = reader.vector(1).numbers()
    elif kind == ALPN:
        hello.alpn = _read_protocols(reader)
    return not reader.failed


def _read_protocols(reader: Reader) -> list[bytes]:
    """Names of application protocols (RFC 7301 §3.1)."""
    names = reader.vector(2)
    found: list[bytes] = []
    while names.left and not names.failed:
        found.append(names.vector(1).rest())
    reader.failed |= names.failed
    return found


def parse_server_hello(body: bytes) -> ServerHello:
    """Read a ServerHello (RFC 8446 §4.1.3) as far as it goes."""
    reader, hello = Reader(body), ServerHello()
    hello.version = reader.number(2)
    hello.is_retry = reader.take(32) == _RETRY_RANDOM
    hello.session = reader.vector(1).rest()
    hello.cipher = reader.number(2)
    reader.number(1)
    for kind, content in _list_extensions(reader):
        choice = Reader(content)
        if kind == SUPPORTED_VERSIONS:
            hello.version = choice.number(2)
        elif kind == KEY_SHARE:
            hello.group = choice.number(2)
        elif kind == ALPN:
            hello.alpn = decode_name(b"".join(_read_protocols(choice)[:1]))
        hello.has_key |= kind == PRE_SHARED_KEY
        hello.broken |= choice.failed
    hello.broken |= reader.failed
    return hello


def _list_extensions(reader: Reader) -> list[tuple[int, bytes]]:
    """Types and contents of extensions; hellos before TLS 1.0 have none."""
    found: list[tuple[int, bytes]] = []
    if reader.failed or not reader.left:
        return found
    extensions = reader.vector(2)
    while extensions.left and not extensions.failed and len(found) < _EXTENSIONS_MOST:
        kind = extensions.number(2)
        content = extensions.vector(2).rest()
        if not extensions.failed:
            found.append((kind, content))
    reader.failed |= extensions.failed
    return found


def parse_curve(body: bytes) -> int:
    """Named group of a ServerKeyExchange (RFC 8422 §5.4); -1 where it names none."""
    return int.from_bytes(body[1:3]) if len(body) > 3 and body[0] == _NAMED_CURVE else -1


def list_certificates(body: bytes) -> list[bytes]:
    """Certificates of a Certificate message up to TLS 1.2 (RFC 5246 §7.4.2), the sender's own first; at most 16."""
    certificates = Reader(body).vector(3)
    found: list[bytes] = []
    while certificates.left and not certificates.failed and len(found) < 16:
        found.append(certificates.vector(3).rest())
    return [one for one in found if one]


def decode_name(name: bytes) -> str:
    """Text of a name of at most 255 bytes, what is not printable escaped."""
    text = name[:_NAME_MOST].decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
