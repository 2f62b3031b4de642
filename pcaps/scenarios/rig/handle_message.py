"""Messages of the Handle protocol (RFC 3652), as far as the demo park's node and its clients need them.

No Python package speaks this protocol on the wire, so this one is ours. Where implementations and the RFC differ (order
of a handle value's fields, HS_ADMIN, length of fragments), it follows the implementations.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

PORT = 2641
"""Registered port, UDP and TCP (RFC 3652, 2.1.2)."""

RESOLUTION, GET_SITEINFO, CREATE, DELETE, ADD_VALUE, MODIFY_VALUE, LIST_HANDLE = 1, 2, 100, 101, 102, 104, 105
CHALLENGE_RESPONSE, LOGIN = 200, 2000
SUCCESS, PROTOCOL_ERROR, NOT_FOUND, EXISTS, AUTHEN_NEEDED, AUTHEN_FAILED, DAILY_LIMIT = 1, 4, 100, 101, 402, 403, 603

REQUEST_DIGEST = 0x00800000
"""Flag RD: the reply begins with a digest of the request (2.2.2.3)."""

_FRAGMENT = 492
"""Payload of one datagram: 512 bytes less the envelope (2.3)."""

_ENVELOPE = struct.Struct(">BBBBIIII")
_HEADER = struct.Struct(">IIIHBBII")
_TRUNCATED = 0x20


@dataclass(frozen=True, slots=True)
class Message:
    """Envelope, header and body."""

    code: int
    """OpCode."""
    body: bytes = b""
    request: int = 0
    session: int = 0
    response: int = 0
    """ResponseCode; 0 is a request."""
    flags: int = 0x19000000
    """Recursive, cache authentication, public values only: what clients usually send."""
    expires: int = 0
    credential: bytes = b""

    def encode(self) -> bytes:
        """Give the bytes after the envelope."""
        header = _HEADER.pack(self.code, self.response, self.flags, 0xFFFF, 0, 0, self.expires, len(self.body))
        return header + self.body + struct.pack(">I", len(self.credential)) + self.credential

    def frame(self) -> bytes:
        """Give the message as TCP carries it."""
        payload = self.encode()
        return _ENVELOPE.pack(2, 11, 0, 0, self.session, self.request, 0, len(payload)) + payload

    def datagrams(self) -> list[bytes]:
        """Give the message as UDP carries it; every fragment names the whole length."""
        payload = self.encode()
        parts = [payload[at : at + _FRAGMENT] for at in range(0, len(payload), _FRAGMENT)]
        flags = _TRUNCATED if len(parts) > 1 else 0
        head = (2, 11, flags, 0, self.session, self.request)
        return [_ENVELOPE.pack(*head, i, len(payload)) + part for i, part in enumerate(parts)]

    def answer(self, response: int, body: bytes = b"") -> Message:
        """Make the reply."""
        return replace(self, response=response, body=body, flags=0, credential=b"")


def decode(data: bytes) -> Message:
    """Read a whole message; raises struct.error or ValueError for what is none."""
    version, _, _, _, session, request, _, length = _ENVELOPE.unpack_from(data)
    code, response, flags, _, _, _, expires, size = _HEADER.unpack_from(data, _ENVELOPE.size)
    start = _ENVELOPE.size + _HEADER.size
    if version != 2 or length > len(data) - _ENVELOPE.size or size > length - _HEADER.size:
        raise ValueError("lengths do not fit")
    return Message(code, data[start : start + size], request, session, response, flags, expires)


def message_length(envelope: bytes) -> int:
    """Bytes of a message behind its envelope."""
    length: int = _ENVELOPE.unpack(envelope)[7]
    return length


class Reader:
    """Reads the fields of a body; raises ValueError where they do not fit."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def number(self, width: int = 4) -> int:
        """Read an unsigned number."""
        return int.from_bytes(self._take(width), "big")

    def octets(self) -> bytes:
        """Read bytes with their length."""
        return self._take(self.number())

    def text(self) -> str:
        """Read UTF-8 with its length."""
        return self.octets().decode()

    def _take(self, width: int) -> bytes:
        if width > len(self._data) - self._at:
            raise ValueError("cut off")
        self._at += width
        return self._data[self._at - width : self._at]


def octets(data: bytes) -> bytes:
    """Encode bytes with their length."""
    return struct.pack(">I", len(data)) + data


def text(value: str) -> bytes:
    """Encode a text with its length."""
    return octets(value.encode())


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a handle."""

    index: int
    kind: str
    data: bytes
    ttl: int = 86400
    permission: int = 0x0E
    """Admin read and write, public read."""
    time_s: int = field(default=1_760_000_000, compare=False)

    def encode(self) -> bytes:
        """Encode it in the order that implementations use."""
        head = struct.pack(">IIBIB", self.index, self.time_s, 0, self.ttl, self.permission)
        return head + text(self.kind) + octets(self.data) + struct.pack(">I", 0)


def admin(handle: str, index: int, permissions: int) -> bytes:
    """Encode the data of an HS_ADMIN value."""
    return struct.pack(">H", permissions) + text(handle) + struct.pack(">I", index)


def site(address: str, serial: int) -> bytes:
    """Encode the data of an HS_SITE value: one server that answers queries and administration over UDP and TCP."""
    number = b"\0" * 12 + bytes(int(part) for part in address.split("."))
    interfaces = b"".join(struct.pack(">BBI", kind, protocol, PORT) for kind, protocol in ((3, 1), (2, 0)))
    server = struct.pack(">I", 1) + number + octets(b"") + struct.pack(">I", 2) + interfaces
    head = struct.pack(">HBBHBB", 1, 2, 11, serial, 0x80, 2)
    return head + text("") + struct.pack(">I", 0) + struct.pack(">I", 1) + server


def ask(handle: str, indexes: Sequence[int] = (), kinds: Sequence[str] = ()) -> bytes:
    """Encode the body of a resolution."""
    numbers = struct.pack(f">I{len(indexes)}I", len(indexes), *indexes)
    return text(handle) + numbers + struct.pack(">I", len(kinds)) + b"".join(map(text, kinds))


def tell(handle: str, values: Sequence[Value]) -> bytes:
    """Encode a handle with values: the answer of a resolution, the body of CREATE, ADD and MODIFY."""
    return text(handle) + struct.pack(">I", len(values)) + b"".join(value.encode() for value in values)


def read_values(reader: Reader) -> Iterator[Value]:
    """Read the values of such a body."""
    for _ in range(reader.number()):
        index, time_s, _, ttl, permission = (reader.number(width) for width in (4, 4, 1, 4, 1))
        value = Value(index, reader.text(), reader.octets(), ttl, permission, time_s)
        for _ in range(reader.number()):
            reader.text()
            reader.number()
        yield value
