"""What waits in a slot, parsed as far as it goes (kernels).

A message of more than ``LONGEST`` bytes is given as soon as ``KEPT`` of them are there; the rest is skipped.
"""

from __future__ import annotations

from typing import Any

from parsers.flow import GAP_BYTES, SPILL_FULL, SPILLED, Scalars
from parsers.framing import (
    KEPT,
    LONGEST,
    MALFORMED,
    MODBUS_TAIL,
    NEED_MORE,
    TAIL,
    find,
    measure,
    recognise,
)
from parsers.message import BROKEN_BY_GAP, MALFORMED_BYTES, WHOLE, add_message, register_conversation
from parsers.packet import UDP, Bytes
from parsers.protocol import MODBUS, SILENT, UNKNOWN
from parsers.recognition import is_read, may_switch, settle_app, switch_app
from parsers.sequence import skip_bytes
from parsers.slot import find_mark, find_newest, find_piece, locate, release_slot, shift_slot
from wanglou.kernel import int64, kernel


@kernel
def spill_message(
    flow: Any, near: Any, far: Any, side: int, slots: Any, slot: int, at: int, count: int, wire: int, status: int,
    pool: Bytes, spill: Bytes, messages: Any, conversations: Any, scalars: Scalars,
) -> None:  # fmt: skip
    """Copy ``count`` bytes of a message of ``wire`` out of the slot, whose bytes are about to move, and append it."""
    start = scalars[SPILLED]
    if start + count > len(spill):
        scalars[SPILL_FULL] += 1
        return
    base = locate(slots, slot)
    for k in range(count):
        spill[start + k] = pool[base + at + k]
    scalars[SPILLED] = start + count
    conversation = register_conversation(flow, near, far, conversations, scalars)
    s = slots[slot]
    first, last = find_mark(s, at), find_newest(s, at, at + count)
    add_message(
        messages, scalars, flow, conversation, side, status, 1, start, count, wire, s.mark_packet[first],
        s.mark_packet[last], s.mark_ns[first], s.mark_ns[last], int64(s.mark_pdu[first]),
    )  # fmt: skip
    s.mark_pdu[first] += 1


@kernel
def drain_slot(
    flow: Any, near: Any, far: Any, mine: Any, side: int, slots: Any, pool: Bytes, present: Bytes, spill: Bytes,
    messages: Any, conversations: Any, scalars: Scalars,
) -> None:  # fmt: skip
    """Parse what is contiguous in the slot."""
    slot = mine.slot
    s = slots[slot]
    if s.held < mine.need:
        return
    mine.need = 0
    base = locate(slots, slot)
    client = side == flow.client
    at = skip_bytes(mine, int64(s.held), scalars)
    while at < s.held:
        if flow.app == UNKNOWN:
            app, role = recognise(
                pool, base + at, base + s.held, int64(flow.a_port), int64(flow.b_port), flow.protocol == UDP
            )  # fmt: skip
            if app == UNKNOWN:
                break
            settle_app(flow, app, role, side)
            client = side == flow.client
            if app >= SILENT:
                at = int64(s.held)
                break
        if mine.resync:
            found = _find_in_slot(flow, mine, client, s, base, at, pool)
            scalars[GAP_BYTES] += found - at
            at = found
            if mine.resync:
                break
        size = measure(flow.app, pool, base + at, base + s.held, client)
        there, wire = s.held - at, size
        if size > LONGEST and there >= KEPT:
            mine.skip = size - min(there, size)
            size = min(there, size)
        if size == NEED_MORE or size > there:
            mine.need = min(size, KEPT if size > LONGEST else LONGEST)
            break
        status = int64(WHOLE)
        if size == MALFORMED:
            status = int64(MALFORMED_BYTES)
            segment = base + find_piece(s, at + 1)
            size = find(flow.app, pool, base + at + 1, base + s.held, client, segment) - base - at
            wire = size
        spill_message(
            flow, near, far, side, slots, slot, at, size, wire, status, pool, spill, messages, conversations, scalars
        )
        at += size
        if may_switch(flow.app) and status == WHOLE:
            switch_app(flow, mine, far if side == 0 else near, pool, base + at - size, base + at, client)
            if flow.app >= SILENT:
                break
            at += skip_bytes(mine, s.held - at, scalars)
    if at > 0:
        shift_slot(slots, slot, at, present)
    if flow.app >= SILENT:
        release_slot(slots, present, near, scalars)
        release_slot(slots, present, far, scalars)
    elif s.held == 0 and s.ahead == 0:
        release_slot(slots, present, mine, scalars)


@kernel
def _find_in_slot(flow: Any, mine: Any, client: bool, s: Any, base: int, at: int, pool: Bytes) -> int:
    """Where the next plausible message begins; where there is none, what its beginning may be is kept."""
    found = find(flow.app, pool, base + at, base + s.held, client, base + find_piece(s, at)) - base
    if found < s.held:
        mine.resync = 0
        return found
    return max(int64(s.held) - (MODBUS_TAIL if flow.app == MODBUS else TAIL), at)


@kernel
def break_held(
    flow: Any, near: Any, far: Any, mine: Any, side: int, slots: Any, pool: Bytes, spill: Bytes, messages: Any,
    conversations: Any, scalars: Scalars,
) -> None:  # fmt: skip
    """What is held of a message whose rest will not come whole is a broken message; a rest of known length is skipped.

    Where the length is not known the next message must be looked for.
    """
    s = slots[mine.slot]
    held = int64(s.held)
    if held == 0:
        return
    if mine.resync or not is_read(flow.app):
        mine.resync = 1
        return
    spill_message(
        flow, near, far, side, slots, mine.slot, int64(0), held, held, int64(BROKEN_BY_GAP), pool, spill, messages,
        conversations, scalars,
    )  # fmt: skip
    base = locate(slots, mine.slot)
    size = measure(flow.app, pool, base, base + held, side == flow.client)
    if size > held:
        mine.skip = size - held
    else:
        mine.resync = 1
