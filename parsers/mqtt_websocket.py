"""MQTT inside WebSocket frames: frames unmasked into a scratch buffer, joined per direction, cut into packets.

Standards: OASIS MQTT 5.0, §6 (binary frames; a packet may span frames, a frame may hold several); RFC 6455, §5.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parsers.message import MESSAGE, WHOLE, copy_messages
from parsers.mqtt_frame import measure_mqtt, recognise_mqtt
from parsers.mqtt_websocket_run import ENDS, GAP, Run, Side, cut_packets
from parsers.protocol import MQTT, WEBSOCKET

CONNECTIONS = 4_096
"""WebSocket connections remembered."""
HELD_BYTES = 65_536
"""Bytes of a packet that are kept until its rest comes; of longer ones so much is kept."""
ALL_HELD_BYTES = 32 << 20
"""The same for all connections together."""
TRIES = 4
"""Times the bytes of a connection are looked at before it is given up as none of MQTT."""

_UNKNOWN, _MINE, _FOREIGN = range(3)
_SHORTEST = 2  # bytes of the shortest packet


@dataclass(slots=True)
class _Connection:
    """Both directions, and what is known of them."""

    mode: int = _UNKNOWN
    tries: int = 0
    sides: tuple[Side, Side] = field(default_factory=lambda: (Side(), Side()))


class WebSockets:
    """Turns frames into MQTT messages; packets whose rest or whose answer has not come are kept."""

    def __init__(self) -> None:
        """Start without a connection."""
        self._connections: OrderedDict[int, _Connection] = OrderedDict()
        self._held: Any = np.recarray(0, dtype=MESSAGE)
        self._bytes: NDArray[np.uint8] = np.empty(0, dtype=np.uint8)
        self._partial: dict[tuple[int, int], Side] = {}
        self.counters = {
            "mqtt_websocket_evicted": 0,
            "mqtt_websocket_opaque": 0,
            "mqtt_websocket_foreign": 0,
            "mqtt_websocket_cut": 0,
        }

    def cut(
        self, data: NDArray[np.uint8], spill: NDArray[np.uint8], frames: Any, *, flush: bool
    ) -> tuple[NDArray[np.uint8], Any]:
        """Packets of the frames, those that waited first: (the bytes they lie in, MESSAGE[n]).

        ``frames`` begins with what ``hold`` gave.
        """
        held, filled = self._held, len(self._bytes)
        held["conversation"] = frames["conversation"][: len(held)]
        frames = frames[len(held) :]
        order = np.lexsort((np.arange(len(frames)), frames["from_server"], frames["flow_uid"]))
        frames = frames[order]
        scratch = np.empty(
            filled + int(frames["length"].sum()) + sum(len(side.held) for side in self._partial.values()), np.uint8
        )
        scratch[:filled] = self._bytes
        found, ranks = [held], [np.full(len(held), -1, dtype=np.int64)]
        changes = np.flatnonzero(np.diff(frames["flow_uid"] * 2 + frames["from_server"])) + 1
        starts = [0, *changes.tolist(), len(frames)] if len(frames) else [0]
        for start, end in pairwise(starts):
            run = Run(data, spill, frames[start:end].view(np.recarray), order[start:end], scratch, filled)
            filled = self._cut_side(run, found, ranks, flush=flush)
        self._partial = {key: side for key, side in self._partial.items() if side.held and not flush}
        together = np.argsort(np.concatenate(ranks), kind="stable")
        return scratch, np.concatenate(found)[together].view(np.recarray)

    def hold(self, scratch: NDArray[np.uint8], waiting: Any) -> Any:
        """Keep packets that wait for an answer; returns messages without bytes that stand for all that is kept."""
        self._held = waiting.copy()
        self._bytes = np.empty(int(waiting["length"].sum()), dtype=np.uint8)
        copy_messages(scratch, scratch, self._held, self._bytes)
        self._held["spill"] = 0
        self._bound_partial()
        parts = [side.template for side in self._partial.values()]
        empty: Any = np.empty(len(waiting) + len(parts), dtype=MESSAGE).view(np.recarray)
        empty[: len(waiting)] = self._held
        for at, part in enumerate(parts):
            empty[len(waiting) + at] = part
        empty["length"] = empty["offset"] = empty["spill"] = 0
        empty["app"] = WEBSOCKET
        return empty

    def _bound_partial(self) -> None:
        """Give up the oldest of the packets whose rest has not come, where they are too many."""
        total = sum(len(side.held) for side in self._partial.values())
        while total > ALL_HELD_BYTES:
            side = self._partial.pop(next(iter(self._partial)))
            total -= len(side.held)
            side.held, side.resync = b"", True
            self.counters["mqtt_websocket_cut"] += 1

    def _find(self, flow_uid: int) -> _Connection:
        """State of a connection; the one that was silent longest is forgotten for a new one (counted)."""
        found = self._connections.setdefault(flow_uid, _Connection())
        self._connections.move_to_end(flow_uid)
        if len(self._connections) > CONNECTIONS:
            uid, _ = self._connections.popitem(last=False)
            for server in (0, 1):
                self._partial.pop((uid, server), None)
            self.counters["mqtt_websocket_evicted"] += 1
        return found

    def _cut_side(self, run: Run, found: list[Any], ranks: list[Any], *, flush: bool) -> int:
        """Packets of one direction of a connection; returns how far the scratch buffer is filled."""
        first = run.frames[0]
        uid, server = int(first["flow_uid"]), int(first["from_server"])
        connection = self._find(uid)
        side = connection.sides[server]
        self._partial.pop((uid, server), None)
        if connection.mode == _FOREIGN:
            return run.filled
        start = run.filled
        ends = run.gather(side)
        self.counters["mqtt_websocket_opaque"] += run.opaque
        for end, why in ends:
            if why == ENDS and flush:
                why = GAP  # noqa: PLW2901 - the capture is over: nothing will come
            messages, rank = self._cut_run(connection, side, run, start, end, why)
            found.append(messages)
            ranks.append(rank)
            start = end
        side.template = run.frames[len(run.frames) - 1].copy()
        side.template["packet"], side.template["ts_ns"] = side.packet, side.ts_ns
        if side.held:
            self._partial[uid, server] = side
        return run.filled

    def _cut_run(
        self, connection: _Connection, side: Side, run: Run, start: int, end: int, why: int
    ) -> tuple[Any, NDArray[np.int64]]:
        """Packets of bytes without a gap; what is left is held, or broken where its rest will not come."""
        out: Any = np.recarray((end - start) // _SHORTEST + 2, dtype=MESSAGE)
        rank = np.empty(len(out), dtype=np.int64)
        server = connection.sides[1] is side
        passed = min(side.skip, end - start)
        start, side.skip = start + passed, side.skip - passed
        if connection.mode == _UNKNOWN and end > start:
            verdict, _ = recognise_mqtt(run.scratch, start, end, False, False)
            connection.mode = _MINE if verdict > 0 else _UNKNOWN
            connection.tries += verdict < 0
            if connection.tries >= TRIES:
                connection.mode = _FOREIGN
                self.counters["mqtt_websocket_foreign"] += 1
            if verdict < 0:
                side.held = b""
                return out[:0], rank[:0]
        state = np.array([start, side.last_packet, side.next_pdu, side.resync], dtype=np.int64)
        used = 0
        if connection.mode == _MINE:
            used = cut_packets(run.scratch, end, not server, run.marks[: run.marked], state, why, out, rank)
        at, side.last_packet, side.next_pdu = (int(number) for number in state[:3])
        side.resync = bool(state[3])
        left = end - at
        side.held = b""
        if why == ENDS and left > 0:
            mark = run.marks[run.find_mark(at)]
            side.packet, side.ts_ns = int(mark["packet"]), int(mark["ts_ns"])
            size = int(measure_mqtt(run.scratch, at, end, not server))
            if left <= HELD_BYTES or connection.mode != _MINE:
                side.held = run.scratch[at : min(end, at + HELD_BYTES)].tobytes()
            else:
                self._cut_long(side, at, left, size, out[used])
                rank[used] = len(run.frames) - 1
                used += 1
        elif why != ENDS:
            side.resync, side.skip = True, 0
        frames = run.frames[rank[:used]]
        for name in ("packet_end", "end_ns", "flow_uid", "conversation", "from_server"):
            out[name][:used] = frames[name]
        return out[:used], run.order[rank[:used]]

    def _cut_long(self, side: Side, at: int, left: int, size: int, message: Any) -> None:
        """Give the beginning of a packet that is too long to be held, and pass over its rest (counted)."""
        self.counters["mqtt_websocket_cut"] += 1
        side.next_pdu = side.next_pdu if side.packet == side.last_packet else 0
        message.offset, message.length, message.wire = at, left, size
        message.packet, message.ts_ns, message.pdu = side.packet, side.ts_ns, side.next_pdu
        message.status, message.app = WHOLE, MQTT
        message.spill = message.duplicate = 0
        side.skip, side.last_packet, side.next_pdu = size - left, side.packet, side.next_pdu + 1
