"""The flow table: bidirectional conversations, bounded, aged by packet time (kernels over one table).

A flow is keyed by its two endpoints in a fixed order (side 0 has the smaller address and port). Who is the client is a
fact beside the key: whoever sent the SYN, else whoever does not own the port a protocol is known for, else whoever
spoke first; a parser whose bytes say otherwise may turn it round before the first record is made.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wanglou.kernel import int64, kernel

# TCP flags (RFC 9293 §3.1).
FIN, SYN, RST, ACK = 0x01, 0x02, 0x04, 0x10

# How a flow ended, and how far its TCP connection came.
END_CLOSED, END_IDLE, END_ACTIVE, END_EVICTED, END_CAPTURE = 0, 1, 2, 3, 4
END_REASONS = ("closed", "idle", "active", "evicted", "end")
STATES = ("stateless", "attempt", "refused", "midstream", "established", "closed", "reset")
STATELESS, ATTEMPT, REFUSED, MIDSTREAM, ESTABLISHED, CLOSED, RESET = range(7)

# How surely it is known which side asked: by port or order, by who sent the SYN, by records already made.
GUESSED, SYN_TOLD, RECORDED = 0, 1, 2

FLOW_RECORD = np.dtype(
    [
        ("uid", "i8"),  # never used twice in a replay
        ("first_ns", "i8"),
        ("last_ns", "i8"),
        ("slice_ns", "i8"),  # when the slice now being counted began
        ("first_packet", "i8"),
        ("last_packet", "i8"),
        ("a0", "u4"),
        ("a1", "u4"),
        ("a2", "u4"),
        ("a3", "u4"),
        ("b0", "u4"),
        ("b1", "u4"),
        ("b2", "u4"),
        ("b3", "u4"),
        ("a_port", "u2"),
        ("b_port", "u2"),
        ("vlan", "i2"),
        ("version", "u1"),
        ("protocol", "u1"),
        ("client", "u1"),  # which side asked
        ("client_known", "u1"),  # how surely: see GUESSED
        ("app", "u1"),  # application protocol, parsers.protocol
        ("tries", "u1"),  # segments looked at without recognising one
        ("state", "u1"),
        ("reason", "u1"),
        ("used", "u1"),
        ("bucket_next", "i4"),
        ("older", "i4"),
        ("newer", "i4"),
        ("conversation", "i4"),
        ("epoch", "i8"),  # batch for which ``conversation`` holds
        ("messages", "i8"),
        ("malformed", "i8"),
    ],
    align=True,
)

SIDE_RECORD = np.dtype(
    [
        ("mac", "i8"),
        ("packets", "i8"),
        ("bytes", "i8"),
        ("payload_bytes", "i8"),
        ("retransmissions", "i8"),
        ("gap_bytes", "i8"),
        ("next_seq", "i8"),  # sequence number of the next byte wanted
        ("acked", "i8"),  # highest number the other side acknowledged; -1: none
        ("stray_seq", "i8"),  # number after the last segment that lay far outside the stream; -1: none
        ("isn", "i8"),  # sequence number of its SYN; -1: not seen
        ("skip", "i8"),  # bytes from the first not yet parsed on that belong to a message of which enough is kept
        ("slot", "i4"),  # reassembly slot, -1: none
        ("need", "i4"),  # bytes the slot must hold before it is worth another look; 0: unknown
        ("tcp_flags", "u1"),
        ("synced", "u1"),  # next_seq is known
        ("resync", "u1"),  # bytes were lost: look for the next plausible header
        ("finished", "u1"),
    ],
    align=True,
)

# Rows of the scalar state shared by the kernels.
NEXT_UID, OLDEST, NEWEST, FREE, COUNT, EVICTED, EPOCH, CONVERSATIONS, ENDED, MESSAGES, SPILLED = range(11)
SLOT_FREE, NO_SLOT, GAPS, GAP_BYTES, OVERLAP_BYTES, OUT_OF_ORDER, SPILL_FULL, STRAYS = range(11, 19)
SKIPPED, SPOKEN = range(19, 21)  # bytes not kept of long messages; bit n: the batch has conversations of protocol n
SCALARS = 21

Scalars = NDArray[np.int64]
Buckets = NDArray[np.int32]


@kernel
def hash_words(seed: int, w0: int, w1: int, w2: int, w3: int) -> int:
    """Mix four 32 bit words into 32 bits; the seed differs per process, so that collisions cannot be prepared."""
    h = seed
    h = ((h ^ w0) * 0x01000193) & 0xFFFFFFFF
    h = ((h ^ w1 ^ (h >> 15)) * 0x045D9F3B) & 0xFFFFFFFF
    h = ((h ^ w2 ^ (h >> 13)) * 0x01000193) & 0xFFFFFFFF
    h = ((h ^ w3 ^ (h >> 16)) * 0x045D9F3B) & 0xFFFFFFFF
    return h ^ (h >> 15)


@kernel
def is_swapped(fr: Any) -> bool:
    """True when the frame's source is side 1: the larger of the two endpoints."""
    if fr.src0 != fr.dst0:
        return bool(fr.src0 > fr.dst0)
    if fr.src1 != fr.dst1:
        return bool(fr.src1 > fr.dst1)
    if fr.src2 != fr.dst2:
        return bool(fr.src2 > fr.dst2)
    if fr.src3 != fr.dst3:
        return bool(fr.src3 > fr.dst3)
    return bool(fr.sport > fr.dport)


@kernel
def bucket_of(fr: Any, seed: int, mask: int) -> int:
    """Hash bucket of a frame: the same for both directions."""
    ports = (int64(fr.sport) ^ int64(fr.dport)) << 8 | int64(fr.protocol)
    low = int64(fr.src3) ^ int64(fr.dst3)
    mid = int64(fr.src2) ^ int64(fr.dst2) ^ (int64(fr.src1) ^ int64(fr.dst1)) << 3 & 0xFFFFFFFF
    high = int64(fr.src0) ^ int64(fr.dst0) ^ (int64(fr.src3) + int64(fr.dst3)) & 0xFFFFFFFF
    return hash_words(seed, ports, low, mid, high) & mask


@kernel
def is_key_equal(flow: Any, fr: Any, swapped: bool) -> bool:
    """True when the frame belongs to the flow."""
    if flow.protocol != fr.protocol or flow.version != fr.version:
        return False
    if swapped:
        return bool(
            flow.a3 == fr.dst3 and flow.b3 == fr.src3 and flow.a_port == fr.dport and flow.b_port == fr.sport
            and flow.a0 == fr.dst0 and flow.a1 == fr.dst1 and flow.a2 == fr.dst2
            and flow.b0 == fr.src0 and flow.b1 == fr.src1 and flow.b2 == fr.src2
        )  # fmt: skip
    return bool(
        flow.a3 == fr.src3 and flow.b3 == fr.dst3 and flow.a_port == fr.sport and flow.b_port == fr.dport
        and flow.a0 == fr.src0 and flow.a1 == fr.src1 and flow.a2 == fr.src2
        and flow.b0 == fr.dst0 and flow.b1 == fr.dst1 and flow.b2 == fr.dst2
    )  # fmt: skip


@kernel
def fill_flow(flow: Any, fr: Any, swapped: bool, uid: int, ts: int, packet: int) -> None:
    """Start a flow from its first frame."""
    flow.uid = uid
    flow.first_ns = flow.last_ns = flow.slice_ns = ts
    flow.first_packet = flow.last_packet = packet
    flow.vlan = fr.vlan
    flow.version = fr.version
    flow.protocol = fr.protocol
    flow.app = 0
    flow.tries = 0
    flow.reason = 0
    flow.used = 1
    flow.epoch = -1
    flow.messages = 0
    flow.malformed = 0
    if swapped:
        flow.a0, flow.a1, flow.a2, flow.a3, flow.a_port = fr.dst0, fr.dst1, fr.dst2, fr.dst3, fr.dport
        flow.b0, flow.b1, flow.b2, flow.b3, flow.b_port = fr.src0, fr.src1, fr.src2, fr.src3, fr.sport
    else:
        flow.a0, flow.a1, flow.a2, flow.a3, flow.a_port = fr.src0, fr.src1, fr.src2, fr.src3, fr.sport
        flow.b0, flow.b1, flow.b2, flow.b3, flow.b_port = fr.dst0, fr.dst1, fr.dst2, fr.dst3, fr.dport


@kernel
def choose_client(flow: Any, fr: Any, side: int, tcp: bool, source_served: bool, destination_served: bool) -> None:
    """Decide who asked: the SYN's sender, else who is not on a served port, else who spoke first."""
    flow.client = side
    flow.client_known = GUESSED
    if tcp and fr.tcp_flags & (SYN | FIN | RST) == SYN:  # together with an end it opens nothing (RFC 9293 §3.10.7)
        flow.client_known = SYN_TOLD
        if fr.tcp_flags & ACK:
            flow.client = 1 - side
    elif source_served and not destination_served:
        flow.client = 1 - side


@kernel
def clear_side(side: Any) -> None:
    """Start counting one side of a flow."""
    side.mac = -1
    side.packets = 0
    side.bytes = 0
    side.payload_bytes = 0
    side.retransmissions = 0
    side.gap_bytes = 0
    side.next_seq = 0
    side.acked = -1
    side.stray_seq = -1
    side.isn = -1
    side.skip = 0
    side.slot = -1
    side.need = 0
    side.tcp_flags = 0
    side.synced = 0
    side.resync = 0
    side.finished = 0


@kernel
def update_state(flow: Any, mine: Any, other: Any, flags: int, tcp: bool) -> None:
    """Move the TCP state on by one segment's flags (seen from outside, so coarser than RFC 9293 §3.3.2)."""
    if not tcp:
        flow.state = STATELESS
        return
    state = flow.state
    if flags & RST:
        if state == ATTEMPT:
            flow.state = REFUSED
        elif state not in (CLOSED, REFUSED):
            flow.state = RESET
        return
    if state == STATELESS:
        flow.state = ATTEMPT if flags & SYN else MIDSTREAM
    elif state == ATTEMPT and flags & ACK and (flags & SYN or other.tcp_flags & SYN):
        flow.state = ESTABLISHED
    if flags & FIN:
        mine.finished = 1
        if other.finished:
            flow.state = CLOSED


@kernel
def unlink_age(flows: Any, scalars: Scalars, f: int) -> None:
    """Take flow ``f`` out of the list ordered by last activity."""
    older, newer = flows[f].older, flows[f].newer
    if older >= 0:
        flows[older].newer = newer
    else:
        scalars[OLDEST] = newer
    if newer >= 0:
        flows[newer].older = older
    else:
        scalars[NEWEST] = older


@kernel
def append_age(flows: Any, scalars: Scalars, f: int) -> None:
    """Put flow ``f`` at the young end of that list."""
    flows[f].older = scalars[NEWEST]
    flows[f].newer = -1
    if scalars[NEWEST] >= 0:
        flows[scalars[NEWEST]].newer = f
    else:
        scalars[OLDEST] = f
    scalars[NEWEST] = f


@kernel
def unlink_bucket(flows: Any, buckets: Buckets, bucket: int, f: int) -> None:
    """Take flow ``f`` out of its hash bucket."""
    at = buckets[bucket]
    if at == f:
        buckets[bucket] = flows[f].bucket_next
        return
    while at >= 0:
        following = flows[at].bucket_next
        if following == f:
            flows[at].bucket_next = flows[f].bucket_next
            return
        at = following
