"""TLS records: where they begin and end, and which bytes are TLS at all (kernels).

Standards: RFC 8446 §5.1 and §5.2 (TLS 1.3), RFC 5246 §6.2 (TLS 1.2), RFC 6101 §5.2 (SSL 3.0). Layout::

    kind 1 | version 2 (03 00 to 03 04) | length 2 | length bytes
"""

from __future__ import annotations

from parsers.packet import Bytes, get16
from parsers.protocol import REPLY, REQUEST
from wanglou.kernel import int64, kernel

CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, APPLICATION_DATA, HEARTBEAT = 20, 21, 22, 23, 24
"""Kinds of records (RFC 8446 §B.1, RFC 6520 §3)."""
RECORD_HEADER = 5
LENGTH_MOST = 18_432  # RFC 5246 §6.2.3: 2**14 + 2048

CLIENT_HELLO, SERVER_HELLO = 1, 2

_HELLO_FIXED = 43  # bytes of a hello up to its session id: header 4, version 2, random 32, and 5 of the record
_SESSION_MOST = 32  # RFC 5246 §7.4.1.2
_HELLO_MOST = 65_536


@kernel
def measure_tls(buf: Bytes, pos: int, end: int, from_client: bool) -> int:  # noqa: ARG001 - both sides alike
    """Length of the record at ``pos``; 0 where its header is not whole, -1 where none begins there."""
    for k in range(min(end - pos, RECORD_HEADER)):
        byte = int64(buf[pos + k])
        if k == 0 and not CHANGE_CIPHER_SPEC <= byte <= HEARTBEAT:
            return -1
        if (k == 1 and byte != 3) or (k == 2 and byte > 4):
            return -1
    if end - pos < RECORD_HEADER:
        return 0
    length = get16(buf, pos + 3)
    if length > LENGTH_MOST or (length == 0 and int64(buf[pos]) != APPLICATION_DATA):
        return -1
    return RECORD_HEADER + length


@kernel
def find_tls(buf: Bytes, pos: int, end: int, from_client: bool) -> int:
    """Next record at or after ``pos`` whose successor fits or lies beyond the bytes; ``end`` where there is none."""
    for at in range(pos, end):
        size = measure_tls(buf, at, end, from_client)
        if size > 0 and (at + size >= end or measure_tls(buf, at + size, end, from_client) >= 0):
            return at
    return end


@kernel
def recognise_tls(buf: Bytes, pos: int, end: int, served: bool, whole: bool) -> tuple[int, int]:
    """(1, role) for a hello; on a served port also, without a role, for records one after the other to the end.

    (0, 0) where the bytes may become a hello, (-1, 0) else. DTLS is another protocol: datagrams are none.
    """
    if whole or pos >= end:
        return -1 if whole else 0, 0
    size = measure_tls(buf, pos, end, True)
    if size < 0:
        return -1, 0
    if int64(buf[pos]) == HANDSHAKE:
        verdict = _match_hello(buf, pos, end)
        if verdict == 1:
            return 1, REQUEST if int64(buf[pos + RECORD_HEADER]) == CLIENT_HELLO else REPLY
        if verdict == 0:
            return 0, 0
    if not served:
        return -1, 0
    if size == 0:
        return 0, 0
    return (1, 0) if _are_records(buf, pos, end) else (-1, 0)


@kernel
def _match_hello(buf: Bytes, pos: int, end: int) -> int:
    """1 where the record at ``pos`` begins with a hello, 0 where more bytes decide, -1 where it does not."""
    at = pos + RECORD_HEADER
    if end - at < 1:
        return 0
    if int64(buf[at]) not in (CLIENT_HELLO, SERVER_HELLO):
        return -1
    if end - at < 6:
        return 0
    length = int64(buf[at + 1]) << 16 | get16(buf, at + 2)
    if length > _HELLO_MOST or length < _HELLO_FIXED - 8 or int64(buf[at + 4]) != 3 or int64(buf[at + 5]) > 3:
        return -1
    if end - pos <= _HELLO_FIXED:
        return 0
    return 1 if int64(buf[pos + _HELLO_FIXED]) <= _SESSION_MOST else -1


@kernel
def _are_records(buf: Bytes, pos: int, end: int) -> bool:
    """True where records follow one another from ``pos`` to the end, of which the last may be cut; 8 are enough."""
    at = pos
    for _ in range(8):
        size = measure_tls(buf, at, end, True)
        if size <= 0:
            return size == 0
        at += size
        if at >= end:
            return True
    return True


@kernel
def is_application_data(buf: Bytes, pos: int, end: int) -> bool:
    """True for a record of application data: of it and what follows on its side nothing can be read.

    In TLS 1.3 the end of the handshake is sent so too. Each side's first such record is worth a message, because that
    both went on tells that the handshake was done.
    """
    return measure_tls(buf, pos, end, True) > 0 and int64(buf[pos]) == APPLICATION_DATA
