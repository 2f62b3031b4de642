"""Parts of Handle bodies that prove who asks: key references, answers, digests, session keys (kernels).

Standard: RFC 3652 §2.2.3 (request digest), §3.5 (authentication), §3.8 (sessions), and what the CNRI server does.
"""

from __future__ import annotations

from typing import Any

from parsers.handle_pdu import TRUNCATED, fail, measure_text, take_number
from parsers.packet import Bytes, get16, get32
from wanglou.kernel import int64, kernel

_DIGEST_LENGTHS = (16, 20, 32)  # MD5, SHA-1, SHA-256


@kernel
def take_key_reference(buf: Bytes, pos: int, end: int, p: Any) -> int:
    """Handle and index of a key."""
    length = measure_text(buf, pos, end, p)
    if length < 0:
        return -1
    p.key_handle_at, p.key_handle_length = pos + 4, length
    p.key_index = take_number(buf, pos + 4 + length, end, p)
    return pos + 8 + length if p.key_index >= 0 else -1


@kernel
def take_answer(buf: Bytes, pos: int, end: int, p: Any) -> int:
    """Answer to a challenge (§3.5.2): authentication type, key, and the answer itself."""
    length = measure_text(buf, pos, end, p)
    if length < 0:
        return -1
    p.method_at, p.method_length = pos + 4, length
    pos = take_key_reference(buf, pos + 4 + length, end, p)
    length = measure_text(buf, pos, end, p)
    if length < 0:
        return -1
    p.answer_at, p.answer_length = pos + 4, length
    return pos + 4 + length


@kernel
def take_digest(buf: Bytes, pos: int, end: int, p: Any) -> int:
    """Digest of the request: an octet that names the algorithm, then the digest (§2.2.3).

    Algorithm 0 is an older form of the CNRI server: a length of four bytes, of which that octet is the first.
    """
    if end - pos < 1:
        return fail(p, TRUNCATED)
    p.digest_kind = buf[pos]
    at, length = pos + 1, int64(-1)
    if p.digest_kind == 0:
        length = measure_text(buf, pos, end, p)
        at = pos + 4
    elif p.digest_kind <= 3:
        length = _DIGEST_LENGTHS[p.digest_kind - 1]
        if length > end - at:
            length = int64(fail(p, TRUNCATED))
    else:
        fail(p, TRUNCATED)
    if length < 0:
        return -1
    p.digest_at, p.digest_length = at, length
    return at + length


@kernel
def take_verification(buf: Bytes, pos: int, end: int, p: Any) -> int:
    """Answer that a server has verified (§3.5.3): key, nonce, request digest, answer.

    The digest comes with a length of four bytes (CNRI) or as in replies: a length is taken where one fits.
    """
    pos = take_key_reference(buf, pos, end, p)
    p.nonce_length = measure_text(buf, pos, end, p)
    if p.nonce_length < 0:
        return -1
    p.nonce_at = pos + 4
    pos += 4 + p.nonce_length
    if end - pos >= 4 and get32(buf, pos) in _DIGEST_LENGTHS:
        p.digest_length = measure_text(buf, pos, end, p)
        p.digest_at = pos + 4
        pos = pos + 4 + p.digest_length if p.digest_length >= 0 else -1
    else:
        pos = take_digest(buf, pos, end, p)
    length = measure_text(buf, pos, end, p)
    if length < 0:
        return -1
    p.answer_at, p.answer_length = pos + 4, length
    return pos + 4 + length


@kernel
def take_setup(buf: Bytes, pos: int, end: int, p: Any) -> int:
    """Session set-up: mode, timeout, identity, then a public key (modes 1 and 4) or a reference to one (mode 3).

    A mode of 0 is the beginning of the attribute list of RFC 3652 §3.8.1, which nobody is known to send: kept as rest.
    """
    if end - pos < 2:
        return fail(p, TRUNCATED)
    p.mode = get16(buf, pos)
    if p.mode == 0:
        return pos
    p.timeout = take_number(buf, pos + 2, end, p)
    if p.timeout < 0:
        return -1
    pos = take_key_reference(buf, pos + 6, end, p)
    if p.mode not in (1, 3, 4) or pos < 0:
        return pos
    length = measure_text(buf, pos, end, p)
    if length < 0:
        return -1
    if p.mode == 3:
        p.exchange_at, p.exchange_length = pos + 4, length
        p.exchange_index = take_number(buf, pos + 4 + length, end, p)
        return pos + 8 + length if p.exchange_index >= 0 else -1
    p.key_at, p.key_length = pos + 4, length
    return pos + 4 + length


@kernel
def take_key(buf: Bytes, pos: int, end: int, p: Any) -> int:
    """Exchange of a session key (§3.8.3): the encrypted key, whose bytes are passed over, and its algorithm."""
    length = measure_text(buf, pos, end, p)
    if length < 0:
        return -1
    pos += 4 + length
    if end - pos >= 4:
        length = measure_text(buf, pos, end, p)
        if length < 0:
            return -1
        pos += 4 + length
    return pos
