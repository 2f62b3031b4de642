"""The kernel that walks the packet blocks of a pcapng section (draft-ietf-opsawg-pcapng §3.1, §4.3, §4.4, appendix A).

Layout::

    any block      type 4 | total length 4 | body | total length 4
    EPB body       interface 4 | ticks high 4 | low 4 | caplen 4 | wirelen 4 | data | options
    SPB body       wirelen 4 | data
    PB body        interface 2 | drops 2 | ticks high 4 | low 4 | caplen 4 | wirelen 4 | data | options
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sensors.ticks import convert_ticks
from sensors.walk import (
    BEYOND_SNAPLEN,
    BLOCKS_SKIPPED,
    LENGTHS_RAISED,
    MAX_CAPLEN,
    TIMES_CLAMPED,
    UNKNOWN_INTERFACE,
    UNKNOWN_LINKTYPE,
    WITHOUT_TIME,
    load_u16,
    load_u32,
)
from wanglou.kernel import kernel

INTERFACE = 1
PACKET = 2
SIMPLE_PACKET = 3
ENHANCED_PACKET = 6
SECTION = 0x0A0D0D0A

MAX_BLOCK = 1 << 20
"""Largest block that is looked into: four of the largest packets. Larger ones without a packet are skipped unseen."""

BLOCK_MIN = 12

# How a walk may stop.
WANTS_MORE, MEETS_STATE, BAD_LENGTH, BAD_TRAILER, BAD_CAPLEN = range(5)


@kernel
def walk_blocks(
    data: NDArray[np.uint8],
    start: int,
    end: int,
    order: int,
    n_interfaces: int,
    interfaces: NDArray[np.int64],
    n: int,
    previous_ns: int,
    offset: NDArray[np.int64],
    caplen: NDArray[np.uint32],
    wirelen: NDArray[np.uint32],
    ts_ns: NDArray[np.int64],
    linktype: NDArray[np.uint16],
    tally: NDArray[np.int64],
) -> tuple[int, int, int, int]:
    """Find the packets of ``data[start:end]`` up to the next block that changes the state of the section.

    ``interfaces`` is int64[>= n_interfaces, 5]: link type (-1: not read), is_binary, exponent, offset_s, snaplen (0:
    no bound). Packets go to the arrays from position ``n`` on, which must have room for one per 16 bytes.
    ``previous_ns`` is the time of the packet before, for blocks that have none.

    Returns the new ``n``, where the walk stopped (past ``end`` when a large block is to be skipped), what the block
    there takes or says, and how the walk stopped.
    """
    at = start
    while end - at >= BLOCK_MIN:
        kind = load_u32(data, at, order)
        if kind in (SECTION, INTERFACE):
            return n, at, BLOCK_MIN, MEETS_STATE
        total = load_u32(data, at + 4, order)
        holds_packet = kind in (ENHANCED_PACKET, SIMPLE_PACKET, PACKET)
        head = 32 if kind in (ENHANCED_PACKET, PACKET) else 16 if kind == SIMPLE_PACKET else BLOCK_MIN
        if total < head or total & 3 or (holds_packet and total > MAX_BLOCK):
            return n, at, total, BAD_LENGTH
        if total > MAX_BLOCK:
            tally[BLOCKS_SKIPPED] += 1
            at += total
            continue
        if total > end - at:
            return n, at, total, WANTS_MORE
        if load_u32(data, at + total - 4, order) != total:
            return n, at, total, BAD_TRAILER
        if not holds_packet:
            tally[BLOCKS_SKIPPED] += 1
            at += total
            continue
        if kind == SIMPLE_PACKET:
            number, first = 0, at + 12
            on_wire = load_u32(data, at + 8, order)
            captured = min(on_wire, total - 16)
            if n_interfaces and interfaces[0, 4]:
                captured = min(captured, interfaces[0, 4])
        else:
            number, first = load_u32(data, at + 8, order), at + 28
            if kind == PACKET:
                number = load_u16(data, at + 8, order)
            captured = load_u32(data, at + 20, order)
            on_wire = load_u32(data, at + 24, order)
        if captured > MAX_CAPLEN or captured > at + total - 4 - first:
            return n, at, captured, BAD_CAPLEN
        at += total
        if number >= n_interfaces:
            tally[UNKNOWN_INTERFACE] += 1
            continue
        if interfaces[number, 0] < 0:
            tally[UNKNOWN_LINKTYPE] += 1
            continue
        if on_wire < captured:
            on_wire = captured
            tally[LENGTHS_RAISED] += 1
        if 0 < interfaces[number, 4] < captured:
            tally[BEYOND_SNAPLEN] += 1
        if kind == SIMPLE_PACKET:
            tally[WITHOUT_TIME] += 1
        else:
            previous_ns, clamped = convert_ticks(
                load_u32(data, at - total + 12, order),
                load_u32(data, at - total + 16, order),
                interfaces[number, 1],
                interfaces[number, 2],
                interfaces[number, 3],
            )
            tally[TIMES_CLAMPED] += clamped
        offset[n] = first
        caplen[n] = captured
        wirelen[n] = on_wire
        ts_ns[n] = previous_ns
        linktype[n] = interfaces[number, 0]
        n += 1
    return n, at, BLOCK_MIN, WANTS_MORE
