"""IP fragments put together again: bounded, the first arrival of a byte wins (RFC 791 §3.2, RFC 8200 §4.5).

The rebuilt payload is laid into the spill buffer and decoded in the row of the fragment that completed it.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parsers.network import FRAGMENT, LAYER_TRANSPORT, Bytes, decode_packet
from wanglou.kernel import kernel

_MOST_BYTES = 65_535
_WAIT_NS = 30_000_000_000  # RFC 8200 §4.5 allows 60 s; hosts commonly wait 30

Key = tuple[int, ...]


class _Datagram:
    """Fragments of one datagram so far."""

    __slots__ = ("data", "present", "size", "started_ns")

    def __init__(self, started_ns: int) -> None:
        """Nothing has arrived."""
        self.data, self.present = bytearray(), bytearray()
        self.size, self.started_ns = -1, started_ns

    def put(self, offset: int, content: bytes, *, last: bool) -> None:
        """Lay a fragment at its offset where nothing lies yet."""
        end = offset + len(content)
        if last and self.size < 0:
            self.size = end
        if end > len(self.data):
            self.data.extend(bytes(end - len(self.data)))
            self.present.extend(bytes(end - len(self.present)))
        if 1 in self.present[offset:end]:
            for at, byte in enumerate(content, offset):
                if not self.present[at]:
                    self.data[at] = byte
        else:
            self.data[offset:end] = content
        self.present[offset:end] = b"\x01" * len(content)

    @property
    def is_whole(self) -> bool:
        """True when no byte is missing."""
        return self.size >= 0 and len(self.present) >= self.size and 0 not in self.present[: self.size]


class Fragments:
    """Datagrams that wait for their rest."""

    def __init__(self, most: int) -> None:
        """Keep at most ``most`` unfinished datagrams; the oldest goes first."""
        self._most = most
        self._waiting: OrderedDict[Key, _Datagram] = OrderedDict()
        self.counters = {"fragments_rebuilt": 0, "fragments_dropped": 0, "fragments_too_long": 0}

    def rebuild(
        self, data: Bytes, frames: Any, ts_ns: NDArray[np.int64], spill: Bytes, spilled: int, *, verify: bool
    ) -> int:
        """Take every fragment of a batch; returns how far ``spill`` is filled."""
        for i in np.flatnonzero(frames["status"] == FRAGMENT).tolist():
            done = self._take(data, frames[i], int(ts_ns[i]))
            if done is None or spilled + len(done) > len(spill):
                continue
            spill[spilled : spilled + len(done)] = np.frombuffer(done, dtype=np.uint8)
            decode_rebuilt(spill, spilled, spilled + len(done), frames, i, verify)
            spilled += len(done)
            self.counters["fragments_rebuilt"] += 1
        return spilled

    def _take(self, data: Bytes, frame: Any, now_ns: int) -> bytes | None:
        """Add one fragment; gives the payload when it was the last one missing."""
        start, length, offset = int(frame["payload"]), int(frame["payload_len"]), int(frame["fragment_offset"])
        if offset + length > _MOST_BYTES or length <= 0:
            self.counters["fragments_too_long"] += 1
            return None
        words = [int(frame[f"{end}{word}"]) for end in ("src", "dst") for word in range(4)]
        key = (*words, int(frame["protocol"]), int(frame["fragment_id"]), int(frame["version"]))
        self._forget(now_ns)
        datagram = self._waiting.get(key) or self._waiting.setdefault(key, _Datagram(now_ns))
        datagram.put(offset, data[start : start + length].tobytes(), last=not frame["more_fragments"])
        if not datagram.is_whole:
            return None
        del self._waiting[key]
        return bytes(datagram.data[: datagram.size])

    def _forget(self, now_ns: int) -> None:
        """Drop what has waited too long, or is one too many."""
        while self._waiting:
            key, oldest = next(iter(self._waiting.items()))
            if len(self._waiting) < self._most and now_ns - oldest.started_ns <= _WAIT_NS:
                return
            del self._waiting[key]
            self.counters["fragments_dropped"] += 1


@kernel
def decode_rebuilt(spill: Bytes, pos: int, end: int, frames: Any, i: int, verify: bool) -> None:
    """Decode the transport of a rebuilt payload into the row of its last fragment."""
    frames[i].payload_wire = end - pos
    frames[i].ip_bytes = end - pos + (20 if frames[i].version == 4 else 40)
    frames[i].spill = 1
    frames[i].status = decode_packet(spill, pos, end, LAYER_TRANSPORT, int(frames[i].protocol), frames, i, 0, verify)


