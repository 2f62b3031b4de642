"""The record of the sensor stage: a batch of packets as columns over one buffer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Link types, from the registry of the pcap format (draft-ietf-opsawg-pcaplinktype).
LINK_NULL = 0
LINK_EN10MB = 1
LINK_RAW = 101
LINK_LOOP = 108
LINK_LINUX_SLL = 113
LINK_IPV4 = 228
LINK_IPV6 = 229
LINK_LINUX_SLL2 = 276
LINK_TYPES = frozenset(
    {LINK_NULL, LINK_EN10MB, LINK_RAW, LINK_LOOP, LINK_LINUX_SLL, LINK_IPV4, LINK_IPV6, LINK_LINUX_SLL2}
)


@dataclass(frozen=True, slots=True)
class PacketBatch:
    """``n`` packets in the order of the capture; nothing is copied out of ``data`` before a value must outlive it."""

    data: NDArray[np.uint8]
    """uint8[n_bytes]: the bytes of a window of the file or of a block of a kernel ring."""
    offset: NDArray[np.int64]
    """int64[n]: where each packet's first byte lies in ``data``."""
    caplen: NDArray[np.uint32]
    """uint32[n]: bytes captured; ``offset + caplen`` never passes the end of ``data``."""
    wirelen: NDArray[np.uint32]
    """uint32[n]: bytes the packet had on the wire."""
    ts_ns: NDArray[np.int64]
    """int64[n]: capture time in nanoseconds since 1970, UTC."""
    linktype: NDArray[np.uint16]
    """uint16[n]: link type of each packet (a pcapng file may mix them)."""
    first: int
    """Ordinal of packet 0 of this batch in its capture, from 0."""

    def __len__(self) -> int:
        """Count the packets."""
        return len(self.offset)
