"""A packet: numbers in its bytes, the layers decoding passes, how it ended, and the frame it becomes (kernels)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wanglou.kernel import inlined_kernel, int64, kernel

# Where decoding of a packet starts or goes on.
LAYER_ETHERNET, LAYER_ETHERTYPE, LAYER_IP, LAYER_TRANSPORT = 0, 1, 2, 3

# How decoding of a packet ended.
OK, NOT_IP, CUT_SHORT, BAD_HEADER, FRAGMENT, TOO_DEEP, BAD_CHECKSUM, UNKNOWN_LINK = 0, 1, 2, 3, 4, 5, 6, 7

MAX_DEPTH = 12
"""Headers of one kind that are passed one inside the other before a packet is given up."""

TCP, UDP, ICMP, ICMP6, SCTP = 6, 17, 1, 58, 132

FRAME = np.dtype(
    [
        (
            "payload",
            "i8",
        ),  # where the payload of the transport, or of what is not IP, begins in the buffer
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
        ("payload_len", "i4"),  # captured bytes of it
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
