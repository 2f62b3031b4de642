"""A batch of packets to a batch of frames: addresses, ports, flags and where the payload lies."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parsers.network import decode_packet
from parsers.packet import (
    BAD_HEADER,
    CUT_SHORT,
    FRAGMENT,
    FRAME,
    LAYER_ETHERNET,
    LAYER_ETHERTYPE,
    LAYER_IP,
    NOT_IP,
    OK,
    UNKNOWN_LINK,
    Bytes,
    get16,
)
from sensors.batch import (
    LINK_EN10MB,
    LINK_IPV4,
    LINK_IPV6,
    LINK_LINUX_SLL,
    LINK_LINUX_SLL2,
    LINK_LOOP,
    LINK_NULL,
    LINK_RAW,
    PacketBatch,
)
from wanglou.kernel import int64, kernel

STATUS_COUNTERS = (
    "packets_decoded",
    "packets_not_ip",
    "packets_cut_short",
    "packets_bad_header",
    "packets_fragment",
    "packets_nested_too_deep",
    "packets_bad_checksum",
    "packets_unknown_linktype",
)
"""Name of the counter of each status in ``parsers.packet``, in order."""

ETHERTYPE_COUNTER = "packets_ethertype_"
"""Packets that are not IP are counted under this and their EtherType in hexadecimal, ``none`` or ``other``."""
ETHERTYPES = 64
"""EtherTypes with a counter of their own; those that come later are ``other``."""

_ETHERTYPE_MIN = (
    0x0600  # below it the field is a length, or a number of Linux cooked captures (IEEE 802.3 clause 3.2.6)
)


def decode_frames(batch: PacketBatch, *, verify_checksums: bool = False, frames: Any = None) -> Any:
    """Decode every packet: FRAME[n], whose ``status`` tells which rows hold addresses.

    ``frames`` is an array to fill, of FRAME and as long as the batch or longer; without it one is made.
    """
    if frames is None:
        frames = np.recarray(len(batch), dtype=FRAME)
    frames = frames[: len(batch)]
    _decode_batch(batch.data, batch.offset, batch.caplen, batch.linktype, frames, verify_checksums)
    return frames


@kernel
def _decode_batch(
    data: Bytes,
    offset: NDArray[np.int64],
    caplen: NDArray[np.uint32],
    linktype: NDArray[np.uint16],
    frames: Any,
    verify: bool,
) -> None:
    """Decode each packet into its row."""
    for i in range(len(offset)):
        start = int64(offset[i])
        frames[i].vlan = -1
        frames[i].link = -1
        frames[i].version = 0
        frames[i].spill = 0
        frames[i].depth = 0
        frames[i].ethertype = 0
        frames[i].payload_len = 0
        frames[i].payload_wire = 0
        frames[i].status = _decode_link(data, start, start + int64(caplen[i]), int64(linktype[i]), frames, i, verify)


@kernel
def _decode_link(data: Bytes, pos: int, end: int, link: int, frames: Any, i: int, verify: bool) -> int:
    """Pass the link header of ``link`` and decode what follows; returns the status."""
    if link == LINK_EN10MB:
        return decode_packet(data, pos, end, LAYER_ETHERNET, 0, frames, i, 0, verify)
    if link in (LINK_RAW, LINK_IPV4, LINK_IPV6):
        return decode_packet(data, pos, end, LAYER_IP, 0, frames, i, 0, verify)
    if link in (LINK_NULL, LINK_LOOP):
        if end - pos < 4:
            return CUT_SHORT
        family = int64(data[pos]) | int64(data[pos + 3])  # in the byte order of the capturing machine
        if family not in (2, 10, 24, 28, 30):  # AF_INET, and AF_INET6 of Linux, the BSDs and macOS
            return BAD_HEADER
        return decode_packet(data, pos + 4, end, LAYER_IP, 0, frames, i, 0, verify)
    if link == LINK_LINUX_SLL:
        if end - pos < 16:
            return CUT_SHORT
        return decode_packet(data, pos + 16, end, LAYER_ETHERTYPE, get16(data, pos + 14), frames, i, 0, verify)
    if link == LINK_LINUX_SLL2:
        if end - pos < 20:
            return CUT_SHORT
        return decode_packet(data, pos + 20, end, LAYER_ETHERTYPE, get16(data, pos), frames, i, 0, verify)
    return UNKNOWN_LINK


def tell_statuses(frames: Any) -> NDArray[np.int64]:
    """How many packets ended in each status: int64, as many as there are names in STATUS_COUNTERS."""
    found = np.zeros(len(STATUS_COUNTERS), dtype=np.int64)
    _tell_statuses(frames, found)
    return found


@kernel
def _tell_statuses(frames: Any, found: NDArray[np.int64]) -> None:
    good = 0
    for i in range(len(frames)):
        if frames[i].status == OK:
            good += 1
        else:
            found[int64(frames[i].status)] += 1
    found[OK] = good


def count_statuses(frames: Any, found: NDArray[np.int64], counters: dict[str, int]) -> None:
    """Add what ``tell_statuses`` found to ``counters``, and of what is not IP how many had each EtherType."""
    for name, number in zip(STATUS_COUNTERS, found.tolist(), strict=True):
        counters[name] = counters.get(name, 0) + number
    if found[NOT_IP]:
        _count_ethertypes(frames["ethertype"][frames["status"] == NOT_IP], counters)


def _count_ethertypes(ethertypes: NDArray[np.uint16], counters: dict[str, int]) -> None:
    """Add how often each EtherType comes, the most frequent first: the first ETHERTYPES of a capture have counters."""
    unnamed = {f"{ETHERTYPE_COUNTER}{word}" for word in ("none", "other")}
    named = {name for name in counters if name.startswith(ETHERTYPE_COUNTER)} - unnamed
    for kind, number in Counter(ethertypes.tolist()).most_common():
        name = f"{ETHERTYPE_COUNTER}{kind:04x}" if kind >= _ETHERTYPE_MIN else f"{ETHERTYPE_COUNTER}none"
        if name not in named | unnamed:
            if len(named) < ETHERTYPES:
                named.add(name)
            else:
                name = f"{ETHERTYPE_COUNTER}other"
        counters[name] = counters.get(name, 0) + number


__all__ = ["FRAGMENT", "OK", "STATUS_COUNTERS", "count_statuses", "decode_frames", "tell_statuses"]
