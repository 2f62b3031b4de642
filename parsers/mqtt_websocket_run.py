"""A run of WebSocket frames of one direction: their bytes unmasked one after the other, and cut into packets (kernels).

Standards: OASIS MQTT 5.0, §6 (a packet may span frames, a frame may hold several); RFC 6455, §5.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parsers.message import BROKEN_BY_GAP, MALFORMED_BYTES, WHOLE
from parsers.mqtt_frame import find_mqtt, measure_mqtt
from parsers.packet import Bytes
from parsers.protocol import MQTT
from parsers.websocket_frame import BINARY_FRAME, CLOSE, COMPRESSED, CONTINUATION, unmask
from wanglou.kernel import int64, kernel

MARK = np.dtype([("at", "i8"), ("packet", "i8"), ("ts_ns", "i8"), ("frame", "i8")], align=True)
"""Where the bytes of a frame begin in the scratch buffer, and which packet brought them."""

ENDS, GAP, CUT = range(3)  # why a run of bytes ends: no more frames, bytes lost, bytes not kept


@dataclass(slots=True)
class Side:
    """One direction of a connection: bytes of a packet whose rest has not come, and where they are from."""

    held: bytes = b""
    packet: int = -1
    ts_ns: int = 0
    template: Any = None
    opaque: bool = False
    resync: bool = False
    skip: int = 0
    last_packet: int = -1
    next_pdu: int = 0


class Run:
    """Frames of one direction of a connection, in order, and the bytes gathered from them."""

    def __init__(
        self, data: NDArray[np.uint8], spill: NDArray[np.uint8], frames: Any, order: NDArray[np.int64],
        scratch: NDArray[np.uint8], filled: int,
    ) -> None:  # fmt: skip
        """Nothing is gathered yet; ``order`` are the frames' places among all frames."""
        self.data, self.spill, self.frames, self.order = data, spill, frames, order
        self.scratch, self.filled = scratch, filled
        self.marks: Any = np.recarray(len(frames) + 1, dtype=MARK)
        self.marked = self.opaque = 0

    def gather(self, side: Side) -> list[tuple[int, int]]:
        """Put what was held and the frames' payloads into the scratch buffer; returns where runs end, and why."""
        start = self.filled
        self.scratch[start : start + len(side.held)] = np.frombuffer(side.held, dtype=np.uint8)
        self.marks[0] = (start, side.packet, side.ts_ns, 0)
        state = np.array([start + len(side.held), 1, side.opaque, 0, 0], dtype=np.int64)
        ends = np.empty((len(self.frames) + 1, 2), dtype=np.int64)
        gather_frames(self.data, self.spill, self.frames, self.scratch, self.marks, state, ends)
        self.filled, self.marked = int(state[0]), int(state[1])
        side.opaque, self.opaque = bool(state[2]), int(state[3])
        return [*((int(end), int(why)) for end, why in ends[: state[4]]), (self.filled, ENDS)]

    def find_mark(self, at: int) -> int:
        """The mark of the frame that brought the byte ``at``."""
        return int(np.searchsorted(self.marks["at"][: self.marked], at, side="right")) - 1


@kernel
def gather_frames(
    data: Bytes, spill: Bytes, frames: Any, scratch: Bytes, marks: Any, state: NDArray[np.int64],
    ends: NDArray[np.int64],
) -> None:  # fmt: skip
    """Unmask the binary frames one after the other into ``scratch``.

    ``state``: how far it is filled, how many marks there are, 1 while a message that is no MQTT goes on, frames of such
    messages, how many ``ends`` there are: (position, why) of each place where bytes are missing.
    """
    for i in range(len(frames)):
        f = frames[i]
        if f.length < 2:
            continue
        buf = data if f.spill == 0 else spill
        pos, end = int64(f.offset), int64(f.offset) + int64(f.length)
        if f.status != WHOLE:
            ends[state[4], 0], ends[state[4], 1] = state[0], GAP
            state[4] += 1
            continue
        opcode = int64(buf[pos]) & 0x0F
        if opcode >= CLOSE:
            continue
        if opcode != CONTINUATION:
            state[2] = opcode != BINARY_FRAME or int64(buf[pos]) & COMPRESSED != 0
        if state[2]:
            state[3] += 1
            continue
        m = marks[state[1]]
        m.at, m.packet, m.ts_ns, m.frame = state[0], f.packet, f.ts_ns, i
        state[1] += 1
        state[0] += unmask(buf, pos, end, scratch, int64(state[0]))
        if f.wire > f.length:
            ends[state[4], 0], ends[state[4], 1] = state[0], CUT
            state[4] += 1


@kernel
def cut_packets(
    scratch: Bytes, end: int, from_client: bool, marks: Any, state: NDArray[np.int64], why: int, out: Any,
    rank: NDArray[np.int64],
) -> int:  # fmt: skip
    """Cut ``scratch`` from ``state[0]`` to ``end`` into messages; returns how many.

    ``state``: position, last packet and number of the next message in it, 1 to look for a packet first.
    ``rank``: the place of the frame in which each message ends.
    """
    at, used, mark = state[0], 0, 0
    if state[3]:
        at = find_mqtt(scratch, at, end, from_client)
        state[3] = at >= end
    while at < end:
        size, status = measure_mqtt(scratch, at, end, from_client), WHOLE
        wire = size
        if size == 0 or size > end - at:
            if why == ENDS:
                break
            status = WHOLE if why == CUT and size > 0 else BROKEN_BY_GAP
            size = end - at
            if status != WHOLE:
                wire = size
        elif size < 0:
            status = MALFORMED_BYTES
            size = find_mqtt(scratch, at + 1, end, from_client) - at
            wire = size
        while mark + 1 < len(marks) and marks[mark + 1].at <= at:
            mark += 1
        last = mark
        while last + 1 < len(marks) and marks[last + 1].at < at + size:
            last += 1
        m = out[used]
        packet = marks[mark].packet
        if packet != state[1]:
            state[1], state[2] = packet, 0
        m.offset, m.length, m.wire = at, size, wire
        m.packet, m.ts_ns, m.pdu = packet, marks[mark].ts_ns, state[2]
        m.status, m.app = status, MQTT
        m.spill = m.duplicate = 0
        rank[used] = marks[last].frame
        state[2] += 1
        used += 1
        at += size
    state[0] = at
    return used
