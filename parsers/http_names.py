"""Names that kernels look for in HTTP: methods and header fields, as bytes in arrays.

Sources: RFC 9110 §9 (methods), §18.4 (header fields); RFC 5789 (PATCH); RFC 4918 §9 (WebDAV); RFC 7239 §1
(X-Forwarded-For is what deployments use).
"""

from __future__ import annotations

import numpy as np

from parsers.packet import Bytes
from wanglou.kernel import int64, kernel

HEADERS = sorted(
    (
        "host", "server", "cookie", "referer", "upgrade", "location", "user-agent", "set-cookie", "content-type",
        "authorization", "content-length", "x-forwarded-for", "content-encoding", "www-authenticate",
        "transfer-encoding", "proxy-authorization",
    ),
    key=len,
)  # fmt: skip
"""Header fields that are read, by length."""

(
    HOST, SERVER, COOKIE, REFERER, UPGRADE, LOCATION, USER_AGENT, SET_COOKIE, CONTENT_TYPE, AUTHORIZATION,
    CONTENT_LENGTH, FORWARDED_FOR, CONTENT_ENCODING, AUTHENTICATE, TRANSFER_ENCODING, PROXY_AUTHORIZATION,
) = range(16)  # fmt: skip
OTHER = -1

METHODS = sorted(
    (
        "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "PROPFIND", "PROPPATCH",
        "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK", "SEARCH", "REPORT", "SUBSCRIBE", "UNSUBSCRIBE", "NOTIFY",
    ),
    key=len,
)  # fmt: skip
"""Methods that are known by name, by length; others are taken where the whole line fits."""

LONGEST_HEADER = max(map(len, HEADERS))
LONGEST_METHOD = 20


def _lay_out(names: list[str], longest: int) -> tuple[Bytes, Bytes]:
    """Names one after the other, each in ``longest`` bytes; and the first name of each length up to ``longest``."""
    text = np.zeros((len(names), longest), dtype=np.uint8)
    for at, name in enumerate(names):
        text[at, : len(name)] = list(name.encode())
    firsts = [sum(len(name) < length for name in names) for length in range(longest + 2)]
    return text, np.array(firsts, dtype=np.uint8)


_HEADER_TEXT, _HEADER_FIRST = _lay_out(HEADERS, LONGEST_HEADER)
_METHOD_TEXT, _METHOD_FIRST = _lay_out(METHODS, LONGEST_METHOD)


@kernel
def identify_header(buf: Bytes, start: int, stop: int) -> int:
    """Which of HEADERS a field name is, letters of either case; OTHER for none."""
    length = stop - start
    if length < 1 or length > LONGEST_HEADER:
        return OTHER
    for name in range(int64(_HEADER_FIRST[length]), int64(_HEADER_FIRST[length + 1])):
        k = 0
        while k < length and lower(buf, start + k) == int64(_HEADER_TEXT[name, k]):
            k += 1
        if k == length:
            return name
    return OTHER


@kernel
def is_method(buf: Bytes, start: int, stop: int) -> bool:
    """True where the bytes are one of METHODS."""
    length = stop - start
    if length < 1 or length > LONGEST_METHOD:
        return False
    for name in range(int64(_METHOD_FIRST[length]), int64(_METHOD_FIRST[length + 1])):
        k = 0
        while k < length and int64(buf[start + k]) == int64(_METHOD_TEXT[name, k]):
            k += 1
        if k == length:
            return True
    return False


@kernel
def lower(buf: Bytes, at: int) -> int:
    """Byte at ``at``, a capital letter made small."""
    byte = int64(buf[at])
    return byte + 32 if 65 <= byte <= 90 else byte
