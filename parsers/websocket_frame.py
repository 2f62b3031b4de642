"""Where a WebSocket frame begins and ends, and its payload without the mask (kernels).

Standard: RFC 6455, §5.2 (framing), §5.3 (masking: client to server always, server to client never), §5.5 (control
frames).

Layout::

    FIN 1 RSV 3 opcode 4 bits | MASK 1 length 7 bits | length 2 or 8, if 126 or 127 | key 4, if masked | payload
"""

from __future__ import annotations

from parsers.packet import Bytes, get16, get32
from wanglou.kernel import int64, kernel

CONTINUATION, TEXT_FRAME, BINARY_FRAME, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10  # §5.2

FINAL, COMPRESSED, RESERVED_BITS, MASKED = 0x80, 0x40, 0x30, 0x80
_CONTROL_MAX = 125  # §5.5
LONGEST = 1 << 40
"""Longest payload that is believed, in bytes."""


@kernel
def measure_websocket(buf: Bytes, pos: int, end: int, from_client: bool) -> int:
    """Length of the frame at ``pos``: 0 when its header is not whole yet, -1 when no frame can begin so.

    RSV1 is let through: it marks compressed messages (RFC 7692).
    """
    if end - pos < 2:
        return 0
    first, second = int64(buf[pos]), int64(buf[pos + 1])
    opcode, length = first & 0x0F, second & 0x7F
    if first & RESERVED_BITS or opcode not in (CONTINUATION, TEXT_FRAME, BINARY_FRAME, CLOSE, PING, PONG):
        return -1
    if (second & MASKED != 0) != from_client:
        return -1
    if opcode >= CLOSE and (length > _CONTROL_MAX or first & FINAL == 0 or first & COMPRESSED):
        return -1
    header = measure_header(buf, pos)
    if length < 126:
        return int64(header + length)
    if end - pos < (4 if length == 126 else 10):
        return 0
    payload = read_length(buf, pos)
    if payload < 0 or payload > LONGEST or payload < (126 if length == 126 else 65_536):  # §5.2: the shortest form
        return -1
    return int64(header + payload)


@kernel
def measure_header(buf: Bytes, pos: int) -> int:
    """Bytes before the payload; two bytes are there."""
    second = int64(buf[pos + 1])
    length = second & 0x7F
    return int64((2 if length < 126 else (4 if length == 126 else 10)) + (4 if second & MASKED else 0))


@kernel
def read_length(buf: Bytes, pos: int) -> int:
    """Length of the payload; the header is there. Negative: beyond 63 bits."""
    length = int64(buf[pos + 1]) & 0x7F
    if length < 126:
        return length
    if length == 126:
        return int64(get16(buf, pos + 2))
    if int64(buf[pos + 2]) >= 0x80:
        return int64(-1)
    return get32(buf, pos + 2) << 32 | get32(buf, pos + 6)


@kernel
def find_websocket(buf: Bytes, pos: int, end: int, from_client: bool) -> int:
    """Next position where a frame may begin that another one follows or that ends the bytes; ``end``: none."""
    while pos < end:
        size = measure_websocket(buf, pos, end, from_client)
        if size > 0 and size <= end - pos:
            after = pos + size
            if after == end or (end - after >= 2 and measure_websocket(buf, after, end, from_client) >= 0):
                return pos
        pos += 1
    return end


@kernel
def unmask(buf: Bytes, pos: int, end: int, out: Bytes, at: int) -> int:
    """Copy the payload of the frame ``buf[pos:end]``, as much as is there, to ``out`` at ``at``; returns its length.

    §5.3: byte i is combined with byte i mod 4 of the key.
    """
    if end - pos < 2:
        return int64(0)
    start = pos + measure_header(buf, pos)
    count = max(min(end - start, read_length(buf, pos) if start <= end else int64(0)), 0)
    if int64(buf[pos + 1]) & MASKED:
        for k in range(count):
            out[at + k] = int64(buf[start + k]) ^ int64(buf[start - 4 + (k & 3)])
    else:
        for k in range(count):
            out[at + k] = buf[start + k]
    return int64(count)
