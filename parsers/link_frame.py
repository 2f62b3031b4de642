"""Frames that are not IP and tell of devices: which they are, and ARP's fields (kernels).

Standards: RFC 826 (ARP), RFC 5227 (probes and announcements), IEEE 802.1AB (LLDP).

Layout of ARP over Ethernet::

    hardware type 2 (1) | protocol type 2 (0x0800) | lengths 1 (6), 1 (4) | operation 2
    sender: link address 6, IPv4 address 4 | target: link address 6, IPv4 address 4
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from parsers.packet import NOT_IP, Bytes, get16, get32, get_mac
from wanglou.kernel import int64, kernel

ETHERTYPE_ARP, ETHERTYPE_LLDP = 0x0806, 0x88CC

ARP_BYTES = 28
"""Bytes of an ARP message over Ethernet."""

REQUEST, REPLY, PROBE, ANNOUNCEMENT, OTHER, MALFORMED = 0, 1, 2, 3, 4, 5
KINDS = ("request", "reply", "probe", "announcement", "other", "malformed")
"""What an ARP message is for; an announcement (gratuitous) asks for or answers with its own address."""

ARP = np.dtype(
    [
        ("row", "i8"),  # which frame of the batch
        ("sender_mac", "i8"),
        ("target_mac", "i8"),
        ("frame_mac", "i8"),  # source of the Ethernet header, -1: there is none
        ("sender", "u4"),
        ("target", "u4"),
        ("operation", "i4"),
        ("vlan", "i2"),
        ("kind", "u1"),
    ],
    align=True,
)


@kernel
def list_links(frames: Any, kind: int, rows: NDArray[np.int64]) -> int:
    """Write which frames of the batch carry EtherType ``kind`` into ``rows``, as long as the batch; returns how many.

    What was rebuilt from fragments of a tunnel is left out.
    """
    found = 0
    for i in range(len(frames)):
        if frames[i].status == NOT_IP and frames[i].ethertype == kind and not frames[i].spill:
            rows[found] = i
            found += 1
    return found


@kernel
def read_arp(data: Bytes, frames: Any, rows: NDArray[np.int64], out: Any) -> None:
    """Read ARP[n] from the frames at ``rows``; one that is cut short, or not of Ethernet and IPv4, is MALFORMED."""
    for k in range(len(rows)):
        f, a = frames[rows[k]], out[k]
        pos, a.row, a.vlan = int64(f.payload), rows[k], f.vlan
        a.frame_mac = get_mac(data, int64(f.link) + 6) if f.link >= 0 else -1
        a.sender_mac = a.target_mac = a.operation = -1
        a.sender = a.target = 0
        a.kind = MALFORMED
        if f.payload_len < ARP_BYTES or get32(data, pos + 2) != 0x08000604:
            continue
        a.operation = get16(data, pos + 6)
        a.sender_mac, a.sender = get_mac(data, pos + 8), get32(data, pos + 14)
        a.target_mac, a.target = get_mac(data, pos + 18), get32(data, pos + 24)
        a.kind = name_kind(int64(a.operation), int64(a.sender), int64(a.target))


@kernel
def name_kind(operation: int, sender: int, target: int) -> int:
    """Tell what a message is for by its operation and addresses (RFC 5227 §1.1, §3)."""
    if operation not in (1, 2):
        return OTHER
    if sender == 0:
        return PROBE
    if sender == target:
        return ANNOUNCEMENT
    return REQUEST if operation == 1 else REPLY
