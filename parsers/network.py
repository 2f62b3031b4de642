"""Bytes of a packet to addresses, ports and payload: link layers, tags, tunnels, IP, TCP, UDP (kernels).

Standards: IEEE 802.1Q/ad (tags), RFC 3032 (MPLS), RFC 2516 (PPPoE), RFC 2784/2890 (GRE), draft-foschiano-erspan-03,
RFC 7348 (VXLAN), RFC 791 (IPv4), RFC 8200 (IPv6), RFC 9293 (TCP), RFC 768 (UDP).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wanglou.kernel import inlined_kernel, int64, kernel

# Where decoding of a packet starts or goes on.
LAYER_ETHERNET, LAYER_ETHERTYPE, LAYER_IP, LAYER_TRANSPORT = 0, 1, 2, 3

# How decoding of a packet ended.
OK, NOT_IP, CUT_SHORT, BAD_HEADER, FRAGMENT, TOO_DEEP, BAD_CHECKSUM, UNKNOWN_LINK = 0, 1, 2, 3, 4, 5, 6, 7

TCP, UDP, ICMP, ICMP6, SCTP = 6, 17, 1, 58, 132

_MAX_DEPTH = 12
_MAX_EXTENSIONS = 10
_VXLAN_PORT = 4789  # RFC 7348 §8

FRAME = np.dtype(
    [
        ("payload", "i8"),  # where the transport's payload begins in the buffer
        ("link", "i8"),  # where the innermost Ethernet header begins, -1: there is none
        ("src0", "u4"),  # four words of an address, IPv4 in word 3
        ("src1", "u4"),
        ("src2", "u4"),
        ("src3", "u4"),
        ("dst0", "u4"),
        ("dst1", "u4"),
        ("dst2", "u4"),
        ("dst3", "u4"),
        ("seq", "u4"),
        ("ack", "u4"),
        ("payload_len", "i4"),  # captured bytes of payload
        ("payload_wire", "i4"),  # bytes of payload the sender sent
        ("ip_bytes", "i4"),
        ("fragment_id", "u4"),
        ("fragment_offset", "i4"),
        ("sport", "u2"),
        ("dport", "u2"),
        ("ethertype", "u2"),
        ("vlan", "i2"),  # -1: untagged
        ("status", "u1"),
        ("version", "u1"),
        ("protocol", "u1"),
        ("tcp_flags", "u1"),
        ("spill", "u1"),  # 1: payload lies in the spill buffer
        ("more_fragments", "u1"),
        ("depth", "u1"),
    ],
    align=True,
)

Bytes = NDArray[np.uint8]


@inlined_kernel
def get16(buf: Bytes, pos: int) -> int:
    """Big-endian 16 bit number at ``pos``; the caller has checked that two bytes are there."""
    return int64(buf[pos]) << 8 | int64(buf[pos + 1])


@inlined_kernel
def get32(buf: Bytes, pos: int) -> int:
    """Big-endian 32 bit number at ``pos``; the caller has checked that four bytes are there."""
    return int64(buf[pos]) << 24 | int64(buf[pos + 1]) << 16 | int64(buf[pos + 2]) << 8 | int64(buf[pos + 3])


@kernel
def get_mac(buf: Bytes, pos: int) -> int:
    """Link address at ``pos`` as a number of 48 bits; the caller has checked that six bytes are there."""
    return get16(buf, pos) << 32 | get32(buf, pos + 2)


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


@kernel
def decode_packet(
    buf: Bytes, pos: int, end: int, layer: int, kind: int, frames: Any, i: int, depth: int, verify: bool
) -> int:
    """Decode from ``layer`` (``kind``: its EtherType, or IP protocol) into ``frames[i]``; returns how it ended.

    ``buf[pos:end]`` are the captured bytes. Tunnels are entered: the innermost addresses stay. ``verify`` checks
    the IPv4, TCP and UDP checksums of packets captured whole.
    """
    for _ in range(_MAX_DEPTH):
        if layer == LAYER_ETHERNET:
            if end - pos < 14:
                return CUT_SHORT
            frames[i].link = pos if not frames[i].spill else -1
            kind = get16(buf, pos + 12)
            pos += 14
            layer = LAYER_ETHERTYPE
        if layer == LAYER_ETHERTYPE:
            pos, kind, layer = _skip_tags(buf, pos, end, kind, frames, i)
            if layer == LAYER_ETHERNET:
                continue
            if layer == LAYER_ETHERTYPE:
                frames[i].ethertype = max(kind, 0)
                return CUT_SHORT if kind < 0 else NOT_IP
        if layer == LAYER_IP:
            if pos >= end:
                return CUT_SHORT
            version = int64(buf[pos]) >> 4
            if version == 4:
                status, pos, end, kind = _decode_ipv4(buf, pos, end, frames, i, verify)
            elif version == 6:
                status, pos, end, kind = _decode_ipv6(buf, pos, end, frames, i)
            else:
                return BAD_HEADER
            if status != OK:
                return status
            layer = LAYER_TRANSPORT
        status, pos, end, kind, layer = _decode_transport(buf, pos, end, kind, frames, i, verify)
        if layer == LAYER_TRANSPORT:
            frames[i].depth = depth
            return status
        depth += 1
        if depth > 4:
            return TOO_DEEP
    return TOO_DEEP


@inlined_kernel
def _skip_tags(buf: Bytes, pos: int, end: int, kind: int, frames: Any, i: int) -> tuple[int, int, int]:
    """Pass VLAN, MPLS, PPPoE and SNAP headers; returns position, EtherType (-1: cut short) and the layer found."""
    for _ in range(_MAX_DEPTH):
        if kind in (0x0800, 0x86DD):
            frames[i].ethertype = kind
            return pos, kind, LAYER_IP
        if kind in (0x8100, 0x88A8, 0x9100):  # IEEE 802.1Q, 802.1ad, the older QinQ
            if end - pos < 4:
                return pos, -1, LAYER_ETHERTYPE
            if frames[i].vlan < 0:
                frames[i].vlan = get16(buf, pos) & 0x0FFF
            kind = get16(buf, pos + 2)
            pos += 4
        elif kind in (0x8847, 0x8848):
            return _skip_mpls(buf, pos, end)
        elif kind == 0x8864:  # PPPoE session: 6 bytes, then the PPP protocol
            if end - pos < 8:
                return pos, -1, LAYER_ETHERTYPE
            protocol = get16(buf, pos + 6)
            pos += 8
            if protocol not in (0x0021, 0x0057):
                return pos, 0x8864, LAYER_ETHERTYPE
            return pos, protocol, LAYER_IP
        elif kind < 0x0600 and end - pos >= 8 and get32(buf, pos) == 0xAAAA0300:  # IEEE 802.2 SNAP
            kind = get16(buf, pos + 6)
            pos += 8
        else:
            break
    return pos, kind, LAYER_ETHERTYPE


@kernel
def _skip_mpls(buf: Bytes, pos: int, end: int) -> tuple[int, int, int]:
    """Pass the label stack; what follows is IP by its first nibble, or Ethernet after a control word (RFC 4385)."""
    for _ in range(_MAX_DEPTH):
        if end - pos < 5:
            return pos, -1, LAYER_ETHERTYPE
        bottom = buf[pos + 2] & 1
        pos += 4
        if bottom:
            nibble = int64(buf[pos]) >> 4
            if nibble in (4, 6):
                return pos, 0, LAYER_IP
            if nibble == 0 and end - pos >= 18:
                return pos + 4, 0, LAYER_ETHERNET
            break
    return pos, 0x8847, LAYER_ETHERTYPE


@inlined_kernel
def _decode_ipv4(buf: Bytes, pos: int, end: int, frames: Any, i: int, verify: bool) -> tuple[int, int, int, int]:
    """IPv4 header: status, payload position, payload end, protocol."""
    if end - pos < 20:
        return CUT_SHORT, pos, end, 0
    header = (int64(buf[pos]) & 0x0F) * 4
    total = get16(buf, pos + 2)
    if header < 20 or (total != 0 and total < header):
        return BAD_HEADER, pos, end, 0
    if end - pos < header:
        return CUT_SHORT, pos, end, 0
    if verify and not is_sum_good(sum_words(buf, pos, pos + header)):
        return BAD_CHECKSUM, pos, end, 0
    if total == 0:  # segmentation offload leaves it empty
        total = end - pos
    f = frames[i]
    f.version = 4
    f.ip_bytes = total
    f.src0 = f.src1 = f.src2 = 0
    f.dst0 = f.dst1 = f.dst2 = 0
    f.src3 = get32(buf, pos + 12)
    f.dst3 = get32(buf, pos + 16)
    f.payload_wire = total - header
    protocol = int64(buf[pos + 9])
    fragment = get16(buf, pos + 6)
    start, stop = pos + header, min(end, pos + total)
    if fragment & 0x3FFF:
        f.fragment_id = get16(buf, pos + 4)
        f.fragment_offset = (fragment & 0x1FFF) * 8
        f.more_fragments = fragment >> 13 & 1
        f.protocol = protocol
        f.payload = start
        f.payload_len = stop - start
        return FRAGMENT, start, stop, protocol
    return OK, start, stop, protocol


@kernel
def _decode_ipv6(buf: Bytes, pos: int, end: int, frames: Any, i: int) -> tuple[int, int, int, int]:
    """IPv6 header and what extends it: status, payload position, payload end, protocol."""
    if end - pos < 40:
        return CUT_SHORT, pos, end, 0
    f = frames[i]
    length = get16(buf, pos + 4)
    f.version = 6
    f.src0, f.src1 = get32(buf, pos + 8), get32(buf, pos + 12)
    f.src2, f.src3 = get32(buf, pos + 16), get32(buf, pos + 20)
    f.dst0, f.dst1 = get32(buf, pos + 24), get32(buf, pos + 28)
    f.dst2, f.dst3 = get32(buf, pos + 32), get32(buf, pos + 36)
    protocol = int64(buf[pos + 6])
    start = pos + 40
    if length == 0 and protocol != 59:  # jumbogram, or segmentation offload
        length = end - start
    f.ip_bytes = 40 + length
    return skip_extensions(buf, start, min(end, start + length), start + length, protocol, f)


@kernel
def skip_extensions(
    buf: Bytes, start: int, end: int, wire_end: int, protocol: int, f: Any
) -> tuple[int, int, int, int]:
    """Pass IPv6 extension headers (RFC 8200 §4): status, payload position, payload end, protocol."""
    for _ in range(_MAX_EXTENSIONS):
        if protocol in (0, 43, 60, 135, 139, 140):
            if end - start < 8:
                return CUT_SHORT, start, end, protocol
            protocol, size = int64(buf[start]), (int64(buf[start + 1]) + 1) * 8
        elif protocol == 51:
            if end - start < 8:
                return CUT_SHORT, start, end, protocol
            protocol, size = int64(buf[start]), (int64(buf[start + 1]) + 2) * 4
        elif protocol == 44:
            if end - start < 8:
                return CUT_SHORT, start, end, protocol
            offset = get16(buf, start + 2)
            f.fragment_id = get32(buf, start + 4)
            protocol, size = int64(buf[start]), 8
            f.fragment_offset = offset & 0xFFF8
            f.more_fragments = offset & 1
            if offset & 0xFFF9:
                f.protocol = protocol
                f.payload = start + 8
                f.payload_len = end - start - 8
                f.payload_wire = wire_end - start - 8
                return FRAGMENT, start + 8, end, protocol
        else:
            f.payload_wire = wire_end - start
            return OK, start, end, protocol
        start += size
        if start > end:
            return CUT_SHORT, start, end, protocol
    return BAD_HEADER, start, end, protocol


@inlined_kernel
def _decode_transport(
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
        inner, kind, layer = _decode_gre(buf, pos, end)
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


@kernel
def _decode_gre(buf: Bytes, pos: int, end: int) -> tuple[int, int, int]:
    """Find what a GRE header carries: position (0: nothing we enter), EtherType, layer."""
    if end - pos < 4:
        return 0, 0, LAYER_TRANSPORT
    flags, protocol = get16(buf, pos), get16(buf, pos + 2)
    if flags & 0x4007:  # source routing (RFC 1701); version 1 is PPTP
        return 0, 0, LAYER_TRANSPORT
    sequenced = flags & 0x1000
    inner = pos + 4
    for bit in (0x8000, 0x2000, 0x1000):  # checksum, key, sequence number: four bytes each
        if flags & bit:
            inner += 4
    kind, layer = protocol, LAYER_ETHERTYPE
    if protocol == 0x6558:  # transparent Ethernet bridging
        layer = LAYER_ETHERNET
    elif protocol == 0x88BE:  # ERSPAN type II has a sequence number and a header of 8 bytes; type I has neither
        layer = LAYER_ETHERNET
        inner += 8 if sequenced else 0
    elif protocol == 0x22EB:  # ERSPAN type III: 12 bytes, 8 more when the O bit is set
        if end - inner < 12:
            return 0, 0, LAYER_TRANSPORT
        layer = LAYER_IP if int64(buf[inner + 10]) >> 2 & 0x1F == 2 else LAYER_ETHERNET
        inner += 20 if buf[inner + 11] & 1 else 12
    return (inner if inner < end else 0), kind, layer
