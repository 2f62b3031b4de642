"""What wraps a packet: VLAN tags, MPLS labels, PPPoE, SNAP, and the GRE tunnels of mirror ports (kernels).

Standards: IEEE 802.1Q/ad (tags), RFC 3032 (MPLS), RFC 2516 (PPPoE), RFC 2784/2890 (GRE), draft-foschiano-erspan-03.
"""

from __future__ import annotations

from typing import Any

from parsers.packet import LAYER_ETHERNET, LAYER_ETHERTYPE, LAYER_IP, LAYER_TRANSPORT, MAX_DEPTH, Bytes, get16, get32
from wanglou.kernel import inlined_kernel, int64, kernel


@inlined_kernel
def skip_tags(buf: Bytes, pos: int, end: int, kind: int, frames: Any, i: int) -> tuple[int, int, int]:
    """Pass VLAN, MPLS, PPPoE and SNAP headers; returns position, EtherType (-1: cut short) and the layer found."""
    for _ in range(MAX_DEPTH):
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
    for _ in range(MAX_DEPTH):
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


@kernel
def decode_gre(buf: Bytes, pos: int, end: int) -> tuple[int, int, int]:
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
