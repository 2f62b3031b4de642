"""Moving a capture in time: every packet by the same offset, so that the last one is at a wanted time.

Only the times of packets move. What they carry (times of measurements, certificates, file dates) stays, and so do
ordinals: ids of records and their evidence pointers are those of the capture that was not moved.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from correlation.quarantine import END_NS, FIRST_NS
from sensors.batch import PacketBatch
from sensors.pcap import Capture

SECOND_NS = 10**9
_LIMITS = np.iinfo(np.int64)


def measure_shift(capture: Capture, end_ns: int) -> int:
    """Give the offset, in nanoseconds, that moves the last packet of ``capture`` to ``end_ns`` or just before it.

    It is of whole seconds, so that what a time has behind the second stays. The file is read through once. Packets
    whose clock is off (before 1990 or after 2100) do not count; a capture of only such packets is not moved.
    """
    last = 0
    for batch in capture.batches(reuse=True):
        times = batch.ts_ns[(batch.ts_ns >= FIRST_NS) & (batch.ts_ns < END_NS)]
        last = max(last, int(times.max(initial=0)))
    return (end_ns - last) // SECOND_NS * SECOND_NS if last else 0


def shift_batch(batch: PacketBatch, shift_ns: int) -> PacketBatch:
    """Move the packets of a batch by ``shift_ns``; times that would leave what 64 bits hold stop there."""
    if not shift_ns:
        return batch
    low, high = _LIMITS.min - min(shift_ns, 0), _LIMITS.max - max(shift_ns, 0)
    return replace(batch, ts_ns=np.clip(batch.ts_ns, low, high) + np.int64(shift_ns))
