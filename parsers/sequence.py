"""TCP sequence numbers: how they compare, and what they say of a segment or of a new connection (kernels)."""

from __future__ import annotations

from typing import Any

from parsers.flow import ACK, CLOSED, GAP_BYTES, GAPS, REFUSED, RESET, SKIPPED, Scalars
from parsers.slot import SLOT_BYTES
from wanglou.kernel import int64, kernel

BEHIND = 1 << 20
"""Bytes a segment may lie behind and still be a late copy; the buffers of field devices are far smaller."""

_MASK = 0xFFFFFFFF


@kernel
def difference(a: int, b: int) -> int:
    """``a - b`` of sequence numbers, between -2**31 and 2**31 (RFC 9293 §3.4)."""
    d = (a - b) & _MASK
    return d - 0x100000000 if d >= 0x80000000 else d


@kernel
def is_stray(ahead: int, wire: int) -> bool:
    """True for a segment ``ahead`` of what is wanted, or so far behind, that no sender could have it in flight."""
    return ahead > SLOT_BYTES or ahead + wire < -BEHIND


@kernel
def is_reused(flow: Any, mine: Any, fr: Any) -> bool:
    """True when a SYN opens a new connection on the ports of an old one: its number is not the one we know.

    A flow picked up midway knows none; there a SYN that lies shortly before what was seen is merely late.
    """
    if not fr.tcp_flags & ACK and flow.state in (CLOSED, RESET, REFUSED):
        return True
    if mine.isn >= 0:
        return bool(int64(fr.seq) != mine.isn)
    if not mine.synced:
        return False
    behind = difference(mine.next_seq, int64(fr.seq) + 1)
    return behind < 0 or behind > 65_536


@kernel
def acknowledge(side: Any, ack: int) -> None:
    """Keep the highest number the other side acknowledged; one far beyond what was sent would close every hole."""
    if side.synced and difference(ack, side.next_seq) > SLOT_BYTES:
        return
    if side.acked < 0 or difference(ack, side.acked) > 0:
        side.acked = ack


@kernel
def is_acked_beyond(mine: Any, slots: Any) -> bool:
    """True when the receiver has acknowledged bytes in a hole, so they will never come again."""
    if mine.slot < 0 or slots[mine.slot].ahead == 0 or mine.acked < 0:
        return False
    return difference(mine.acked, mine.next_seq) > 0


@kernel
def skip_segment(mine: Any, seq: int, wire: int, ahead: int, scalars: Scalars) -> None:
    """Follow the numbers of a side that nobody parses; the caller lets late segments give back what is lost here."""
    if ahead >= 0:
        mine.gap_bytes += ahead
        scalars[GAP_BYTES] += ahead
        mine.next_seq = (seq + wire) & _MASK
    elif ahead + wire > 0:
        mine.next_seq = (seq + wire) & _MASK


@kernel
def skip_bytes(mine: Any, count: int, scalars: Scalars) -> int:
    """How many of the next ``count`` bytes belong to a message of which enough is kept; they are counted."""
    skipped = min(int64(mine.skip), count)
    mine.skip -= skipped
    scalars[SKIPPED] += skipped
    return skipped


@kernel
def lose_bytes(mine: Any, count: int, scalars: Scalars) -> None:
    """Count a gap of ``count`` bytes; where they go beyond what is skipped the next message must be looked for."""
    scalars[GAPS] += 1
    scalars[GAP_BYTES] += count
    mine.gap_bytes += count
    known = min(int64(mine.skip), count)
    mine.skip -= known
    if known < count:
        mine.resync = 1
