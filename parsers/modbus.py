"""Modbus messages to fields: the header, then request, reply or exception (kernels).

Standards: MODBUS Application Protocol Specification V1.1b3 (functions, §6; exceptions, §7); MODBUS Messaging on TCP/IP
Implementation Guide V1.0b (header). Lists of other shapes (file references, event bytes, device objects) are left as
bytes here and decoded once per distinct value in ``parsers.modbus_detail``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from parsers.message import BROKEN_BY_GAP, STRAY, WHOLE
from parsers.modbus_frame import LENGTH_MAX, MBAP_HEADER
from parsers.modbus_pdu import CRC, FUNCTION_CODE, GAP, LENGTH, PROTOCOL_ID, SEQUENCE, TRUNCATED, clear, fail, keep_rest
from parsers.modbus_reply import decode_exception, decode_reply
from parsers.modbus_request import decode_request
from parsers.packet import Bytes, get16
from parsers.pairing import ALONE, ANSWERS, ASKS
from parsers.protocol import MODBUS
from wanglou.kernel import int64, kernel

Numbers = NDArray[np.int64]

_COMMON = (1, 2, 3, 4, 5, 6, 15, 16)  # all their facts are in the main columns


@kernel
def decode_messages(data: Bytes, spill: Bytes, messages: Any, pdus: Any) -> int:
    """Decode every Modbus message into its row of ``pdus``; ``pdus`` and ``messages`` are numbered alike.

    Returns how many have facts beyond the main columns: bytes without a field, or a function that is rare.
    """
    rare = 0
    for i in range(len(messages)):
        m = messages[i]
        p = pdus[i]
        clear(p)
        buf = data if m.spill == 0 else spill
        pos, end = int64(m.offset), int64(m.offset) + int64(m.length)
        if m.app == MODBUS:
            pos = _decode_header(buf, pos, end, m, p)
        else:
            p.unit = buf[pos]
            pos += 1
            if m.status in (WHOLE, STRAY):
                end -= 2
            else:
                p.error = CRC
                p.malformed = 1
        if m.status == BROKEN_BY_GAP:
            p.error = GAP
            p.malformed = 1
        if p.malformed or pos >= end:
            keep_rest(p, pos, end)
            rare += 1
            continue
        p.function = int64(buf[pos]) & 0x7F
        if p.function == 0 or (buf[pos] & 0x80 and not m.from_server):  # §4.1: 1 to 127, from 128 on exceptions
            fail(p, FUNCTION_CODE)
        if buf[pos] & 0x80:
            decode_exception(buf, pos + 1, end, p)
        elif m.from_server:
            decode_reply(buf, pos + 1, end, p)
        else:
            decode_request(buf, pos + 1, end, p)
        if m.status == STRAY:
            fail(p, SEQUENCE)
        rare += p.rest_length > 0 or p.function not in _COMMON
    return rare


@kernel
def key_messages(
    messages: Any, pdus: Any, keys: Numbers, details: Numbers, ts_ns: Numbers, roles: NDArray[np.uint8]
) -> None:
    """What pairing needs: flow and transaction id as one key, unit and function as detail, time, and role."""
    for i in range(len(messages)):
        m, p = messages[i], pdus[i]
        keys[i] = m.flow_uid * 65_537 + p.transaction
        details[i] = int64(p.unit) * 256 + p.function
        ts_ns[i] = m.ts_ns
        roles[i] = ALONE if p.malformed else (ANSWERS if m.from_server else ASKS)


@kernel
def _decode_header(buf: Bytes, pos: int, end: int, m: Any, p: Any) -> int:
    """Read the MBAP header as far as it is there; returns where the PDU begins, or the start when it is cut short."""
    if end - pos >= 2:
        p.transaction = get16(buf, pos)
    if end - pos >= 4:
        p.protocol = get16(buf, pos + 2)
    if end - pos >= MBAP_HEADER:
        p.length = get16(buf, pos + 4)
        if p.length > LENGTH_MAX or p.length < 2:
            p.error = LENGTH
    if end - pos >= MBAP_HEADER + 1:
        p.unit = buf[pos + MBAP_HEADER]
    if m.status not in (WHOLE, STRAY):
        p.malformed = 1
        if p.protocol > 0:
            p.error = PROTOCOL_ID
        elif end - pos < MBAP_HEADER + 2 or end - pos < MBAP_HEADER + p.length:
            p.error = LENGTH if p.error == LENGTH else TRUNCATED
    return pos + MBAP_HEADER + 1 if end - pos > MBAP_HEADER else pos
