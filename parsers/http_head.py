"""The head of an HTTP/1.x message: start line, header lines, and how its body is framed (kernels).

Standard: RFC 9112 §2 (message), §3 (request line), §4 (status line), §5 (field lines), §6 (body framing). Layout::

    GET /path HTTP/1.1 CR LF        HTTP/1.1 200 OK CR LF
    Name: value CR LF               Name: value CR LF
    CR LF                           CR LF
"""

from __future__ import annotations

from parsers.http_names import CONTENT_LENGTH, LONGEST_METHOD, TRANSFER_ENCODING, identify_header, is_method, lower
from parsers.packet import Bytes
from wanglou.kernel import int64, kernel

HEAD_MOST = 16_384
"""Longest head in bytes; servers take 8 to 16 KiB by default."""
TARGET_MOST = 8_192  # RFC 9110 §4.1 asks for at least 8000

NO_BODY, LENGTH, CHUNKED, UNTIL_CLOSE = 0, 1, 2, 3
"""How a body is framed (RFC 9112 §6.3)."""

ODDITIES = (
    "both_lengths", "several_lengths", "bad_length", "bad_chunk", "obs_fold", "space_before_colon", "no_host",
    "several_hosts", "bare_lf", "bad_header", "unknown_coding", "bad_coding", "decoded_bound", "ratio_bound",
)  # fmt: skip
"""What may be odd in a message; bit k of its oddities is the k-th."""
(
    BOTH_LENGTHS, SEVERAL_LENGTHS, BAD_LENGTH, BAD_CHUNK, OBS_FOLD, SPACE_BEFORE_COLON, NO_HOST,
    SEVERAL_HOSTS, BARE_LF, BAD_HEADER, UNKNOWN_CODING, BAD_CODING, DECODED_BOUND, RATIO_BOUND,
) = (1 << bit for bit in range(14))  # fmt: skip

_CR, _LF, _SPACE, _TAB, _COLON, _COMMA = 13, 10, 32, 9, 58, 44
_LENGTH_DIGITS = 15
_VERSION = (72, 84, 84, 80, 47, 49, 46)  # HTTP/1.
_CHUNKED = (99, 104, 117, 110, 107, 101, 100)


@kernel
def match_version(buf: Bytes, pos: int, end: int) -> int:
    """1 where ``HTTP/1.`` and a digit are at ``pos``, 0 where they may come, -1 where they do not."""
    for k in range(7):
        if pos + k >= end:
            return 0
        if int64(buf[pos + k]) != _VERSION[k]:
            return -1
    if pos + 7 >= end:
        return 0
    return 1 if is_digit(int64(buf[pos + 7])) else -1


@kernel
def is_digit(byte: int) -> bool:
    """True for 0 to 9."""
    return 48 <= byte <= 57


@kernel
def match_reply(buf: Bytes, pos: int, end: int) -> int:
    """1 where a status line begins at ``pos``, 0 where more bytes decide, -1 where none does."""
    verdict = match_version(buf, pos, end)
    if verdict <= 0:
        return verdict
    for k in range(8, 13):
        if pos + k >= end:
            return 0
        byte = int64(buf[pos + k])
        if k == 8:
            fits = byte == _SPACE
        elif k == 12:
            fits = byte in (_SPACE, _CR, _LF)
        else:
            fits = is_digit(byte)
        if not fits:
            return -1
    return 1 if int64(buf[pos + 9]) != 48 else -1


@kernel
def end_method(buf: Bytes, pos: int, end: int) -> int:
    """Where the method at ``pos`` ends: the place of the space after it, 0 where more bytes decide, -1: none."""
    at = pos
    while at < end and at - pos <= LONGEST_METHOD:
        byte = int64(buf[at])
        if byte == _SPACE:
            return at if at > pos else -1
        if not (65 <= byte <= 90 or (byte in (45, 95) and at > pos)):
            return -1
        at += 1
    return 0 if at >= end and at - pos <= LONGEST_METHOD else -1


@kernel
def end_target(buf: Bytes, pos: int, end: int) -> int:
    """Where the target at ``pos`` ends: the place of the space after it, 0 where more bytes decide, -1: none."""
    at = pos
    while at < end and at - pos <= TARGET_MOST:
        byte = int64(buf[at])
        if byte == _SPACE:
            return at if at > pos else -1
        if byte < _SPACE or byte == 127:
            return -1
        at += 1
    return 0 if at >= end and at - pos <= TARGET_MOST else -1


@kernel
def match_request(buf: Bytes, pos: int, end: int) -> int:
    """1 where a request line is at ``pos``, 0 where more bytes decide, -1 where none is."""
    method = end_method(buf, pos, end)
    if method <= 0:
        return method
    if method + 1 < end and not _can_begin_target(int64(buf[method + 1]), is_method(buf, pos, method)):
        return -1
    target = end_target(buf, method + 1, end)
    if target <= 0:
        return target
    verdict = match_version(buf, target + 1, end)
    if verdict <= 0:
        return verdict
    if target + 9 >= end:
        return 0
    return 1 if int64(buf[target + 9]) in (_CR, _LF) else -1


@kernel
def _can_begin_target(byte: int, known: bool) -> bool:
    """True for what a target begins with (RFC 9112 §3.2): a slash, ``*``, or a letter or digit after a known method."""
    return byte in (47, 42) or (known and (is_digit(byte) or 65 <= byte <= 90 or 97 <= byte <= 122 or byte == 91))


@kernel
def skip_blank(buf: Bytes, pos: int, end: int) -> int:
    """Position after up to two empty lines, which RFC 9112 §2.2 lets come before a start line."""
    at = pos
    while at < end and at - pos < 4 and int64(buf[at]) in (_CR, _LF):
        at += 1
    return at


@kernel
def split_line(buf: Bytes, pos: int, end: int) -> tuple[int, int, int, int, int]:
    """Take a line apart: (end of the name, begin of the value, end of the value, next line, oddities).

    Next line is 0 where the line is not whole. The name ends at ``pos`` where there is none: in an empty line, whose
    value ends at ``pos`` too, in a folded one, or in one without a colon.
    """
    at, colon, odd = pos, int64(-1), int64(0)
    while at < end:
        byte = int64(buf[at])
        if byte == _LF:
            break
        if byte == _COLON and colon < 0:
            colon = at
        elif byte == 0 or (byte == _CR and at + 1 < end and int64(buf[at + 1]) != _LF):
            odd |= BAD_HEADER
        at += 1
    if at >= end:
        return pos, pos, pos, int64(0), odd
    stop = at
    if stop > pos and int64(buf[stop - 1]) == _CR:
        stop -= 1
    else:
        odd |= BARE_LF
    if stop == pos:
        return pos, pos, pos, at + 1, odd
    if int64(buf[pos]) in (_SPACE, _TAB):
        return pos, pos, stop, at + 1, odd | OBS_FOLD
    if colon <= pos:
        return pos, pos, stop, at + 1, odd | BAD_HEADER
    name, value = colon, colon + 1
    while name > pos and int64(buf[name - 1]) in (_SPACE, _TAB):
        name -= 1
        odd |= SPACE_BEFORE_COLON
    while value < stop and int64(buf[value]) in (_SPACE, _TAB):
        value += 1
    while stop > value and int64(buf[stop - 1]) in (_SPACE, _TAB):
        stop -= 1
    return name, value, stop, at + 1, odd


@kernel
def add_length(buf: Bytes, start: int, stop: int, length: int) -> tuple[int, int]:
    """Take in a Content-Length field: (length, oddities); -1 is no length so far."""
    value = int64(0)
    for at in range(start, stop):
        byte = int64(buf[at])
        if not is_digit(byte) or at - start >= _LENGTH_DIGITS:
            return length, int64(SEVERAL_LENGTHS if byte == _COMMA else BAD_LENGTH)
        value = value * 10 + byte - 48
    if stop <= start:
        return length, int64(BAD_LENGTH)
    if length >= 0:
        return length, int64(SEVERAL_LENGTHS)
    return value, int64(0)


@kernel
def ends_in_chunked(buf: Bytes, start: int, stop: int) -> bool:
    """True where the last coding of a Transfer-Encoding field is ``chunked`` (RFC 9112 §7)."""
    if stop - start < 7:
        return False
    for k in range(7):
        if lower(buf, stop - 7 + k) != _CHUNKED[k]:
            return False
    return stop - start == 7 or int64(buf[stop - 8]) in (_COMMA, _SPACE, _TAB)


@kernel
def frame_body(is_reply: bool, status: int, length: int, coded: int, odd: int) -> tuple[int, int]:
    """How the body is framed (RFC 9112 §6.3), with the oddities of it; ``coded``: 0 none, 1 chunked, -1 another."""
    if coded != 0 and length >= 0:
        odd |= BOTH_LENGTHS
    if is_reply and (100 <= status < 200 or status in (204, 304)):
        return NO_BODY, odd
    if coded > 0:
        return CHUNKED, odd
    if coded < 0:
        return UNTIL_CLOSE if is_reply else NO_BODY, odd | UNKNOWN_CODING
    if length >= 0:
        return LENGTH if length > 0 else NO_BODY, odd
    return UNTIL_CLOSE if is_reply else NO_BODY, odd


@kernel
def measure_head(buf: Bytes, pos: int, end: int, is_reply: bool) -> tuple[int, int, int]:
    """Where the head that begins at ``pos`` ends, and its body: (position, framing, length).

    Position is 0 where the head is not whole and -1 where it is too long; the start line has been matched.
    """
    stop = min(end, pos + HEAD_MOST)
    status = int64(0)
    if is_reply and end - pos >= 12:
        status = (int64(buf[pos + 9]) * 10 + int64(buf[pos + 10])) * 10 + int64(buf[pos + 11]) - 5328
    length, coded, odd, at = int64(-1), int64(0), int64(0), pos
    first = True
    while True:
        name, value, value_end, following, _ = split_line(buf, at, stop)
        if following == 0:
            return int64(0 if end - pos < HEAD_MOST else -1), NO_BODY, int64(0)
        if value_end == at and not first:
            framing, odd = frame_body(is_reply, status, length, coded, odd)
            return following, framing, max(length, 0)
        if not first and name - at in (14, 17):
            field = identify_header(buf, at, name)
            if field == CONTENT_LENGTH:
                length, odd = add_length(buf, value, value_end, length)
            elif field == TRANSFER_ENCODING:
                coded = int64(1) if ends_in_chunked(buf, value, value_end) else int64(-1)
        first = False
        at = following
