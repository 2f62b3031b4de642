"""Data of DNS records as text, and the parts of a NAPTR record; once per distinct content.

Content is the record's type (two bytes) and its data with names expanded, as ``parsers.dns`` writes it. Texts are those
of zone files (RFC 1035 §5.1); what does not fit its type is told as bytes (RFC 3597 §5).
"""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Callable
from functools import lru_cache

from parsers.dns_name import decode_name, measure_name
from parsers.dns_names import name_type

_PLAIN = frozenset(range(0x20, 0x7F)) - {0x22, 0x5C}
_QUOTED = [
    chr(byte) if byte in _PLAIN else f"\\{chr(byte)}" if byte in b'"\\' else f"\\{byte:03d}" for byte in range(256)
]
_ALPN, _PORT, _IPV4HINT, _IPV6HINT = 1, 3, 4, 6
_PARAMETERS = {0: "mandatory", 1: "alpn", 2: "no-default-alpn", 3: "port", 4: "ipv4hint", 5: "ech", 6: "ipv6hint"}


class Reader:
    """Reads parts of a record's data one after the other; what is not there raises ``ValueError``."""

    def __init__(self, content: bytes) -> None:
        """Begin at the start."""
        self._content, self._at = content, 0

    @property
    def left(self) -> int:
        """Bytes that are left."""
        return len(self._content) - self._at

    def take(self, count: int) -> bytes:
        """Read ``count`` bytes."""
        if count > self.left:
            raise ValueError("data ends early")
        self._at += count
        return self._content[self._at - count : self._at]

    def number(self, count: int = 2) -> int:
        """Read a number of ``count`` bytes."""
        return int.from_bytes(self.take(count))

    def string(self) -> bytes:
        """Read a character string: a length and so many bytes."""
        return self.take(self.number(1))

    def name(self) -> str:
        """Read an expanded name."""
        return decode_name(self.take(measure_name(self._content, self._at)))

    def rest(self) -> bytes:
        """Read what is left."""
        return self.take(self.left)


def quote(text: bytes) -> str:
    """Character string in quotes (RFC 1035 §5.1)."""
    return '"' + escape(text) + '"'


def escape(text: bytes) -> str:
    """Character string, special bytes escaped."""
    return "".join([_QUOTED[byte] for byte in text])


def decode_data(content: bytes) -> str:
    """Text of a record's data."""
    return _remember_data(content) if len(content) <= _REMEMBERED else _decode_data(content)


def _decode_data(content: bytes) -> str:
    """Text of a record's data, read anew."""
    kind, data = int.from_bytes(content[:2]), content[2:]
    try:
        return _DECODERS[kind](Reader(data)) if kind in _DECODERS else _tell_bytes(data)
    except (ValueError, struct.error):
        return _tell_bytes(data)


_REMEMBERED = 128
"""Bytes of the longest data that is remembered: texts and signatures that are longer would cost memory."""
_remember_data = lru_cache(maxsize=16_384)(_decode_data)


@lru_cache(maxsize=4_096)
def decode_naptr(content: bytes) -> tuple[int, int, str, str, str, str]:
    """Order, preference, flags, services, regexp and replacement of a NAPTR record (RFC 3403 §4.1); zeros if broken."""
    reader = Reader(content[2:])
    try:
        numbers = reader.number(), reader.number()
        texts = [escape(reader.string()) for _ in range(3)]
        return (*numbers, texts[0], texts[1], texts[2], reader.name())
    except ValueError:
        return 0, 0, "", "", "", ""


def _tell_bytes(data: bytes) -> str:
    """Bytes of no known form (RFC 3597 §5)."""
    return f"\\# {len(data)} {data.hex()}" if data else "\\# 0"


def _decode_names(*parts: int) -> Callable[[Reader], str]:
    """Numbers of so many bytes, then one name."""
    return lambda reader: " ".join([*(str(reader.number(size)) for size in parts), reader.name()])


def _decode_soa(reader: Reader) -> str:
    names = reader.name(), reader.name()
    return " ".join([*names, *(str(reader.number(4)) for _ in range(5))])


def _decode_strings(reader: Reader) -> str:
    found = []
    while reader.left:
        size = reader.number(1)
        found.append(quote(reader.take(min(size, reader.left))))  # the last may be cut where texts are
    return " ".join(found)


def _decode_naptr(reader: Reader) -> str:
    numbers = [str(reader.number()), str(reader.number())]
    return " ".join([*numbers, *(quote(reader.string()) for _ in range(3)), reader.name()])


def _decode_service(reader: Reader) -> str:
    """SVCB and HTTPS (RFC 9460 §2): priority, target, parameters."""
    words = [str(reader.number()), reader.name()]
    while reader.left:
        key, value = reader.number(), reader.take(reader.number())
        name = _PARAMETERS.get(key, f"key{key}")
        words.append(f"{name}={_decode_parameter(key, value)}" if value else name)
    return " ".join(words)


def _decode_parameter(key: int, value: bytes) -> str:
    reader = Reader(value)
    words = []
    while reader.left and key in (_ALPN, _IPV4HINT, _IPV6HINT):
        if key == _ALPN:
            words.append(escape(reader.string()))
        else:
            words.append(str(ipaddress.ip_address(reader.take(4 if key == _IPV4HINT else 16))))
    return ",".join(words) or (str(reader.number()) if key == _PORT else value.hex())


def _decode_authorization(reader: Reader) -> str:
    """CAA (RFC 8659 §4.1): flags, tag, value."""
    return f"{reader.number(1)} {escape(reader.string())} {quote(reader.rest())}"


def _decode_key(reader: Reader) -> str:
    """DS, DNSKEY and the like: numbers and a digest or key in hexadecimal."""
    return f"{reader.number()} {reader.number(1)} {reader.number(1)} {reader.rest().hex()}"


def _decode_signature(reader: Reader) -> str:
    """RRSIG (RFC 4034 §3.1): the signature itself in hexadecimal."""
    covered, numbers = name_type(reader.number()), [reader.number(1), reader.number(1)]
    numbers += [reader.number(4), reader.number(4), reader.number(4), reader.number()]
    return " ".join([covered, *map(str, numbers), reader.name(), reader.rest().hex()])


def _decode_types(data: bytes) -> list[str]:
    """Types of a bit map (RFC 4034 §4.1.2)."""
    reader, found = Reader(data), []
    while reader.left:
        window, bits = reader.number(1), reader.string()
        found += [
            name_type(window << 8 | at << 3 | bit)
            for at, byte in enumerate(bits)
            for bit in range(8)
            if byte >> (7 - bit) & 1
        ]
    return found


_DECODERS: dict[int, Callable[[Reader], str]] = {
    1: lambda reader: str(ipaddress.IPv4Address(reader.rest())),
    28: lambda reader: str(ipaddress.IPv6Address(reader.rest())),
    **dict.fromkeys((2, 3, 4, 5, 7, 8, 9, 12, 39), _decode_names()),
    **dict.fromkeys((15, 18, 21, 36), _decode_names(2)),
    **dict.fromkeys((14, 17), lambda reader: f"{reader.name()} {reader.name()}"),
    26: lambda reader: f"{reader.number()} {reader.name()} {reader.name()}",
    6: _decode_soa,
    **dict.fromkeys((13, 16, 19, 20, 99), _decode_strings),
    33: _decode_names(2, 2, 2),
    35: _decode_naptr,
    **dict.fromkeys((43, 48, 25, 59, 60), _decode_key),
    **dict.fromkeys((24, 46), _decode_signature),
    47: lambda reader: " ".join([reader.name(), *_decode_types(reader.rest())]),
    **dict.fromkeys((64, 65), _decode_service),
    256: lambda reader: f"{reader.number()} {reader.number()} {quote(reader.rest())}",
    257: _decode_authorization,
}


def list_options(content: bytes) -> list[int]:
    """Codes of EDNS options."""
    return [code for code, _ in _walk_options(content)]


def find_subnet(content: bytes) -> str:
    """Network of the client subnet option (RFC 7871 §6); empty when there is none or it is broken."""
    data = next((data for code, data in _walk_options(content) if code == 8), b"")
    if len(data) < 4 or data[:2] not in (b"\0\1", b"\0\2"):
        return ""
    size = 4 if data[1] == 1 else 16
    if data[2] > size * 8 or len(data) - 4 > size:
        return ""
    return f"{ipaddress.ip_address(data[4:].ljust(size, bytes(1)))}/{data[2]}"


def _walk_options(content: bytes) -> list[tuple[int, bytes]]:
    reader, found = Reader(content), []
    try:
        while reader.left:
            found.append((reader.number(), reader.take(reader.number())))
    except ValueError:
        pass
    return found
