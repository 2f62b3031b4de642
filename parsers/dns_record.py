"""Data of DNS records and EDNS options, written in a form that does not depend on the message (kernels).

Standards: RFC 1035 §3.3 (types with names), RFC 3597 §4 (which names may be compressed), RFC 6891 §6.1.2 (options),
RFC 7871 §6 (client subnet), RFC 3403 (NAPTR), RFC 2782 (SRV), RFC 4034 (RRSIG, NSEC), RFC 9460 (SVCB, HTTPS).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from parsers.dns_frame import NAME_MAX
from parsers.dns_message import EDNS, NO_ERROR, RECORD_DATA, TRUNCATED
from parsers.dns_name import expand_name
from parsers.packet import Bytes, get16
from wanglou.kernel import int64, kernel

_CLIENT_SUBNET = 8


@kernel
def read_options(buf: Bytes, pos: int, end: int, last: int, p: Any, text: Bytes) -> int:
    """EDNS options (RFC 6891 §6.1.2): code and length of each, the data of a client subnet only (RFC 7871).

    Returns how many bytes of text they are, ``last`` at most.
    """
    at = int64(0)
    while pos < end:
        if pos + 4 > end or pos + 4 + get16(buf, pos + 2) > end:
            _note(p, EDNS)
            break
        code, length = get16(buf, pos), get16(buf, pos + 2)
        kept = length if code == _CLIENT_SUBNET and length <= 20 else int64(0)
        if at + 4 + kept > last:
            p.bounded = 1
            break
        text[at], text[at + 1] = buf[pos], buf[pos + 1]
        text[at + 2], text[at + 3] = 0, kept
        for k in range(kept):
            text[at + 4 + k] = buf[pos + 4 + k]
        at += 4 + kept
        pos += 4 + length
    return at


_LAYOUTS = np.zeros(66, dtype=np.int64)
_LAYOUTS[[2, 3, 4, 5, 7, 8, 9, 12, 30, 39, 47]] = 1
_LAYOUTS[[6, 14, 17]] = 2
_LAYOUTS[[15, 18, 21, 36, 64, 65]] = 201
_LAYOUTS[26] = 202
_LAYOUTS[33] = 601
_LAYOUTS[35] = 431
_LAYOUTS[[24, 46]] = 1801


@kernel
def lay_out(kind: int) -> int:
    """How data of a type is made up: bytes before, times 100; then character strings, times 10; then names.

    0: no names. Types whose names may be compressed (RFC 1035 §3.3, RFC 3597 §4), and those whose names are not but
    are read alike: RRSIG, NSEC, SVCB, HTTPS.
    """
    return int64(_LAYOUTS[kind]) if kind < len(_LAYOUTS) else int64(0)


@kernel
def read_data(buf: Bytes, pos: int, end: int, start: int, last: int, p: Any, kind: int, text: Bytes) -> int:
    """Data of a record as its type and its bytes, names expanded; data that is not so made up is kept as it is.

    Returns how many bytes of text it is, -1 when they might be more than ``last``.
    """
    if 2 + end - pos > last:
        p.bounded = 1
        return -1
    text[0], text[1] = kind >> 8, kind & 0xFF
    shape = lay_out(kind)
    size = int64(-1)
    if shape:
        size = _expand_data(buf, pos, end, start, last, shape, text, 2)
    elif (kind == 1 and end - pos != 4) or (kind == 28 and end - pos != 16):
        _note(p, RECORD_DATA)
        text[0], text[1] = 0, 0
    if shape and size < 0 and end > pos:
        _note(p, -size)
        text[0], text[1] = 0, 0  # told as bytes
    if size < 0:
        size = end - pos
        for k in range(size):
            text[2 + k] = buf[pos + k]
    return size + 2


@kernel
def _note(p: Any, error: int) -> None:
    """Note an error that does not end the message, the first one."""
    if p.error == NO_ERROR:
        p.error = error


@kernel
def _expand_data(buf: Bytes, pos: int, end: int, start: int, last: int, shape: int, text: Bytes, at: int) -> int:
    """Write data with names; returns its size there, minus the error where the bytes do not fit the type."""
    begin = at
    stop = pos + shape // 100
    for _ in range(shape // 10 % 10):
        if stop >= end:
            return -RECORD_DATA
        stop += 1 + int64(buf[stop])
    if stop > end:
        return -RECORD_DATA
    while pos < stop:
        text[at] = buf[pos]
        pos += 1
        at += 1
    for _ in range(shape % 10):
        if at > last:
            return -RECORD_DATA
        after, size = expand_name(buf, pos, end, start, text, at)
        if after < 0:
            return after if after != -TRUNCATED else -RECORD_DATA
        pos = after
        at += size
    if at + end - pos > last + NAME_MAX:
        return -RECORD_DATA
    while pos < end:
        text[at] = buf[pos]
        pos += 1
        at += 1
    return at - begin
