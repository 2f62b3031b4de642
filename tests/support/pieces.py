"""Bytes of TCP connections cut into MESSAGE records, in order and without loss: what a protocol's table is fed with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from parsers.columns import Conversations, Origin
from parsers.frame import decode_frames
from parsers.message import CONVERSATION, MALFORMED_BYTES, MESSAGE, WHOLE
from parsers.packet import TCP
from parsers.tracker import Carried, Limits, carry_over
from sensors.pcap import open_capture

Record = dict[str, Any]
KEPT = 16_384
ORIGIN = Origin("c" * 64, "sensor", lambda _source, _destination: "")


def array(content: bytes) -> NDArray[np.uint8]:
    """Bytes as kernels take them."""
    return np.frombuffer(content, dtype=np.uint8).copy()


@dataclass(frozen=True, slots=True)
class Kernels:
    """Kernels of a protocol and the number they are for."""

    app: int
    measure: Callable[..., int]
    find: Callable[..., int]


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes that one segment brought."""

    payload: bytes
    from_server: bool = False
    flow: int = 0
    packet: int = -1
    ts_ns: int = -1


@dataclass(slots=True)
class _Side:
    held: bytes = b""
    skip: int = 0
    packet: int = 0
    ts_ns: int = 0
    pdu: int = 0


@dataclass(slots=True)
class Stream:
    """Cuts pieces into messages, as the stream layer does where nothing is lost."""

    kernels: Kernels
    batch: list[tuple[Any, ...]] = field(default_factory=list)
    data: bytearray = field(default_factory=bytearray)
    sides: dict[tuple[int, bool], _Side] = field(default_factory=dict)

    def add(self, piece: Piece, number: int) -> None:
        """Take in a piece."""
        side = self.sides.setdefault((piece.flow, piece.from_server), _Side())
        packet = piece.packet if piece.packet >= 0 else number
        ts_ns = piece.ts_ns if piece.ts_ns >= 0 else 1_000_000 * number
        payload = piece.payload[side.skip :]
        side.skip -= len(piece.payload) - len(payload)
        if not side.held:
            side.packet, side.ts_ns, side.pdu = packet, ts_ns, 0
        side.held += payload
        while side.held and self._cut(side, piece, packet, ts_ns, close=False):
            side.pdu = side.pdu + 1 if side.packet == packet else 0
            side.packet, side.ts_ns = packet, ts_ns

    def close(self) -> None:
        """Give out what is left of every side."""
        for (flow, from_server), side in self.sides.items():
            piece = Piece(b"", from_server, flow)
            while side.held and self._cut(side, piece, side.packet, side.ts_ns, close=True):
                side.pdu += 1

    def _cut(self, side: _Side, piece: Piece, packet: int, ts_ns: int, *, close: bool) -> bool:
        held = np.frombuffer(side.held, dtype=np.uint8).copy()
        size = int(self.kernels.measure(held, 0, len(held), not piece.from_server))
        status, wire = WHOLE, size
        if size < 0:
            found = int(self.kernels.find(held, 1, len(held), not piece.from_server))
            size, status = (found, MALFORMED_BYTES) if found > 0 else (len(held), MALFORMED_BYTES)
            wire = size
        elif size == 0 or size > len(held):
            if not close and (size == 0 or len(held) < KEPT):
                return False
            status = MALFORMED_BYTES if len(held) < KEPT else WHOLE
            side.skip = max(size - len(held), 0)
            wire, size = max(size, len(held)), len(held)
        self._emit(side, piece, side.held[:size], wire, status, packet, ts_ns)
        side.held = side.held[size:]
        return True

    def _emit(self, side: _Side, piece: Piece, content: bytes, wire: int, status: int, packet: int, ts_ns: int) -> None:
        self.batch.append(
            (
                len(self.data), side.packet, packet, side.ts_ns, ts_ns, piece.flow, wire, len(content), piece.flow,
                side.pdu, self.kernels.app, piece.from_server, status, 0, 0,
            )
        )  # fmt: skip
        self.data += content

    def take(self) -> tuple[Any, Any]:
        """Messages and data since the last time."""
        messages = np.array(self.batch, dtype=MESSAGE).view(np.recarray)
        data = np.frombuffer(bytes(self.data) or b"\0", dtype=np.uint8).copy()
        self.batch, self.data = [], bytearray()
        return messages, data


def make_conversations(count: int, app: int) -> Any:
    """Conversations between 10.0.0.1 and 10.0.0.2, told apart by the client's port."""
    table = np.zeros(count, dtype=CONVERSATION).view(np.recarray)
    table["source3"], table["destination3"] = 0x0A000001, 0x0A000002
    table["source_port"] = 40_000 + np.arange(count)
    table["destination_port"], table["vlan"], table["version"], table["protocol"] = 8000, -1, 4, 6
    table["app"], table["source_mac"], table["destination_mac"] = app, -1, -1
    return table


def run_table(
    table: Any, kernels: Kernels, pieces: Sequence[Piece], *, cuts: Iterable[int] = ()
) -> tuple[list[Record], list[pa.Table]]:
    """Records that a table makes of pieces given in batches of ``cuts`` pieces and one of the rest."""
    stream = Stream(kernels)
    tables: list[pa.Table] = []
    conversations = make_conversations(max((piece.flow for piece in pieces), default=0) + 1, kernels.app)
    carried = Carried(table.waiting, conversations[:0], np.empty(0, dtype=np.uint8))
    at = 0
    for size in (*cuts, len(pieces)):
        for number in range(at, min(at + size, len(pieces))):
            stream.add(pieces[number], number)
        at += size
        carried = _feed(table, stream, conversations, carried, tables, flush=False)
    stream.close()
    _feed(table, stream, conversations, carried, tables, flush=True)
    return [record for one in tables for record in one.to_pylist()], tables


def _feed(
    table: Any, stream: Stream, conversations: Any, carried: Carried, tables: list[pa.Table], *, flush: bool
) -> Carried:
    messages, data = stream.take()
    spill = carried.data if len(carried.data) else np.zeros(1, dtype=np.uint8)
    known = np.concatenate([carried.conversations, conversations]).view(np.recarray)
    messages["conversation"] += len(carried.conversations)
    whole = np.concatenate([carried.messages, messages]).view(np.recarray)
    tables.append(table.add(data, spill, whole, Conversations(known, ORIGIN), flush=flush))
    return carry_over(table.waiting, known, data, spill)


def read_pieces(path: Path) -> list[Piece]:
    """TCP payloads of a capture, repeated ones left out; client is who sent the SYN, else who spoke first."""
    pieces: list[Piece] = []
    flows: dict[tuple[Any, ...], int] = {}
    clients: dict[int, tuple[Any, ...]] = {}
    following: dict[tuple[int, bool], int] = {}
    for batch in open_capture(path).batches():
        data = batch.data.copy()
        frames = decode_frames(batch)
        for at, f in enumerate(frames):
            if f.protocol != TCP or f.status != 0 or (f.payload_len <= 0 and not f.tcp_flags & 2):
                continue
            near, far = (f.src0, f.src1, f.src2, f.src3, f.sport), (f.dst0, f.dst1, f.dst2, f.dst3, f.dport)
            flow = flows.setdefault((min(near, far), max(near, far)), len(flows))
            clients.setdefault(flow, near if f.tcp_flags & 18 != 18 else far)
            side = flow, clients[flow] != near
            if f.tcp_flags & 2:
                following[side] = (int(f.seq) + 1) & 0xFFFFFFFF
                continue
            fresh = (following.get(side, int(f.seq)) - int(f.seq)) & 0xFFFFFFFF
            fresh = 0 if fresh > 1 << 31 else fresh
            payload = data[f.payload : f.payload + f.payload_len].tobytes()[fresh:]
            if payload:
                following[side] = (int(f.seq) + int(f.payload_len)) & 0xFFFFFFFF
                pieces.append(Piece(payload, side[1], flow, batch.first + at, int(batch.ts_ns[at])))
    return pieces


SMALL = Limits(flows=64, slots=8, pending=64, fragments=8, gathered=0)
