"""Bytes of a packet to addresses, ports and payload: the walk from layer to layer, and IP (kernels).

Standards: RFC 791 (IPv4), RFC 8200 (IPv6); tags and tunnels are in ``parsers.encapsulation``, TCP, UDP and ICMP in
``parsers.transport``.
"""

from __future__ import annotations

from typing import Any

from parsers.encapsulation import skip_tags
from parsers.packet import (
    BAD_CHECKSUM,
    BAD_HEADER,
    CUT_SHORT,
    FRAGMENT,
    LAYER_ETHERNET,
    LAYER_ETHERTYPE,
    LAYER_IP,
    LAYER_TRANSPORT,
    MAX_DEPTH,
    NOT_IP,
    OK,
    TOO_DEEP,
    Bytes,
    get16,
    get32,
)
from parsers.transport import decode_transport, is_sum_good, sum_words
from wanglou.kernel import inlined_kernel, int64, kernel

_MAX_EXTENSIONS = 10


@kernel
def decode_packet(
    buf: Bytes, pos: int, end: int, layer: int, kind: int, frames: Any, i: int, depth: int, verify: bool
) -> int:
    """Decode from ``layer`` (``kind``: its EtherType, or IP protocol) into ``frames[i]``; returns how it ended.

    ``buf[pos:end]`` are the captured bytes. Tunnels are entered: the innermost addresses stay. ``verify`` checks
    the IPv4, TCP and UDP checksums of packets captured whole.
    """
    for _ in range(MAX_DEPTH):
        if layer == LAYER_ETHERNET:
            if end - pos < 14:
                return CUT_SHORT
            frames[i].link = pos if not frames[i].spill else -1
            kind = get16(buf, pos + 12)
            pos += 14
            layer = LAYER_ETHERTYPE
        if layer == LAYER_ETHERTYPE:
            pos, kind, layer = skip_tags(buf, pos, end, kind, frames, i)
            if layer == LAYER_ETHERNET:
                continue
            if layer == LAYER_ETHERTYPE:
                frames[i].ethertype = max(kind, 0)
                frames[i].payload = pos
                frames[i].payload_len = end - pos
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
        status, pos, end, kind, layer = decode_transport(buf, pos, end, kind, frames, i, verify)
        if layer == LAYER_TRANSPORT:
            frames[i].depth = depth
            return status
        depth += 1
        if depth > 4:
            return TOO_DEEP
    return TOO_DEEP


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
