"""OPC UA chunks as they went over connections, and the records that the table makes of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from parsers.columns import Conversations, Origin
from parsers.message import BROKEN_BY_GAP, CONVERSATION, MALFORMED_BYTES, MESSAGE, WHOLE, copy_messages
from parsers.opcua_frame import find_opcua, measure_opcua, recognise_opcua
from parsers.opcua_table import OpcuaTable
from parsers.protocol import OPCUA, REPLY, REQUEST
from parsers.tracker import Limits
from tests.support.tshark import run_tshark

Record = dict[str, Any]
START_NS, STEP_NS = 1_700_000_000_000_000_000, 1_000_000


@dataclass(frozen=True, slots=True)
class Turn:
    """One chunk."""

    content: bytes
    from_server: bool = False
    uid: int = 1
    packet: int = 0
    packet_end: int = 0
    pdu: int = 0
    ts_ns: int = START_NS
    status: int = WHOLE
    wire: int = 0
    """Bytes on the wire; 0: all are here."""
    end_ns: int = 0
    """Time of its last packet; 0: that of its first."""


def talk(*contents: bytes | tuple[bytes, bool]) -> list[Turn]:
    """Chunks of one connection in order: bytes from the client, or a pair of bytes and True from the server."""
    turns = []
    for number, content in enumerate(contents):
        data, server = content if isinstance(content, tuple) else (content, False)
        turns.append(Turn(data, server, 1, number, number, 0, START_NS + number * STEP_NS))
    return turns


def make_messages(turns: Sequence[Turn], at: int = 0) -> tuple[np.ndarray[Any, Any], Any]:
    """Buffer of the chunks and MESSAGE[n]."""
    messages: Any = np.zeros(len(turns), dtype=MESSAGE).view(np.recarray)
    for number, turn in enumerate(turns):
        m = messages[number]
        m.offset, m.length, m.wire = at, len(turn.content), turn.wire or len(turn.content)
        m.packet, m.packet_end, m.pdu = turn.packet, turn.packet_end, turn.pdu
        m.ts_ns, m.end_ns = turn.ts_ns, turn.end_ns or turn.ts_ns
        m.flow_uid, m.conversation, m.app = turn.uid, 0, OPCUA
        m.from_server, m.status = turn.from_server, turn.status
        at += len(turn.content)
    data = np.frombuffer(b"".join(turn.content for turn in turns), dtype=np.uint8).copy()
    return data, messages


class Feed:
    """A table that is fed batch by batch, as the dissector does."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.origin = Origin("c" * 64, "sensor", lambda _source, _destination: "")
        self.table = OpcuaTable(self.origin, limits or Limits(flows=64, slots=8, pending=1024, fragments=8))
        self._carried: Any = np.zeros(0, dtype=MESSAGE).view(np.recarray)
        self._kept = np.zeros(0, dtype=np.uint8)

    def add(self, turns: Sequence[Turn], *, flush: bool = False, spilled: bool = False) -> list[Record]:
        """Rows of a batch; with ``spilled`` every chunk lies in the spill buffer."""
        data, messages = make_messages(turns)
        kept = self._kept
        if spilled:
            messages["offset"] += len(kept)
            messages["spill"] = 1
            data, kept = np.zeros(0, dtype=np.uint8), np.concatenate([kept, data])
        both = np.concatenate([self._carried, messages]).view(np.recarray)
        conversations: Any = np.zeros(1, dtype=CONVERSATION).view(np.recarray)
        conversations["version"], conversations["protocol"], conversations["vlan"] = 4, 6, -1
        conversations["app"] = OPCUA
        with np.errstate(over="ignore"):  # hashes wrap round
            made = self.table.add(data, kept, both, Conversations(conversations, self.origin), flush=flush)
        made.validate(full=True)
        waiting = self.table.waiting
        own = np.empty(int(waiting["length"].sum()), dtype=np.uint8)
        copy_messages(data, kept, waiting, own)
        self._carried, self._kept = waiting, own
        return list(made.to_pylist())


def tabulate(turns: Sequence[Turn], sizes: Iterable[int] = (), *, spilled: bool = False) -> list[Record]:
    """Rows of the chunks, given in batches that end after ``sizes``."""
    feed, records, at = Feed(), [], 0
    for size in sizes:
        records += feed.add(turns[at : at + size], spilled=spilled)
        at += size
    records += feed.add(turns[at:], spilled=spilled)
    return records + feed.add([], flush=True)


def order(records: Iterable[Record]) -> list[Record]:
    """Records in the order of their places."""
    return sorted(records, key=lambda r: (r["wanglou.packet"], r["wanglou.packet_end"], r["wanglou.pdu"]))


_FIELDS = ("frame.number", "frame.time_epoch", "tcp.stream", "tcp.srcport", "tcp.dstport", "tcp.seq_raw", "tcp.payload")
_Segment = tuple[int, int, int, bytes]


@cache
def read_turns(path: Path) -> tuple[Turn, ...]:
    """Chunks of every connection of a capture that speaks OPC UA, in the order of their last packets."""
    wanted = [word for name in _FIELDS for word in ("-e", name)]
    printed = run_tshark(
        "-r", str(path), "-Y", "tcp.len > 0", "-T", "fields", "-o", "tcp.desegment_tcp_streams:false", *wanted
    )
    sides: dict[tuple[int, str], list[_Segment]] = defaultdict(list)
    for line in printed.decode().splitlines():
        number, time, stream, source, _, seq, payload = line.split("\t")
        time_ns = int(Decimal(time) * 1_000_000_000)
        sides[int(stream), source].append((int(seq), int(number) - 1, time_ns, bytes.fromhex(payload)))
    roles = {key: role for key, segments in sides.items() if (role := _tell_side(segments))}
    turns: list[Turn] = []
    for (number_of, port), segments in sides.items():
        known = next((role for (other, _), role in roles.items() if other == number_of), 0)
        own = roles.get((number_of, port)) or _other(known)
        if own:
            turns += _cut_stream(segments, number_of + 1, own == REPLY)
    return tuple(sorted(turns, key=lambda turn: (turn.packet_end, turn.pdu)))


def _other(role: int) -> int:
    return {REQUEST: REPLY, REPLY: REQUEST}.get(role, 0)


def _tell_side(segments: list[_Segment]) -> int:
    """REQUEST or REPLY by the first segment whose bytes can only be one; 0: it speaks something else."""
    for *_, payload in segments:
        buf = np.frombuffer(payload, dtype=np.uint8)
        verdict, role = recognise_opcua(buf, 0, len(buf), False, False)
        if verdict == 1 and role:
            return int(role)
    return 0


def _cut_stream(segments: list[_Segment], uid: int, server: bool) -> Iterator[Turn]:
    """Chunks of one side; a hole breaks the chunk before it."""
    data = bytearray()
    places: list[tuple[int, int, int]] = []
    expected = min(seq for seq, *_ in segments)
    for seq, number, time_ns, payload in sorted(segments, key=lambda segment: segment[:2]):
        new = payload[max(expected - seq, 0) :]
        if seq > expected:
            yield from _cut_run(bytes(data), places, uid, server)
            data, places = bytearray(), []
        if new:
            places.append((len(data), number, time_ns))
            data += new
            expected = max(seq, expected) + len(new)
    yield from _cut_run(bytes(data), places, uid, server)


def _cut_run(data: bytes, places: list[tuple[int, int, int]], uid: int, server: bool) -> Iterator[Turn]:
    """Chunks of bytes without a hole."""
    buf, at = np.frombuffer(data, dtype=np.uint8), 0
    seen: dict[int, int] = defaultdict(int)
    while at < len(data):
        size = measure_opcua(buf, at, len(data), not server)
        status = WHOLE
        if size <= 0 or at + size > len(data):
            status = BROKEN_BY_GAP if size >= 0 else MALFORMED_BYTES
            size = find_opcua(buf, at + 1, len(data), not server) - at
        first = next(place for place in reversed(places) if place[0] <= at)
        last = next(place for place in reversed(places) if place[0] < at + size)
        pdu = seen[first[1]]
        yield Turn(data[at : at + size], server, uid, first[1], last[1], pdu, first[2], status, end_ns=last[2])
        seen[first[1]] += 1
        at += size
