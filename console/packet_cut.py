"""The packets that records rest on, cut out of their capture by the records' pointers."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from console.record import Record
from sensors.cutting import MAX_CUT, Packet, cut_packets
from wanglou.commands.evidence import SPAN, belongs_to
from wanglou.errors import WanglouError

AT_ONCE = 2
"""Captures that are read at the same time."""
PATIENCE_S = 20.0
_TURNS = threading.BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True, slots=True)
class Cut:
    """Packets of one capture."""

    packets: Sequence[Packet]
    total: int
    """Packets found, of which ``packets`` are the first."""
    left_out: int = 0
    """Records whose packets were not looked for: there were too many."""


def cut_records(path: Path, records: Sequence[Record], most: int = MAX_CUT) -> Cut:
    """Cut the packets of records out of their capture, in one pass over it up to the last of them.

    Between the first and the last packet of a record lie those of others: they are told apart by addresses and ports.
    At most 1000 packets are looked at, ``most`` are given. Raises CaptureError when the file cannot be read as far.
    """
    wanted: dict[int, list[Record]] = {}
    left_out = 0
    for record in records:
        ordinals = _list_ordinals(record)
        if len(wanted.keys() | ordinals) > MAX_CUT:
            left_out += 1
            continue
        for ordinal in ordinals:
            wanted.setdefault(ordinal, []).append(record)
    if not _TURNS.acquire(timeout=PATIENCE_S):
        raise WanglouError("packets of others are being dissected", do="try again in a while")
    try:
        found = cut_packets(path, sorted(wanted))
    finally:
        _TURNS.release()
    kept = [packet for packet in found if any(_is_of(packet, record) for record in wanted[packet.ordinal])]
    return Cut(kept[:most], len(kept), left_out)


def _ends(record: Record) -> tuple[int, int]:
    first, last = int(record["wanglou.packet"] or 0), int(record["wanglou.packet_end"] or 0)
    return (first, last) if first <= last else (last, first)


def _list_ordinals(record: Record) -> set[int]:
    """List the packets of a record's span; of a long one those at its beginning, and its last."""
    first, last = _ends(record)
    return {*range(max(first, 0), min(last, first + SPAN - 1)), max(last, 0)}


def _is_of(packet: Packet, record: Record) -> bool:
    return packet.ordinal in _ends(record) or belongs_to(packet, record)
