"""Where an HTTP/1.x message begins and ends (kernels).

Standard: RFC 9112 §6.3. Some things cannot be told from a message alone. A reply to HEAD says a length and has no
body: a reply is taken to have none where the next bytes are a status line, so its length is not told before some bytes
follow. A reply without a length goes on until the connection closes and measures UNTIL_CLOSE_BYTES. A chunked body
longer than WINDOW is cut at the end of a chunk; what follows measures as a message that begins with a chunk's size.
"""

from __future__ import annotations

from parsers.http_chunk import BROKEN, DONE, GOES_ON, NEEDS_MORE, WINDOW, read_size, walk_chunks
from parsers.http_head import (
    CHUNKED,
    HEAD_MOST,
    LENGTH,
    NO_BODY,
    TARGET_MOST,
    end_method,
    match_reply,
    match_request,
    match_version,
    measure_head,
    skip_blank,
    split_line,
)
from parsers.http_names import LONGEST_METHOD, UPGRADE, identify_header, is_method, lower
from parsers.packet import Bytes
from parsers.protocol import REPLY, REQUEST
from wanglou.kernel import int64, kernel

UNTIL_CLOSE_BYTES = 1 << 40
"""Length of a reply that only the end of its connection ends."""
TARGET_TELLS = 1_024
"""Bytes of a request line after which its end is not waited for to know it: one too long to be read is malformed."""
LONGEST = WINDOW + 8_192
"""Most bytes that must lie together for a length to be told."""

_WEBSOCKET = (119, 101, 98, 115, 111, 99, 107, 101, 116)


@kernel
def recognise_http(buf: Bytes, pos: int, end: int, served: bool, whole: bool) -> tuple[int, int]:  # noqa: ARG001 - as all
    """(1, role) for a start line of HTTP/1.x, (0, 0) where it may become one, (-1, 0) else; datagrams are none.

    A port says nothing that a start line does not: ``served`` counts for nothing.
    """
    if whole:
        return -1, 0
    start = skip_blank(buf, pos, end)
    reply, request = match_reply(buf, start, end), match_request(buf, start, end)
    if reply == 1:
        return 1, REPLY
    if request == 1 or (request == 0 and _is_long_request(buf, start, end)):
        return 1, REQUEST
    return (0, 0) if reply == 0 or request == 0 else (-1, 0)


@kernel
def _is_long_request(buf: Bytes, start: int, end: int) -> bool:
    """True where a known method is followed by so long a beginning of a target that nothing else is meant."""
    if end - start < TARGET_TELLS:
        return False
    method = end_method(buf, start, end)
    return method > 0 and is_method(buf, start, method)


@kernel
def measure_http(buf: Bytes, pos: int, end: int, from_client: bool) -> int:
    """Length of the message at ``pos``; 0 where more bytes are needed, -1 where none begins there."""
    start = skip_blank(buf, pos, end)
    verdict = match_request(buf, start, end) if from_client else match_reply(buf, start, end)
    if verdict == 0:
        return 0 if end - start < TARGET_MOST + 64 else -1
    if verdict < 0:
        return _measure_rest(buf, pos, end)
    head, framing, length = measure_head(buf, start, end, not from_client)
    if head <= 0:
        return head
    if framing == NO_BODY:
        return head - pos
    if not from_client:
        following = match_version(buf, head, end)
        if following == 1:
            return head - pos
        if following == 0 and not (framing == LENGTH and end - head >= length):
            return 0
    if framing == LENGTH:
        return head + length - pos
    if framing == CHUNKED:
        state, stop, _, _ = walk_chunks(buf, pos, head, end)
        if state == BROKEN:  # one byte of what is no chunk tells it from a message without a body
            stop = max(stop, head + 1)
        return 0 if state == NEEDS_MORE else stop - pos
    return UNTIL_CLOSE_BYTES


@kernel
def _measure_rest(buf: Bytes, pos: int, end: int) -> int:
    """Length of the chunks at ``pos``, where a chunked body goes on."""
    if pos >= end:
        return 0
    state, stop, _, _ = walk_chunks(buf, pos, pos, end)
    if state == BROKEN:
        return stop - pos if stop > pos else -1
    return stop - pos if state in (DONE, GOES_ON) else 0


@kernel
def find_http(buf: Bytes, pos: int, end: int, from_client: bool) -> int:
    """Next start line at or after ``pos``, or what may become one where the bytes end; ``end`` when there is none."""
    for at in range(pos, end):
        byte = int64(buf[at])
        if not from_client:
            if byte == 72 and (match_reply(buf, at, end) == 1 or (end - at < 13 and match_reply(buf, at, end) == 0)):
                return at
        elif 65 <= byte <= 90:
            before = int64(buf[at - 1]) if at > pos else int64(10)
            if not 65 <= before <= 90 and _is_request_plausible(buf, at, end, before == 10):
                return at
    return end


@kernel
def _is_request_plausible(buf: Bytes, at: int, end: int, begins_line: bool) -> bool:
    """True for a request line of a known method, also for one that is cut by the end of the bytes and begins a line."""
    method = end_method(buf, at, end)
    if method <= 0:
        return method == 0 and begins_line and end - at <= LONGEST_METHOD
    verdict = match_request(buf, at, end)
    return is_method(buf, at, method) and (verdict == 1 or (verdict == 0 and begins_line))


@kernel
def is_upgrade(buf: Bytes, pos: int, end: int) -> bool:
    """True for a whole reply 101 that switches to WebSocket (RFC 6455 §4.2.2): what follows is not HTTP."""
    start = skip_blank(buf, pos, end)
    if match_reply(buf, start, end) != 1:
        return False
    if int64(buf[start + 9]) != 49 or int64(buf[start + 10]) != 48 or int64(buf[start + 11]) != 49:
        return False
    at, stop, found = start, min(end, start + HEAD_MOST), False
    while True:
        name, value, value_end, following, _ = split_line(buf, at, stop)
        if following == 0:
            return False
        if value_end == at:
            return found
        if identify_header(buf, at, name) == UPGRADE:
            found = found or _holds_websocket(buf, value, value_end)
        at = following


@kernel
def _holds_websocket(buf: Bytes, start: int, stop: int) -> bool:
    """True where the value is ``websocket``, letters of either case."""
    if stop - start != 9:
        return False
    for k in range(9):  # noqa: SIM110 - kernels know no generators
        if lower(buf, start + k) != _WEBSOCKET[k]:
            return False
    return True


@kernel
def begins_in_chunk(buf: Bytes, pos: int, end: int) -> bool:
    """True where the bytes are a chunk and no start line: the rest of a body that was cut."""
    _, data = read_size(buf, pos, end)
    return data > 0
