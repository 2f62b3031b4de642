"""IP fragments put together again: bounded, the first arrival of a byte wins (RFC 791 §3.2, RFC 8200 §4.5).

The rebuilt payload is laid into the spill buffer and decoded in the row of the fragment that completed it.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parsers.network import decode_packet, skip_extensions
from parsers.packet import FRAGMENT, LAYER_TRANSPORT, OK, Bytes
from wanglou.kernel import int64, kernel

_MOST_BYTES = 65_535
_MOST_HELD = 16 << 20
_WAIT_NS = 30_000_000_000  # RFC 8200 §4.5 allows 60 s; hosts commonly wait 30

Key = tuple[int, ...]


class _Datagram:
    """Fragments of one datagram so far."""

    __slots__ = ("data", "present", "protocol", "size", "started_ns")

    def __init__(self, started_ns: int) -> None:
        """Nothing has arrived."""
        self.data, self.present = bytearray(), bytearray()
        self.protocol, self.size, self.started_ns = 0, -1, started_ns

    def put(self, offset: int, content: bytes, *, last: bool) -> int:
        """Lay a fragment at its offset where nothing lies yet; gives how many bytes the datagram grew."""
        end, before = offset + len(content), len(self.data)
        if last and self.size < 0:
            self.size = end
        if end > before:
            self.data.extend(bytes(end - before))
            self.present.extend(bytes(end - before))
        if 1 in self.present[offset:end]:
            for at, byte in enumerate(content, offset):
                if not self.present[at]:
                    self.data[at] = byte
        else:
            self.data[offset:end] = content
        self.present[offset:end] = b"\x01" * len(content)
        return len(self.data) - before

    @property
    def is_whole(self) -> bool:
        """True when no byte is missing."""
        return self.size >= 0 and len(self.present) >= self.size and 0 not in self.present[: self.size]


class Fragments:
    """Datagrams that wait for their rest."""

    def __init__(self, most: int) -> None:
        """Keep at most ``most`` unfinished datagrams, and 16 MiB of them; the oldest goes first."""
        self._most, self._held = most, 0
        self._waiting: OrderedDict[Key, _Datagram] = OrderedDict()
        self.counters = {
            "fragments_rebuilt": 0,
            "fragments_dropped": 0,
            "fragments_too_long": 0,
            "fragments_cut_short": 0,
        }

    def rebuild(
        self, data: Bytes, frames: Any, ts_ns: NDArray[np.int64], spill: Bytes, spilled: int, *, verify: bool
    ) -> int:
        """Take every fragment of a batch; returns how far ``spill`` is filled."""
        for i in np.flatnonzero(frames["status"] == FRAGMENT).tolist():
            done = self._take(data, frames[i], int(ts_ns[i]))
            if done is None:
                continue
            size = done.size
            if spilled + size > len(spill):
                self.counters["fragments_dropped"] += 1
                continue
            spill[spilled : spilled + size] = np.frombuffer(done.data, dtype=np.uint8)[:size]
            frames["protocol"][i] = done.protocol
            decode_rebuilt(spill, spilled, spilled + size, frames, i, verify)
            spilled += size
            self.counters["fragments_rebuilt"] += 1
        return spilled

    def _take(self, data: Bytes, frame: Any, now_ns: int) -> _Datagram | None:
        """Add one fragment; gives the datagram when it was the last one missing."""
        start, length, offset = int(frame["payload"]), int(frame["payload_len"]), int(frame["fragment_offset"])
        if offset + length > _MOST_BYTES:
            self.counters["fragments_too_long"] += 1
            return None
        if length <= 0 or length < int(frame["payload_wire"]):
            self.counters["fragments_cut_short"] += 1
            return None
        key, protocol = _key(frame), int(frame["protocol"])
        self._forget(now_ns, room=0 if key in self._waiting else 1)
        datagram = self._waiting.setdefault(key, _Datagram(now_ns))
        if offset == 0 and not datagram.protocol:
            datagram.protocol = protocol
        self._held += datagram.put(offset, data[start : start + length].tobytes(), last=not frame["more_fragments"])
        if datagram.is_whole:
            self._held -= len(self._waiting.pop(key).data)
            return datagram
        return None

    def _forget(self, now_ns: int, room: int) -> None:
        """Drop what has waited too long, or is one too many."""
        while self._waiting:
            key, oldest = next(iter(self._waiting.items()))
            full = len(self._waiting) + room > self._most or self._held > _MOST_HELD
            if not full and now_ns - oldest.started_ns <= _WAIT_NS:
                return
            self._held -= len(oldest.data)
            del self._waiting[key]
            self.counters["fragments_dropped"] += 1


def _key(frame: Any) -> Key:
    """What the fragments of a datagram have in common; IPv6 leaves the protocol out (RFC 8200 §4.5)."""
    words = [int(frame[f"{end}{word}"]) for end in ("src", "dst") for word in range(4)]
    protocol = int(frame["protocol"]) if frame["version"] == 4 else -1
    return (*words, protocol, int(frame["fragment_id"]))


@kernel
def decode_rebuilt(spill: Bytes, pos: int, end: int, frames: Any, i: int, verify: bool) -> None:
    """Decode the transport of a rebuilt payload into the row of its last fragment."""
    f = frames[i]
    protocol = int64(f.protocol)
    f.payload_wire = end - pos
    f.ip_bytes = end - pos + (20 if f.version == 4 else 40)
    f.spill = 1
    status, start, stop = OK, pos, end
    if f.version == 6:
        status, start, stop, protocol = skip_extensions(spill, pos, end, end, protocol, f)
    if status == OK:
        status = decode_packet(spill, start, stop, LAYER_TRANSPORT, protocol, frames, i, 0, verify)
    f.status = status
