"""Which protocol speaks, and where its next message ends: one line per protocol in each function (kernels).

A protocol is recognised by its bytes; a port is only a hint that lets looser evidence count. To add a protocol, give it
a number and a name here, one branch in each of ``recognise``, ``measure`` and ``find``, and a module of its own.
"""

from __future__ import annotations

from parsers.modbus_frame import (
    LENGTH_BOUND,
    LENGTH_MIN,
    MBAP_HEADER,
    REPLY,
    REQUEST,
    find_mbap,
    find_rtu,
    is_exception,
    is_mbap_plausible,
    measure_mbap,
    measure_rtu,
    shape_pdu,
)
from parsers.packet import Bytes, get16
from parsers.protocol import MODBUS, MODBUS_RTU, NOT_RECOGNISED, UNKNOWN
from wanglou.kernel import int64, kernel

SERVED_PORTS = (502,)
"""Ports that servers of the recognised protocols are known for: a hint for who asked and for how strict to be."""

# What measure() says besides a length.
NEED_MORE, MALFORMED = 0, -1

LONGEST = MBAP_HEADER + LENGTH_BOUND
"""Longest message any protocol here has, in bytes; reassembly slots are larger."""


@kernel
def is_served(port: int) -> bool:
    """True for a port in SERVED_PORTS."""
    return port == 502


@kernel
def recognise(buf: Bytes, pos: int, end: int, served: bool, whole: bool) -> tuple[int, int]:
    """Name the protocol of the first bytes of a side: (number, role).

    ``served``: the port is a known one. ``whole``: no more bytes can follow (a datagram). Number is UNKNOWN while more
    bytes are needed and NOT_RECOGNISED when no protocol fits. Role is REQUEST or REPLY when the bytes can only be one.
    """
    if not whole and (end - pos < 4 or (end - pos < 8 and get16(buf, pos + 2) == 0)):
        return UNKNOWN, 0
    rtu = _match_rtu(buf, pos, end)
    if rtu > 0:  # a right CRC over just these bytes says more than a header's length
        return MODBUS_RTU, rtu
    if end - pos >= 8:
        size = measure_mbap(buf, pos, end)
        if size > 0 and (end - pos >= size or not whole):
            role = shape_pdu(buf, pos + 7, end, size - 7)
            if served:
                if is_exception(int64(buf[pos + 7])):
                    return MODBUS, REPLY
                return MODBUS, role if role != REQUEST | REPLY else 0
            if is_mbap_plausible(buf, pos, end):
                if end - pos < size:
                    return UNKNOWN, 0
                return MODBUS, role if role != REQUEST | REPLY else 0
        if size < 0 and served and _is_foreign_protocol_id(buf, pos, end):
            return MODBUS, 0
    return UNKNOWN if rtu == 0 and not whole else NOT_RECOGNISED, 0


@kernel
def _match_rtu(buf: Bytes, pos: int, end: int) -> int:
    """REQUEST or REPLY where the bytes are one whole RTU frame, 0 where they may become one, -1 where they cannot."""
    found = -1
    for role in (REQUEST, REPLY):
        size = measure_rtu(buf, pos, end, role)
        if size > 0 and size == end - pos:
            return role
        if size == 0:
            found = 0
    return found


@kernel
def _is_foreign_protocol_id(buf: Bytes, pos: int, end: int) -> bool:
    """True for what would be a Modbus message but for its protocol id: length and function's layout fit exactly."""
    length = get16(buf, pos + 4)
    return (
        length >= LENGTH_MIN
        and end - pos == MBAP_HEADER + length
        and int64(buf[pos + 7]) & 0x7F != 0
        and shape_pdu(buf, pos + 7, end, length - 1) in (REQUEST, REPLY, REQUEST | REPLY)
    )


@kernel
def measure(app: int, buf: Bytes, pos: int, end: int, from_client: bool) -> int:
    """Length of the message at ``pos``, NEED_MORE or MALFORMED."""
    if app == MODBUS:
        return measure_mbap(buf, pos, end)
    return measure_rtu(buf, pos, end, REQUEST if from_client else REPLY)


@kernel
def find(app: int, buf: Bytes, pos: int, end: int, from_client: bool, segment: int) -> int:
    """Position of the next plausible message after lost or malformed bytes, ``end`` when there is none.

    ``segment`` is where a segment begins, and so probably a message: there looser evidence counts; -1: unknown.
    """
    if app == MODBUS:
        return find_mbap(buf, pos, end, segment)
    return find_rtu(buf, pos, end, REQUEST if from_client else REPLY)
