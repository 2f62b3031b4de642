"""JA4, the fingerprint of a TLS client, as FoxIO publishes it (its part JA4 alone is under the BSD licence).

Layout::

    t13d1516h2 _ 8daaf6152771 _ e5627efa2ab1
    | | |  |  |        |              SHA-256 of sorted extensions _ signature algorithms, 12 digits
    | | |  |  |        SHA-256 of sorted cipher suites, 12 digits
    | | |  |  first and last character of the first ALPN name, 00: none
    | | |  extensions, at most 99
    | | cipher suites, at most 99
    | d: a server name is sent, i: none
    t: over TCP, then the highest version

GREASE is left out everywhere. Extensions that are hashed are those but server name and ALPN.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from parsers.tls import ALPN, SERVER_NAME, ClientHello, is_grease

_VERSIONS = {0x0304: "13", 0x0303: "12", 0x0302: "11", 0x0301: "10", 0x0300: "s3", 0x0002: "s2"}
_NOTHING = "000000000000"


def fingerprint_client(hello: ClientHello) -> tuple[str, str]:
    """JA4 of a hello and its form with lists instead of hashes."""
    ciphers = _format(number for number in hello.ciphers if not is_grease(number))
    kinds = [kind for kind in hello.extensions if not is_grease(kind)]
    schemes = _format(number for number in hello.schemes if not is_grease(number))
    extensions = _format(kind for kind in kinds if kind not in (SERVER_NAME, ALPN))
    first = "".join(
        (
            "t",
            _VERSIONS.get(hello.highest, "00"),
            "d" if SERVER_NAME in kinds else "i",
            f"{min(len(ciphers), 99):02}",
            f"{min(len(kinds), 99):02}",
            _end_letters(hello.alpn[0] if hello.alpn else b""),
        )
    )
    listed = ",".join(sorted(ciphers)), "_".join(filter(None, (",".join(sorted(extensions)), ",".join(schemes))))
    return "_".join((first, *map(_hash, listed))), "_".join((first, *listed))


def _format(numbers: Iterable[int]) -> list[str]:
    return [f"{number:04x}" for number in numbers]


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12] if text else _NOTHING


def _end_letters(name: bytes) -> str:
    """First and last letter or digit; of the name in hexadecimal where either is neither."""
    if not name:
        return "00"
    ends = name[:1] + name[-1:]
    return ends.decode() if ends.isalnum() else f"{name[0] >> 4:x}{name[-1] & 15:x}"
