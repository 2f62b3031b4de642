"""HTTP messages to fields: start line, header values as spans, sizes, and where the body lies (kernel).

Standards: RFC 9110 (semantics), RFC 9112 (HTTP/1.1). A message with a whole head is read whatever became of its body;
without one it is malformed. Values beyond the first of a header are not kept.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from parsers.http_chunk import BROKEN, DONE, NEEDS_MORE, read_size, walk_chunks
from parsers.http_frame import UNTIL_CLOSE_BYTES, begins_in_chunk
from parsers.http_head import (
    BAD_CHUNK,
    BAD_HEADER,
    CHUNKED,
    HEAD_MOST,
    LENGTH,
    NO_BODY,
    NO_HOST,
    SEVERAL_HOSTS,
    UNTIL_CLOSE,
    add_length,
    end_method,
    end_target,
    ends_in_chunked,
    frame_body,
    match_reply,
    match_request,
    skip_blank,
    split_line,
)
from parsers.http_names import (
    CONTENT_LENGTH,
    COOKIE,
    HEADERS,
    HOST,
    OTHER,
    PROXY_AUTHORIZATION,
    SET_COOKIE,
    TRANSFER_ENCODING,
    identify_header,
)
from parsers.message import BROKEN_BY_GAP, STRAY, WHOLE
from parsers.packet import Bytes
from wanglou.kernel import int64, kernel

REQUEST, REPLY, REST, HEADLESS = 0, 1, 2, 3
"""Kinds of messages: REST is where a chunked body goes on, HEADLESS what has no whole head."""

KEPT_LEAST = 16_384
"""Bytes of a long message that are kept at least: a shorter one is all there is."""

NO_ERROR, NOT_HTTP, GAP, TRUNCATED, SEQUENCE = 0, 1, 2, 3, 4
ERRORS = ("", "not_http", "gap", "truncated", "sequence")

METHOD, TARGET, REASON = len(HEADERS), len(HEADERS) + 1, len(HEADERS) + 2
SPANS = len(HEADERS) + 3
"""Texts of a message: the header fields of HEADERS by number, then METHOD, TARGET and REASON."""

HTTP = np.dtype(
    [
        ("head_bytes", "i8"),
        ("body_bytes", "i8"),  # on the wire without chunk framing; -1: not known
        ("body_at", "i8"),  # where what is kept of the body lies, chunk framing included
        ("body_kept", "i8"),
        ("plain_at", "i8"),  # where the body lies when it is whole and in one piece, -1: it is not
        ("plain_bytes", "i8"),
        ("odd", "i4"),  # oddities (parsers.http_head)
        ("headers", "i4"),
        ("status", "i2"),  # -1: a request
        ("minor", "i1"),  # of the version
        ("kind", "u1"),
        ("framing", "u1"),
        ("error", "u1"),
        ("cookie", "u1"),
        ("whole", "u1"),  # all of the body is there
    ],
    align=True,
)


@kernel
def decode_messages(data: Bytes, spill: Bytes, messages: Any, https: Any, spans: Any) -> None:
    """Decode MESSAGE[n] into HTTP[n] and SPAN[SPANS, n], all numbered alike."""
    for i in range(len(messages)):
        m, h = messages[i], https[i]
        _clear(h)
        for k in range(SPANS):
            spans[k, i].length = -1
        buf = data if m.spill == 0 else spill
        pos, end = int64(m.offset), int64(m.offset) + int64(m.length)
        if m.status == BROKEN_BY_GAP:
            h.error = GAP
        elif m.status == STRAY:
            h.error = SEQUENCE
        start = skip_blank(buf, pos, end)
        if m.from_server and match_reply(buf, start, end) == 1:
            h.kind = REPLY
        elif not m.from_server and match_request(buf, start, end) == 1:
            h.kind = REQUEST
        else:
            if m.status == WHOLE and begins_in_chunk(buf, pos, end):
                h.kind = REST
            elif h.error == NO_ERROR:
                h.error = NOT_HTTP
            continue
        head = _read_head(buf, start, end, h, spans, i, int64(m.spill))
        if head <= 0:
            h.kind = HEADLESS
            if h.error == NO_ERROR:
                h.error = TRUNCATED
            continue
        h.head_bytes = head - pos
        _read_body(buf, pos, head, end, m, h)


@kernel
def _clear(h: Any) -> None:
    h.head_bytes, h.body_bytes, h.body_at, h.body_kept, h.plain_at, h.plain_bytes = -1, -1, 0, 0, -1, 0
    h.odd, h.headers, h.status, h.minor = 0, 0, -1, -1
    h.kind, h.framing, h.error, h.cookie, h.whole = HEADLESS, NO_BODY, NO_ERROR, 0, 0


@kernel
def _keep(spans: Any, which: int, i: int, start: int, stop: int, spill: int) -> None:
    s = spans[which, i]
    if s.length < 0:
        s.offset, s.length, s.spill = start, stop - start, spill


@kernel
def _read_head(buf: Bytes, start: int, end: int, h: Any, spans: Any, i: int, spill: int) -> int:
    """Read start line and header lines; returns where the head ends, 0 where it does not."""
    stop = min(end, start + HEAD_MOST)
    _, _, line_end, at, odd = split_line(buf, start, stop)
    if at == 0:
        return 0
    if h.kind == REPLY:
        h.minor = int64(buf[start + 7]) - 48
        h.status = (int64(buf[start + 9]) * 10 + int64(buf[start + 10])) * 10 + int64(buf[start + 11]) - 5328
        if line_end > start + 13:
            _keep(spans, REASON, i, start + 13, line_end, spill)
    else:
        method = end_method(buf, start, end)
        target = end_target(buf, method + 1, end)
        h.minor = int64(buf[target + 8]) - 48
        _keep(spans, METHOD, i, start, method, spill)
        _keep(spans, TARGET, i, method + 1, target, spill)
    return _read_fields(buf, at, stop, h, spans, i, spill, odd & ~BAD_HEADER)


@kernel
def _read_fields(buf: Bytes, at: int, stop: int, h: Any, spans: Any, i: int, spill: int, odd: int) -> int:
    """Read the header lines from ``at``; returns where the head ends, 0 where it does not."""
    length, coded, count, hosts = int64(-1), int64(0), int64(0), int64(0)
    while True:
        name, value, value_end, following, found = split_line(buf, at, stop)
        if following == 0:
            return 0
        odd |= found
        if value_end == at:
            break
        count += 1
        field = identify_header(buf, at, name)
        if field == CONTENT_LENGTH:
            length, found = add_length(buf, value, value_end, length)
            odd |= found
        elif field == TRANSFER_ENCODING:
            coded = int64(1) if ends_in_chunked(buf, value, value_end) else int64(-1)
        elif field == HOST:
            hosts += 1
        elif field in (COOKIE, SET_COOKIE):
            h.cookie = 1
        if field not in (OTHER, COOKIE, SET_COOKIE, CONTENT_LENGTH, PROXY_AUTHORIZATION):
            _keep(spans, field, i, value, value_end, spill)
        at = following
    if h.kind == REQUEST:
        odd |= SEVERAL_HOSTS if hosts > 1 else (NO_HOST if hosts == 0 and h.minor >= 1 else 0)
    h.framing, h.odd = frame_body(h.kind == REPLY, int64(h.status), length, coded, odd)
    h.headers = count
    h.body_bytes = max(length, 0)
    return following


@kernel
def _read_body(buf: Bytes, pos: int, head: int, end: int, m: Any, h: Any) -> None:
    """Sizes and place of the body, whose end the message may lack."""
    there = end - head
    h.body_at, h.body_kept = head, there
    if h.framing == LENGTH:
        if m.status != WHOLE and there < h.body_bytes and h.error == NO_ERROR:
            h.error = TRUNCATED
        h.whole = there >= h.body_bytes
        if m.status == WHOLE and there == 0 and m.wire <= m.length:  # taken for a reply to HEAD
            h.body_bytes, h.whole = 0, 1
    elif h.framing == UNTIL_CLOSE:
        h.whole = m.wire <= m.length or int64(m.length) < KEPT_LEAST
        h.body_bytes = there
        if not h.whole:
            h.body_bytes = m.wire - (head - pos) if m.wire < UNTIL_CLOSE_BYTES else -1
    elif h.framing == CHUNKED:
        _read_chunks(buf, pos, head, end, h, m.status == WHOLE and m.wire <= m.length)
    else:
        h.body_bytes, h.body_kept, h.whole = 0, 0, 1
    if h.framing in (LENGTH, UNTIL_CLOSE) and h.whole and there > 0:
        h.plain_at, h.plain_bytes = head, there


@kernel
def _read_chunks(buf: Bytes, pos: int, head: int, end: int, h: Any, is_all: bool) -> None:
    """Sum the chunks; where they are cut the sum is not known, and broken where nothing was cut off."""
    if head == end:  # taken for a reply to HEAD, or nothing of the body came
        h.body_bytes = 0
        return
    state, _, total, count = walk_chunks(buf, pos, head, end)
    h.body_bytes = total if state == DONE else -1
    h.whole = state == DONE
    if state == BROKEN or (state == NEEDS_MORE and is_all):
        h.odd |= BAD_CHUNK
    elif state == NEEDS_MORE and h.error == NO_ERROR:
        h.error = TRUNCATED
    if state == DONE and count == 1:
        size, at = read_size(buf, head, end)
        h.plain_at, h.plain_bytes = at, size
