"""Where a Handle message begins and ends: the envelope, and what a message header must look like (kernels).

Standard: RFC 3652 §2.2.1 (envelope) and §2.2.2 (header); DO-IRP 3.0 keeps both. Layout::

    0 major | 1 minor | 2 flags | 3 suggested minor | 4 session id 4 | 8 request id 4 | 12 sequence 4 | 16 length 4
    20 op code 4 | 24 response code 4 | 28 op flag 4 | 32 site serial 2 | 34 recursions | 35 reserved | 36 expiration 4
    40 body length 4 | 44 body | credential length 4 | credential

Over UDP a message longer than a datagram goes in fragments, each with an envelope of its own and the same request id;
their MessageLength is that of the whole message in all implementations, against RFC 3652 §2.3.
"""

from __future__ import annotations

from parsers.packet import Bytes, get16, get32
from parsers.protocol import REPLY, REQUEST
from wanglou.kernel import int64, kernel

ENVELOPE, HEADER = 20, 24
LONGEST_MESSAGE = 16_672_500  # most that any implementation takes (CAICT); the CNRI server takes 262,144
FRAGMENT_BYTES = 492  # RFC 3652 §2.1.2: datagrams of at most 512 bytes
MOST_FRAGMENTS = 534  # of 262,144 bytes, which is the most that an implementation sends over UDP
COMPRESSED, ENCRYPTED, TRUNCATED = 0x80, 0x40, 0x20

_HIGHEST_MINOR = 31  # observed: 0 to 11
_CREDENTIAL_LENGTH = 4


@kernel
def is_envelope(buf: Bytes, pos: int, end: int) -> bool:
    """True when what is there of 20 bytes can be an envelope: version, suggested version and length are plausible."""
    there = end - pos
    if there < 1 or (buf[pos] != 2 and buf[pos] != 3 and buf[pos] != 5):  # 5: old clients, which mean 2
        return False
    if there >= 2 and buf[pos + 1] > _HIGHEST_MINOR:
        return False
    if there >= 4 and (int64(buf[pos + 2]) & 0x1F > 5 or buf[pos + 3] > _HIGHEST_MINOR):
        return False
    if there < ENVELOPE:
        return there < 17 or buf[pos + 16] == 0
    length = get32(buf, pos + 16)
    sealed = int64(buf[pos + 2]) & (COMPRESSED | ENCRYPTED)
    return length <= LONGEST_MESSAGE and (length >= HEADER or (sealed != 0 and length > 0))


@kernel
def is_operation(code: int) -> bool:
    """True for an OpCode that RFC 3652 or an implementation names."""
    if code <= 2:
        return code >= 1
    if code <= 106:
        return code >= 100
    if code in (200, 201, 400, 401, 402, 2000, 2001):
        return True
    return 300 <= code <= 302 or 606 <= code <= 609 or 1000 <= code <= 1004


@kernel
def is_response(code: int) -> bool:
    """True for a ResponseCode that RFC 3652 or an implementation names; 0 is a request."""
    if code <= 7:
        return code >= 0
    if 100 <= code <= 102 or 200 <= code <= 202 or 300 <= code <= 303:
        return True
    return 400 <= code <= 408 or 500 <= code <= 505 or 601 <= code <= 605 or 900 <= code <= 902 or code == 3001


@kernel
def is_header(buf: Bytes, pos: int, end: int, strict: bool) -> bool:
    """True when envelope and header at ``pos`` fit together; the caller has checked that 44 bytes are there.

    ``strict`` asks for codes that are named. The credential's length is looked at when it is there.
    """
    length, body = get32(buf, pos + 16), get32(buf, pos + 40)
    if buf[pos + 35] != 0 or body > length - HEADER:
        return False
    if strict and not (is_operation(get32(buf, pos + 20)) and is_response(get32(buf, pos + 24))):
        return False
    left = length - HEADER - body
    if left < _CREDENTIAL_LENGTH:
        return left == 0
    at = pos + ENVELOPE + HEADER + body
    return at + _CREDENTIAL_LENGTH > end or get32(buf, at) == left - _CREDENTIAL_LENGTH


@kernel
def is_fragment(buf: Bytes, pos: int, end: int) -> bool:
    """True for a datagram that holds one piece of a message: its envelope tells of more bytes than it has."""
    if end - pos <= ENVELOPE or not is_envelope(buf, pos, end):
        return False
    first = get32(buf, pos + 12) == 0
    if first and end - pos != ENVELOPE + FRAGMENT_BYTES and int64(buf[pos + 2]) & TRUNCATED == 0:
        return False  # a first piece fills its datagram, or says that it is one; else the message is cut short
    return get32(buf, pos + 16) > end - pos - ENVELOPE


@kernel
def recognise_handle(buf: Bytes, pos: int, end: int, served: bool, whole: bool) -> tuple[int, int]:
    """Tell whether the first bytes of a side are Handle's: (verdict, role).

    Verdict 1: they are; 0: more bytes are needed; -1: they are not. On a served port unnamed codes and sealed messages
    count too. The ResponseCode alone tells REQUEST from REPLY.
    """
    if not is_envelope(buf, pos, end):
        return -1, 0
    there = end - pos
    if there < ENVELOPE:
        return (-1 if whole else 0), 0
    sealed = int64(buf[pos + 2]) & (COMPRESSED | ENCRYPTED) != 0
    number, length = get32(buf, pos + 12), get32(buf, pos + 16)
    if sealed or number > 0:
        fits = length == there - ENVELOPE or (sealed and not whole and length > there - ENVELOPE)
        return (1 if served and ((sealed and fits) or (whole and is_fragment(buf, pos, end))) else -1), 0
    if there < ENVELOPE + HEADER:
        return (-1 if whole else 0), 0
    if whole and length != there - ENVELOPE and not is_fragment(buf, pos, end):
        return -1, 0
    if not is_header(buf, pos, end, not served):
        return -1, 0
    return 1, (REQUEST if get32(buf, pos + 24) == 0 else REPLY)


@kernel
def measure_handle(buf: Bytes, pos: int, end: int, from_client: bool) -> int:  # noqa: ARG001 - all protocols' are called alike
    """Length of the message at ``pos``: 0 when its envelope is not whole yet, -1 when no message can begin so."""
    if not is_envelope(buf, pos, end):
        return 0 if end <= pos else -1
    return 0 if end - pos < ENVELOPE else ENVELOPE + get32(buf, pos + 16)


@kernel
def measure_handle_datagram(buf: Bytes, pos: int, end: int, from_client: bool) -> int:
    """As ``measure_handle`` in a datagram: a fragment is as long as the datagram."""
    return end - pos if is_fragment(buf, pos, end) else measure_handle(buf, pos, end, from_client)


@kernel
def find_handle(buf: Bytes, pos: int, end: int, from_client: bool) -> int:  # noqa: ARG001 - all protocols' are called alike
    """Next position where envelope and header of named codes fit together, ``end`` when there is none."""
    while pos + ENVELOPE + HEADER <= end:
        if (buf[pos] == 2 or buf[pos] == 3 or buf[pos] == 5) and is_envelope(buf, pos, end):
            sealed = int64(buf[pos + 2]) & (COMPRESSED | ENCRYPTED) != 0
            if not sealed and get32(buf, pos + 12) == 0 and is_header(buf, pos, end, True):
                return pos
        pos += 1
    return end


@kernel
def is_stream_next(buf: Bytes, pos: int, end: int) -> bool:
    """True for the reply after which a stream without envelopes follows on its connection (RETRIEVE_TXN_LOG, DUMP)."""
    if end - pos < ENVELOPE + HEADER or not is_envelope(buf, pos, end):
        return False
    return get32(buf, pos + 20) in (1001, 1002) and get32(buf, pos + 24) == 1


@kernel
def find_http_body(buf: Bytes, pos: int, end: int) -> int:
    """Where the body of the HTTP message at ``pos`` begins when it holds an envelope with its header, else ``end``."""
    while pos + 4 <= end:
        if buf[pos] == 13 and buf[pos + 1] == 10 and get16(buf, pos + 2) == 0x0D0A:
            pos += 4
            fits = end - pos >= ENVELOPE + HEADER and is_envelope(buf, pos, end)
            return pos if fits and is_header(buf, pos, end, True) else end
        pos += 1
    return end
