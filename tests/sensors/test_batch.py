"""The batch of packets."""

from __future__ import annotations

import numpy as np

from sensors.batch import LINK_TYPES, PacketBatch


def test_length_is_the_count_of_packets() -> None:
    """A batch is as long as its columns, whatever its bytes."""
    wide = np.zeros(3, np.int64)
    narrow = np.zeros(3, np.uint32)
    assert len(PacketBatch(np.zeros(100, np.uint8), wide, narrow, narrow, wide, np.zeros(3, np.uint16), 0)) == 3


def test_eight_link_types_are_read() -> None:
    """NULL, EN10MB, RAW, LOOP, LINUX_SLL, IPV4, IPV6 and LINUX_SLL2, by their registered numbers."""
    assert sorted(LINK_TYPES) == [0, 1, 101, 108, 113, 228, 229, 276]
