"""What walking a window of a capture gives, whatever the format; and the bounds that all formats share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sensors.batch import PacketBatch
from wanglou.kernel import kernel

MAX_CAPLEN = 256 << 10
"""Largest packet: what libpcap and Wireshark accept for the link types read here (MAXIMUM_SNAPLEN, 262144)."""

RECORD_MIN = 16
"""Smallest record that holds a packet: a classic record header, or a Simple Packet Block without data."""

# Positions in the tally that kernels add to, and the names under which it is told.
TALLY = (
    "packets_unknown_linktype",
    "packets_unknown_interface",
    "packets_without_time",
    "packets_beyond_snaplen",
    "times_clamped",
    "lengths_raised",
    "blocks_skipped",
)
(
    UNKNOWN_LINKTYPE,
    UNKNOWN_INTERFACE,
    WITHOUT_TIME,
    BEYOND_SNAPLEN,
    TIMES_CLAMPED,
    LENGTHS_RAISED,
    BLOCKS_SKIPPED,
) = range(len(TALLY))


@dataclass(frozen=True, slots=True)
class Columns:
    """Room for the packets of one window, reused from window to window."""

    offset: NDArray[np.int64]
    caplen: NDArray[np.uint32]
    wirelen: NDArray[np.uint32]
    ts_ns: NDArray[np.int64]
    linktype: NDArray[np.uint16]

    @classmethod
    def make(cls, window_bytes: int) -> Columns:
        """Make room for as many packets as a window may hold."""
        n = window_bytes // RECORD_MIN + 1
        offset, caplen, wirelen = np.empty(n, np.int64), np.empty(n, np.uint32), np.empty(n, np.uint32)
        return cls(offset, caplen, wirelen, np.empty(n, np.int64), np.empty(n, np.uint16))

    def has_room(self, window_bytes: int) -> bool:
        """Tell whether the packets of a window of this size fit."""
        return len(self.offset) > window_bytes // RECORD_MIN

    def cut_batch(self, n: int, data: NDArray[np.uint8], first: int) -> PacketBatch:
        """Copy the first ``n`` packets into a batch over ``data``."""
        offset, caplen, wirelen = self.offset[:n].copy(), self.caplen[:n].copy(), self.wirelen[:n].copy()
        return PacketBatch(data, offset, caplen, wirelen, self.ts_ns[:n].copy(), self.linktype[:n].copy(), first)


@dataclass(frozen=True, slots=True)
class Walk:
    """How far a walk came."""

    n: int
    """Packets found; they fill the head of the columns."""
    consumed: int
    """Bytes of the window that are done with; more than the window holds when a block is to be skipped."""
    needed: int
    """Bytes that the record at ``consumed`` takes, as far as is known."""
    fault: str = ""
    """Why the record at ``consumed`` cannot be read; empty when it can, or is not whole yet."""


class Walker(Protocol):
    """Walks one capture from its first window to its last."""

    header_bytes: int
    """Bytes before the first record."""
    tally: NDArray[np.int64]
    """int64[len(TALLY)]: what was odd, by the positions above."""

    def walk(self, data: NDArray[np.uint8], end: int, columns: Columns) -> Walk:
        """Find the packets of ``data[:end]``, which begins with a record."""
        ...

    def count_more(self) -> dict[str, int]:
        """Counters of this format beyond the tally."""
        ...


LITTLE, BIG = 0, 24
"""Byte orders, as what the shifts of a load are flipped by: without a branch a walk is a fifth faster."""

# In the loads the literal 0 makes the result signed: compiled, an unsigned and a signed number may meet as floats.


@kernel
def load_u32(data: NDArray[np.uint8], at: int, order: int) -> int:
    """Load four bytes as an unsigned number; the caller has checked that they are there."""
    low = int(data[at]) << order | int(data[at + 1]) << (order ^ 8)
    return 0 | low | int(data[at + 2]) << (order ^ 16) | int(data[at + 3]) << (order ^ 24)


@kernel
def load_u16(data: NDArray[np.uint8], at: int, order: int) -> int:
    """Load two bytes as an unsigned number; the caller has checked that they are there."""
    return 0 | int(data[at]) << (order & 8) | int(data[at + 1]) << (order & 8 ^ 8)
