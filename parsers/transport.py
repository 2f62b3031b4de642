"""Transports: TCP, UDP, SCTP and ICMP headers, their checksums, and the tunnels among them (kernels).

Standards: RFC 9293 (TCP), RFC 768 (UDP), RFC 1071 (checksums), RFC 7348 (VXLAN), Community ID v1 (ICMP types).
"""

from __future__ import annotations

from typing import Any

from parsers.encapsulation import decode_gre
from parsers.packet import (
    BAD_CHECKSUM,
    BAD_HEADER,
    CUT_SHORT,
    ICMP,
    ICMP6,
    LAYER_ETHERNET,
    LAYER_IP,
    LAYER_TRANSPORT,
    OK,
    SCTP,
    TCP,
    UDP,
    Bytes,
    get16,
    get32,
)
from wanglou.kernel import inlined_kernel, int64, kernel

_VXLAN_PORT = 4789  # RFC 7348 §8


@kernel
def sum_words(buf: Bytes, pos: int, end: int) -> int:
    """Sum of 16 bit words from ``pos`` to ``end``, an odd byte padded with zero (RFC 1071)."""
    total = 0
    while pos + 1 < end:
        total += get16(buf, pos)
        pos += 2
    if pos < end:
        total += int64(buf[pos]) << 8
    return total


@kernel
def is_sum_good(total: int) -> bool:
    """True when a ones' complement sum over data and checksum comes out as all ones."""
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total == 0xFFFF


@inlined_kernel
def decode_transport(
    buf: Bytes, pos: int, end: int, protocol: int, frames: Any, i: int, verify: bool
) -> tuple[int, int, int, int, int]:
    """TCP, UDP, ICMP or a tunnel: status, position, end, kind and layer of what is inside (TRANSPORT: arrived)."""
    f = frames[i]
    f.protocol = protocol
    f.sport = 0
    f.dport = 0
    f.tcp_flags = 0
    wire = int64(f.payload_wire)
    if verify and protocol in (TCP, UDP) and end - pos == wire and not _is_transport_sum_good(buf, pos, end, f):
        return BAD_CHECKSUM, pos, end, protocol, LAYER_TRANSPORT
    size = 0
    if protocol == TCP:
        if end - pos < 20:
            return CUT_SHORT, pos, end, protocol, LAYER_TRANSPORT
        size = (int64(buf[pos + 12]) >> 4) * 4
        if size < 20 or size > wire:
            return BAD_HEADER, pos, end, protocol, LAYER_TRANSPORT
        f.seq = get32(buf, pos + 4)
        f.ack = get32(buf, pos + 8)
        f.tcp_flags = buf[pos + 13]
    elif protocol == UDP:
        if end - pos < 8:
            return CUT_SHORT, pos, end, protocol, LAYER_TRANSPORT
        size = 8
        length = get16(buf, pos + 4)
        if length == 0:
            length = wire
        if length < 8 or length > wire:
            return BAD_HEADER, pos, end, protocol, LAYER_TRANSPORT
        wire = length
        end = min(end, pos + length)
        if get16(buf, pos + 2) == _VXLAN_PORT and end - pos >= 30 and buf[pos + 8] == 0x08:
            return OK, pos + 16, end, 0, LAYER_ETHERNET
    elif protocol == SCTP and end - pos >= 4:
        f.sport = get16(buf, pos)
        f.dport = get16(buf, pos + 2)
    elif protocol in (ICMP, ICMP6) and end - pos >= 2:
        _decode_icmp(int64(buf[pos]), int64(buf[pos + 1]), protocol, f)
    elif protocol in (4, 41):
        return OK, pos, end, 0, LAYER_IP
    elif protocol == 47:
        inner, kind, layer = decode_gre(buf, pos, end)
        if inner:
            return OK, inner, end, kind, layer
    if protocol in (TCP, UDP):
        f.sport = get16(buf, pos)
        f.dport = get16(buf, pos + 2)
    f.payload = min(pos + size, end)
    f.payload_len = max(end - pos - size, 0)
    f.payload_wire = wire - size
    return OK, pos, end, protocol, LAYER_TRANSPORT


@kernel
def _is_transport_sum_good(buf: Bytes, pos: int, end: int, f: Any) -> bool:
    """Check the TCP or UDP checksum over pseudo header and segment; a UDP sum of zero means none (RFC 768)."""
    if f.protocol == UDP and (end - pos < 8 or get16(buf, pos + 6) == 0):
        return True
    total = int64(f.protocol) + (end - pos) + sum_words(buf, pos, end)
    for word in (f.src0, f.src1, f.src2, f.src3, f.dst0, f.dst1, f.dst2, f.dst3):
        total += (int64(word) >> 16) + (int64(word) & 0xFFFF)
    return is_sum_good(total)


@kernel
def _decode_icmp(kind: int, code: int, protocol: int, f: Any) -> None:
    """Give type and its counterpart as ports, so that request and reply are one flow (Community ID v1, ICMP rule)."""
    other = -1
    if protocol == ICMP:
        if kind in (8, 0):
            other = 8 - kind
        elif kind in (13, 14):
            other = 27 - kind
        elif kind in (15, 16):
            other = 31 - kind
        elif kind in (10, 9):
            other = 19 - kind
        elif kind in (17, 18):
            other = 35 - kind
    elif kind in (128, 129):
        other = 257 - kind
    elif kind in (133, 134):
        other = 267 - kind
    elif kind in (135, 136):
        other = 271 - kind
    elif kind in (130, 131):
        other = 261 - kind
    elif kind in (144, 145):
        other = 289 - kind
    f.sport = kind
    f.dport = code if other < 0 else other
