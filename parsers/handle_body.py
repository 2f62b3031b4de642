"""Bodies of Handle requests and replies to fields (kernels).

Standard: RFC 3652 §3.2 to §3.8; where the CNRI server and the Chinese SDKs differ from it, what they send is read:
the session set-up begins with a mode of two bytes, the site record of GET_SITEINFO has no length before it, and a
resolution may end in one more string (recursion authentication).
"""

from __future__ import annotations

from typing import Any

from parsers.handle_list import take_indexes, take_texts, take_values
from parsers.handle_pdu import OP_CODE, TRUNCATED, Pools, fail, measure_text, note
from parsers.handle_proof import take_answer, take_digest, take_key, take_key_reference, take_setup, take_verification
from parsers.packet import Bytes, get16, get32
from wanglou.kernel import kernel

REQUEST_DIGEST = 0x00800000  # OpFlag RD

_LISTINGS = (105, 106, 302)
_NAMED = (101, 105, 106, 2, 300, 301, 302, 401)  # requests whose body is one handle


@kernel
def decode_request(buf: Bytes, pos: int, end: int, p: Any, pools: Pools) -> None:
    """Body of a request by its OpCode; bytes that the layout does not explain are kept as rest."""
    op = p.op
    if op in (1, 2000):
        pos = _take_handle(buf, pos, end, p)
        pos = take_indexes(buf, pos, end, p, pools)
        pos = _take_types(buf, pos, end, p, pools)
    elif op in (100, 102, 104):
        pos = take_values(buf, _take_handle(buf, pos, end, p), end, p, pools)
    elif op == 103:
        pos = take_indexes(buf, _take_handle(buf, pos, end, p), end, p, pools)
    elif op in _NAMED:
        if pos < end or op != 401:
            pos = _take_handle(buf, pos, end, p)
    elif op == 200:
        pos = take_answer(buf, pos, end, p)
    elif op == 201:
        pos = take_verification(buf, pos, end, p)
    elif op == 400:
        pos = take_setup(buf, pos, end, p)
    elif op == 402:
        pos = take_key(buf, pos, end, p)
    elif op == 2001:
        pos = take_key_reference(buf, pos, end, p)
    elif not (606 <= op <= 609 or 1000 <= op <= 1004):
        note(p, OP_CODE)
    _keep_rest(p, pos, end)


@kernel
def decode_reply(buf: Bytes, pos: int, end: int, p: Any, pools: Pools) -> None:
    """Body of a reply by OpCode and ResponseCode, behind the request digest where the RD flag is set (§2.2.3)."""
    if p.op_flag & REQUEST_DIGEST != 0:
        pos = take_digest(buf, pos, end, p)
    if pos < 0:
        return
    if p.response == 1:
        pos = _take_success(buf, pos, end, p, pools)
    elif p.response in (302, 303):
        if pos < end:
            pos = _take_handle(buf, pos, end, p)
        if pos >= 0 and pos < end:
            pos = take_values(buf, pos, end, p, pools)
    elif p.response == 402:
        p.nonce_length = measure_text(buf, pos, end, p)
        p.nonce_at = pos + 4
        pos = pos + 4 + p.nonce_length if p.nonce_length >= 0 else -1
    elif pos < end:
        p.reason_length = measure_text(buf, pos, end, p)
        p.reason_at = pos + 4
        pos = pos + 4 + p.reason_length if p.reason_length >= 0 else -1
        if p.reason_length == 0:  # most errors say nothing
            p.reason_length = -1
        if pos >= 0 and pos < end:
            pos = take_indexes(buf, pos, end, p, pools)
    _keep_rest(p, pos, end)


@kernel
def _take_success(buf: Bytes, pos: int, end: int, p: Any, pools: Pools) -> int:
    """Body of a reply that says success (§3.2.2, §3.5.3, §3.7, §3.8)."""
    op = p.op
    if op == 1:
        return take_values(buf, _take_handle(buf, pos, end, p), end, p, pools)
    if op == 2:
        p.site_at, p.site_length = pos, end - pos
        return end
    if op in _LISTINGS:
        return take_texts(buf, pos, end, p, pools)
    if op == 201:
        if end - pos < 1:
            return fail(p, TRUNCATED)
        p.matches = buf[pos] != 0
        return pos + 1
    if op == 400 and pos < end:
        if end - pos < 2:
            return fail(p, TRUNCATED)
        p.mode = get16(buf, pos)
        length = measure_text(buf, pos + 2, end, p)
        p.answer_at, p.answer_length = pos + 6, length
        return pos + 6 + length if length >= 0 else -1
    if op == 1000 and end - pos == 8:
        p.transaction = get32(buf, pos) << 32 | get32(buf, pos + 4) if buf[pos] < 128 else -1
        return end
    if end - pos >= 4 and get32(buf, pos) == end - pos - 4:  # a handle that was minted, or whose change was granted
        return _take_handle(buf, pos, end, p)
    return pos


@kernel
def _keep_rest(p: Any, pos: int, end: int) -> None:
    """Keep the bytes that the layout does not explain; where reading broke off there are none."""
    if pos >= 0 and pos < end:
        p.rest_at, p.rest_length = pos, end - pos


@kernel
def _take_handle(buf: Bytes, pos: int, end: int, p: Any) -> int:
    """The subject of the message; gives where it ends."""
    length = measure_text(buf, pos, end, p)
    if length < 0:
        return -1
    p.handle_at, p.handle_length = pos + 4, length
    return pos + 4 + length


@kernel
def _take_types(buf: Bytes, pos: int, end: int, p: Any, pools: Pools) -> int:
    """Types asked for, and what Chinese clients append; of a login (2000) they are its password and are passed over."""
    if p.op == 2000:
        if pos >= 0:
            p.password = 1
        return end if pos >= 0 else -1
    pos = take_texts(buf, pos, end, p, pools)
    if pos >= 0 and end - pos >= 4 and get32(buf, pos) <= end - pos - 4:
        length = get32(buf, pos)
        if length > 0:  # an empty one is none
            p.identity_at, p.identity_length = pos + 4, length
        return pos + 4 + length
    return pos
