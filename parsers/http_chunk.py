"""Chunks of an HTTP body (RFC 9112 §7.1): how far they reach (kernel).

Layout::

    size in hexadecimal [; extension] CR LF | size bytes CR LF | ... | 0 CR LF | trailer lines | CR LF
"""

from __future__ import annotations

from parsers.http_head import split_line
from parsers.packet import Bytes
from wanglou.kernel import int64, kernel

WINDOW = 16_384
"""Bytes of a message after which a chunked body is cut at the end of a chunk; the rest is a message of its own."""

NEEDS_MORE, DONE, GOES_ON, BROKEN = 0, 1, 2, -1

_SIZE_LINE = 280  # bytes of a size and its extensions
_SIZE_DIGITS = 8
_TRAILER_MOST = 4_096


@kernel
def walk_chunks(buf: Bytes, begin: int, pos: int, end: int) -> tuple[int, int, int, int]:
    """Follow the chunks from ``pos``: (state, where they end, bytes of data, chunks).

    ``begin`` is where the message begins, from which WINDOW counts; where they go on the end may lie beyond ``end``.
    Broken ones end where the last good chunk does.
    """
    at, total, count = pos, int64(0), int64(0)
    while True:
        if at - begin >= WINDOW:
            return GOES_ON, at, total, count
        size, data = read_size(buf, at, end)
        if data <= 0:
            return NEEDS_MORE if data == 0 else BROKEN, at, total, count
        if size == 0:
            state, stop = _pass_trailer(buf, data, end)
            return state, stop if state == DONE else at, total, count
        following = data + size + 2
        if following > end:
            if following - begin >= WINDOW:
                return GOES_ON, following, total + size, count + 1
            return NEEDS_MORE, at, total, count
        if int64(buf[following - 2]) != 13 or int64(buf[following - 1]) != 10:
            return BROKEN, at, total, count
        at, total, count = following, total + size, count + 1


@kernel
def read_size(buf: Bytes, pos: int, end: int) -> tuple[int, int]:
    """Size of the chunk at ``pos`` and where its data begin: 0 where the line is not whole, -1 where it is none."""
    size, digits, at = int64(0), int64(0), pos
    while at < end and digits <= _SIZE_DIGITS:
        digit = _hex(int64(buf[at]))
        if digit < 0:
            break
        size = size << 4 | digit
        digits += 1
        at += 1
    if digits > _SIZE_DIGITS:
        return size, int64(-1)
    if at >= end:
        return size, int64(0)
    if digits == 0 or int64(buf[at]) not in (9, 13, 32, 59):
        return size, int64(-1)
    while at < end and at - pos < _SIZE_LINE:
        if int64(buf[at]) == 10:
            return size, at + 1 if int64(buf[at - 1]) == 13 else int64(-1)
        at += 1
    return size, int64(0) if at >= end and at - pos < _SIZE_LINE else int64(-1)


@kernel
def _hex(byte: int) -> int:
    """Value of a hexadecimal digit, -1 for what is none."""
    if 48 <= byte <= 57:
        return byte - 48
    byte |= 32
    return byte - 87 if 97 <= byte <= 102 else -1


@kernel
def _pass_trailer(buf: Bytes, pos: int, end: int) -> tuple[int, int]:
    """State and position after the trailer lines and the empty line that ends them."""
    stop, at = min(end, pos + _TRAILER_MOST), pos
    while True:
        _, _, value_end, following, _ = split_line(buf, at, stop)
        if following == 0:
            return (NEEDS_MORE if end - pos < _TRAILER_MOST else BROKEN), at
        if value_end == at:
            return DONE, following
        at = following
