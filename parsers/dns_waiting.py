"""How many bytes of DNS queries wait for their replies: beyond a bound the oldest are given up."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parsers.dns_message import RECORD
from parsers.pairing import Pairs


def measure_waiting(messages: Any, pdus: Any, waiting: NDArray[np.int32]) -> NDArray[np.int64]:
    """Bytes that each of the ``waiting`` takes: its own, its records, and what its names and data expand to."""
    asked, lengths = pdus[waiting], np.asarray(messages)["length"][waiting]
    found: NDArray[np.int64] = asked["expanded"] + asked["records_count"].astype(np.int64) * RECORD.itemsize + lengths
    return found


def drop_oldest(pairs: Pairs, sizes: NDArray[np.int64], most: int) -> Pairs:
    """Give out the oldest that wait, unanswered, until those left have ``most`` bytes; ``sizes`` int64[m] is theirs."""
    kept = np.cumsum(sizes[::-1])[::-1] <= most
    if kept.all():
        return pairs
    dropped = pairs.waiting[~kept]
    return replace(
        pairs,
        request=np.concatenate((pairs.request, dropped)),
        reply=np.concatenate((pairs.reply, np.full(len(dropped), -1, dtype=np.int32))),
        duplicate=np.concatenate((pairs.duplicate, pairs.waiting_duplicate[~kept] == 1)),
        waiting=pairs.waiting[kept],
        waiting_duplicate=pairs.waiting_duplicate[kept],
        dropped=pairs.dropped + len(dropped),
    )
