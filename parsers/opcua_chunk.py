"""Chunks of one OPC UA message joined to the message (OPC 10000-6 §6.7.2.2, §6.7.3).

Chunks in clear belong together by connection, direction and request id; encrypted ones by connection and direction.
What is not complete is given back, to come again with the next batch: there is no other state.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parsers.message import copy_messages
from parsers.opcua_frame import CLO, MSG, OPN
from parsers.opcua_pdu import ABORT, MORE

BODY_MAX = 1 << 20
"""Bytes of a message that are joined; of what follows only the headers are kept, and the message is cut."""
CHUNKS_MAX = 4_096
"""Chunks of one message."""
OPEN_MAX = 1_024
"""Messages of which chunks may be missing at once."""
BYTES_MAX = 1 << 24
"""Bytes that may wait for missing chunks at once."""

_HEADERS = 24  # of a chunk of MSG: header, channel, token, sequence header


@dataclass(slots=True)
class Group:
    """Chunks of one message seen so far."""

    rows: list[int] = field(default_factory=list)
    joined: int = 0
    """Bytes kept of them."""


@dataclass(frozen=True, slots=True)
class Joined:
    """Messages, each whole; those of several chunks have their bytes in ``spill``."""

    messages: Any
    """MESSAGE[n]."""
    spill: NDArray[np.uint8]
    chunks: NDArray[np.int32]
    """int32[n]: chunks of each."""
    wire: NDArray[np.int64]
    """int64[n]: bytes of each on the wire, all chunks."""
    incomplete: NDArray[np.bool_]
    """bool[n]: chunks were missing when it was given up."""
    rows: dict[int, list[int]]
    """Rows of the chunks of each message that has several."""
    alone: NDArray[np.int64]
    """int64[n]: row of each message's last chunk."""
    waiting: list[int]
    """Rows of chunks whose message is not complete."""
    source: Any
    """MESSAGE[m]: the chunks, those beyond a bound cut to their headers."""
    dropped: int
    """Messages given up because a bound was hit."""


def join_chunks(
    data: NDArray[np.uint8], spill: NDArray[np.uint8], messages: Any, pdus: Any, *, timeout_ns: int, flush: bool
) -> Joined:
    """Join the chunks among ``messages``; ``pdus`` has their headers. Messages given up are joined as far as seen."""
    messages = messages.copy()
    finder = _Finder(messages, pdus, timeout_ns)
    finder.walk()
    if flush:
        finder.expire(None)
    return _lay_out(data, spill, messages, finder)


class _Finder:
    """Finds which chunks belong together."""

    def __init__(self, messages: Any, pdus: Any, timeout_ns: int) -> None:
        self.messages, self.pdus, self.timeout_ns = messages, pdus, timeout_ns
        self.open: OrderedDict[tuple[int, int, int], Group] = OrderedDict()
        self.done: dict[int, list[int]] = {}
        self.given_up: set[int] = set()
        self.single = np.ones(len(messages), dtype=np.bool_)
        self.held = 0
        self.dropped = 0

    def walk(self) -> None:
        """Look at the chunks of connections that have any that is not a message of its own, in order."""
        p, uid = self.pdus, self.messages["flow_uid"]
        fits = (p["malformed"] == 0) & np.isin(p["kind"], (MSG, OPN, CLO))
        flows = np.unique(uid[fits & np.isin(p["letter"], (MORE, ABORT))])
        rows = np.flatnonzero(fits & np.isin(uid, flows))
        sides, letters = self.messages["from_server"].tolist(), p["letter"].tolist()
        times = self.messages["ts_ns"]
        for row in rows.tolist():
            self.expire(int(times[row]))
            self._take(row, int(uid[row]), sides[row], letters[row])

    def _take(self, row: int, uid: int, side: int, letter: int) -> None:
        """Add a chunk to its message, or leave it alone where it is one."""
        pdu = self.pdus[row]
        key = (uid, side, int(pdu["request"]))
        if key not in self.open and not pdu["clear"]:
            key = (uid, side, -1)
        group = self.open.get(key)
        if group is None:
            if letter != MORE:
                return
            group = self.open[key] = Group()
            self._bound()
        self._add(group, row)
        if letter != MORE:
            self._close(key)
        elif len(group.rows) >= CHUNKS_MAX:
            self._give_up(key)

    def _add(self, group: Group, row: int) -> None:
        """Append a chunk; beyond the bound only its header is kept."""
        message = self.messages[row]
        if group.joined + int(message["length"]) > BODY_MAX and group.rows:
            message["length"] = min(_HEADERS, int(message["length"]))
        group.joined += int(message["length"])
        self.held += int(message["length"])
        group.rows.append(row)
        self.single[row] = False
        while self.held > BYTES_MAX and len(self.open) > 1:
            self._give_up(next(iter(self.open)))

    def _bound(self) -> None:
        """Give up the oldest when too many are open."""
        if len(self.open) > OPEN_MAX:
            self._give_up(next(iter(self.open)))

    def _close(self, key: tuple[int, int, int]) -> None:
        if key not in self.open:
            return
        group = self.open.pop(key)
        self.held -= group.joined
        self.done[group.rows[-1]] = group.rows

    def _give_up(self, key: tuple[int, int, int]) -> None:
        self.dropped += 1
        self.given_up.add(self.open[key].rows[-1])
        self._close(key)

    def expire(self, now_ns: int | None) -> None:
        """Give up those whose last chunk is too old; all of them without a time."""
        while self.open:
            key, group = next(iter(self.open.items()))
            if not group.rows:
                return
            last = int(self.messages["ts_ns"][group.rows[-1]])
            if now_ns is not None and now_ns - last <= self.timeout_ns:
                return
            self.given_up.add(group.rows[-1])
            self._close(key)


def _lay_out(data: NDArray[np.uint8], spill: NDArray[np.uint8], messages: Any, found: _Finder) -> Joined:
    """Messages in the order of their last chunks, with a spill buffer that holds all that is not in ``data``."""
    ends = found.single.copy()
    ends[list(found.done)] = True
    rows = np.flatnonzero(ends)
    own = messages[rows].copy()
    places = {int(row): at for at, row in enumerate(rows.tolist()) if not found.single[row]}
    spilled = np.flatnonzero(own["spill"] == 1)
    spilled = spilled[found.single[rows[spilled]]]
    size = int(own["length"][spilled].sum())
    joined = {row: join_bytes(data, spill, messages, found.pdus, chunks) for row, chunks in found.done.items()}
    kept = np.empty(size + sum(map(len, joined.values())), dtype=np.uint8)
    moved = own[spilled].copy()
    copy_messages(data, spill, moved, kept)
    own[spilled] = moved
    for row, content in joined.items():
        kept[size : size + len(content)] = content
        _describe(own, places[row], messages[found.done[row]], size, len(content))
        size += len(content)
    counts, wire = np.ones(len(rows), dtype=np.int32), messages["wire"][rows].astype(np.int64)
    for row, chunks in found.done.items():
        counts[places[row]] = len(chunks)
        wire[places[row]] = int(messages["wire"][chunks].sum())
    incomplete = np.isin(rows, list(found.given_up))
    waiting = [row for group in found.open.values() for row in group.rows]
    groups = {places[row]: chunks for row, chunks in found.done.items()}
    return Joined(own, kept, counts, wire, incomplete, groups, rows, waiting, messages, found.dropped)


def join_bytes(
    data: NDArray[np.uint8], spill: NDArray[np.uint8], messages: Any, pdus: Any, rows: list[int]
) -> NDArray[np.uint8]:
    """The first chunk and the bodies of the others; an abort chunk stands for all before it."""
    parts = []
    for number, row in enumerate(rows):
        offset, length = int(messages["offset"][row]), int(messages["length"][row])
        content = (data, spill)[int(messages["spill"][row])][offset : offset + length]
        if len(content) > 3 and content[3] == ABORT:
            return content
        parts.append(content if number == 0 else content[int(pdus["body"][row]) - offset :])
    return np.concatenate(parts)


def _describe(own: Any, at: int, chunks: Any, offset: int, length: int) -> None:
    """The message that begins with the first of its chunks and ends with the last."""
    first, last = chunks[0], chunks[-1]
    own[at] = first
    own["end_ns"][at], own["packet_end"][at] = last["end_ns"], max(int(first["packet_end"]), int(last["packet_end"]))
    own["offset"][at], own["length"][at], own["spill"][at] = offset, length, 1
    wire = int(chunks["wire"].sum())
    missing = wire - int(chunks["length"].sum())
    own["wire"][at] = length + missing if missing else length
