"""Data of handle values: administrators, sites, keys, lists and text, each distinct content read once.

Sources: RFC 3651 §3.2 (predefined types), with the orders and numbers that implementations send: an HS_ADMIN begins
with its permissions, an interface names UDP 0, TCP 1, HTTP 2 and HTTPS 3.
"""

from __future__ import annotations

import hashlib
import ipaddress
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from parsers.handle_names import INTERFACE_PROTOCOLS, SITE_TYPES
from parsers.spans import TEXT_BYTES, decode_text

MOST_SERVERS, MOST_INTERFACES, MOST_ATTRIBUTES, MOST_REFERENCES = 64, 16, 64, 256
_HEX_BYTES = 256

SECRET_TYPES = (b"HS_SECKEY",)


class BrokenDataError(ValueError):
    """Data that ends before its layout does."""


@dataclass(slots=True)
class Reader:
    """Bytes read from the front; every length is checked against what is left."""

    content: bytes
    at: int = 0

    def take(self, count: int) -> bytes:
        """Take the next ``count`` bytes; raises BrokenDataError when they are not there."""
        if count > len(self.content) - self.at:
            raise BrokenDataError
        self.at += count
        return self.content[self.at - count : self.at]

    def number(self, size: int) -> int:
        """Take an unsigned number of ``size`` bytes."""
        return int.from_bytes(self.take(size), "big")

    def text(self) -> bytes:
        """Take a string or byte array: four bytes of length, then its bytes."""
        return self.take(self.number(4))


@dataclass(frozen=True, slots=True)
class Administrator:
    """HS_ADMIN: who may do what."""

    permissions: int
    handle: bytes
    index: int


@dataclass(frozen=True, slots=True)
class Server:
    """One server of a site."""

    id: int
    address: bytes
    """16 bytes."""
    key: bytes
    interfaces: list[tuple[int, int, int]]
    """Type (1 administration, 2 query), protocol, port."""

    @property
    def host(self) -> str:
        """Address as text; IPv4 comes behind zeros or as a mapped address."""
        tail = self.address[12:]
        if self.address[:12] in (bytes(12), bytes(10) + b"\xff\xff") and tail != b"\x00\x00\x00\x01":
            return str(ipaddress.IPv4Address(tail))
        return str(ipaddress.IPv6Address(self.address))


@dataclass(frozen=True, slots=True)
class Site:
    """HS_SITE and its kin: where a handle service is."""

    version: int
    protocol: tuple[int, int]
    serial: int
    primary: int
    """Mask: 0x80 primary, 0x40 several primaries."""
    hashing: int
    """What of a handle chooses the server: 0 prefix, 1 suffix, 2 all."""
    filtered: bytes
    attributes: list[tuple[bytes, bytes]]
    servers: list[Server]


def read_administrator(content: bytes) -> Administrator:
    """Read HS_ADMIN; older records end in two more bytes. Raises BrokenDataError."""
    reader = Reader(content)
    return Administrator(reader.number(2), reader.text(), reader.number(4))


def read_site(content: bytes) -> Site:
    """Read a site record; raises BrokenDataError, also for more servers and so on than are believable."""
    r = Reader(content)
    head = r.number(2), (r.number(1), r.number(1)), r.number(2), r.number(1), r.number(1), r.text()
    attributes = [(r.text(), r.text()) for _ in range(_count(r, MOST_ATTRIBUTES))]
    servers = [_read_server(r) for _ in range(_count(r, MOST_SERVERS))]
    return Site(*head, attributes, servers)


def _read_server(r: Reader) -> Server:
    number, address, key = r.number(4), r.take(16), r.text()
    interfaces = [(r.number(1), r.number(1), r.number(4)) for _ in range(_count(r, MOST_INTERFACES))]
    return Server(number, address, key, interfaces)


def _count(r: Reader, most: int) -> int:
    count = r.number(4)
    if count > most:
        raise BrokenDataError
    return count


def read_references(content: bytes) -> list[tuple[bytes, int]]:
    """Read HS_VLIST: handles and indexes. Raises BrokenDataError."""
    r = Reader(content)
    return [(r.text(), r.number(4)) for _ in range(_count(r, MOST_REFERENCES))]


def read_key_type(content: bytes) -> bytes:
    """Read the type at the beginning of a public key record. Raises BrokenDataError."""
    return Reader(content).text()


@dataclass(slots=True)
class Fact:
    """What one distinct content says; the sequences have an item per administrator, server and so on."""

    kind: str = ""
    text: str = ""
    urls: Sequence[str] = ()
    secret: bool = False
    special: bool = False
    """True when any of what follows is there."""
    admins: Sequence[Administrator] = ()
    serials: Sequence[int] = ()
    addresses: Sequence[str] = ()
    interfaces: Sequence[str] = ()
    key_types: Sequence[str] = ()
    key_hashes: Sequence[str] = ()


def read_value(kind: bytes, content: bytes) -> Fact:
    """Read the data of a value by its type; what does not fit its type's layout is shown as bytes. Never raises."""
    name = kind.upper()
    fact = Fact(decode_text(kind))
    reading = _READINGS.get(name)
    if name in SECRET_TYPES:
        fact.secret, fact.text = True, f"({len(content)} bytes, not kept)"
    elif reading is None:
        fact.text = show_bytes(content)
        if name == b"URL":
            fact.urls = (fact.text,)
    else:
        try:
            reading(content, fact)
            fact.special = True
        except (BrokenDataError, struct.error):
            fact.text = show_bytes(content)
    return fact


def show_bytes(content: bytes) -> str:
    """Text as it is; what is no UTF-8 or holds control characters as ``0x`` and hexadecimal. Both are cut."""
    cut = content[:TEXT_BYTES]
    try:
        text = cut.decode()
    except UnicodeDecodeError as error:
        if error.start < len(cut) - 3 or len(cut) == len(content):
            return _show_hexadecimal(content)
        text = cut[: error.start].decode()
    if not text.isprintable():
        if any(c < " " and c not in "\t\r\n" for c in text):
            return _show_hexadecimal(content)
        text = decode_text(text.encode())
    return text + ("\u2026" if len(content) > len(cut) else "")


def _show_hexadecimal(content: bytes) -> str:
    return "0x" + content[:_HEX_BYTES].hex() + ("\u2026" if len(content) > _HEX_BYTES else "")


def _show_administrator(content: bytes, fact: Fact) -> None:
    admin = read_administrator(content)
    fact.admins = (admin,)
    fact.text = f"{admin.index}:{decode_text(admin.handle[:TEXT_BYTES])} permissions 0x{admin.permissions:04x}"


def _show_references(content: bytes, fact: Fact) -> None:
    listed = read_references(content)
    fact.text = ", ".join(f"{index}:{decode_text(handle[:TEXT_BYTES])}" for handle, index in listed)[:TEXT_BYTES]


def _show_key(content: bytes, fact: Fact) -> None:
    note_key(content, fact)
    fact.text = f"{fact.key_types[-1]} sha256 {fact.key_hashes[-1]}"


def note_key(content: bytes, fact: Fact) -> None:
    """Note type and SHA-256 of a public key record. Raises BrokenDataError."""
    fact.key_types = (*fact.key_types, decode_text(read_key_type(content)[:TEXT_BYTES]))
    fact.key_hashes = (*fact.key_hashes, hashlib.sha256(content).hexdigest())


def _show_site(content: bytes, fact: Fact) -> None:
    site = read_site(content)
    fact.serials = (site.serial,)
    fact.addresses = [server.host for server in site.servers]
    interfaces = []
    for server in site.servers:
        host = f"[{server.host}]" if ":" in server.host else server.host
        for _, protocol, port in server.interfaces:
            name = INTERFACE_PROTOCOLS.get(protocol, f"protocol_{protocol}")
            interfaces.append(f"{name}://{host}:{port}")
        if server.key:
            note_key(server.key, fact)
    fact.interfaces = interfaces
    fact.text = (f"serial {site.serial} " + " ".join(interfaces))[:TEXT_BYTES]


_READINGS = {
    b"HS_ADMIN": _show_administrator,
    b"HS_VLIST": _show_references,
    b"HS_PUBKEY": _show_key,
    **dict.fromkeys(SITE_TYPES, _show_site),
}


def read_site_fact(content: bytes) -> Fact:
    """Read the bare site record that GET_SITEINFO answers. Never raises."""
    return read_value(SITE_TYPES[0], content)
