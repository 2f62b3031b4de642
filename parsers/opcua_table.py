"""OPC UA messages of a batch to the table: headers, chunks, bodies, pairs, columns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from parsers.columns import Conversations, Origin, make_constant, make_nulls
from parsers.message import MESSAGE
from parsers.opcua import decode_bodies
from parsers.opcua_buffers import Buffers, make_buffers
from parsers.opcua_channel import Channels
from parsers.opcua_chunk import Joined, join_chunks
from parsers.opcua_columns import TOLD, Columns
from parsers.opcua_event import EVENT
from parsers.opcua_header import decode_headers, hide_encrypted
from parsers.opcua_items import MonitoredItems
from parsers.opcua_pair import pair_messages
from parsers.opcua_pattern import make_patterns, trim_patterns
from parsers.opcua_pdu import INCOMPLETE, PDU
from parsers.opcua_program import PROGRAM
from parsers.opcua_record import (
    CONVERSATION,
    CUT,
    FLOW,
    MALFORMED,
    OPAQUE,
    PAIRING,
    SERVICE,
    Batch,
    Rows,
    choose_rows,
    make_records,
)
from parsers.opcua_rows import Source, make_room, sort_events
from parsers.opcua_schema import OPCUA
from parsers.opcua_transaction import make_headers, make_security, make_status
from parsers.opcua_walk import DEPTH, EVENTS_MAX, FRAME
from parsers.pairing import Pairs
from parsers.tracker import Limits

_SCHEMA = OPCUA.arrow
_KINDS = [(field.name, field.type) for field in _SCHEMA]


class OpcuaTable:
    """Turns OPC UA messages into rows; requests without a reply and unfinished chunks are carried to the next batch."""

    def __init__(self, origin: Origin, limits: Limits) -> None:
        """Start with nothing waiting."""
        self._origin, self._limits = origin, limits
        self.waiting: Any = np.recarray(0, dtype=MESSAGE)
        """MESSAGE[n]: what must come again with the next batch, as it lay in the batch last added."""
        self._channels, self._items = Channels(), MonitoredItems()
        self._pdus: Any = np.recarray(0, dtype=PDU)
        self._events: Any = np.recarray(4 * EVENTS_MAX, dtype=EVENT)
        self._patterns = make_patterns()
        self._room = make_room(0)
        self._stack: Any = np.recarray(DEPTH, dtype=FRAME)
        self._counts = dict.fromkeys(
            ("malformed", "requests_dropped", "chunks_dropped", "chunks_incomplete", "cut", "encrypted"), 0
        )

    @property
    def counters(self) -> dict[str, int]:
        """What was malformed, lost or bounded, since the start."""
        return {f"opcua_{name}": count for name, count in self._counts.items()} | {
            "opcua_channels_forgotten": self._channels.forgotten,
            "opcua_items_forgotten": self._items.forgotten,
        }

    def add(
        self,
        data: NDArray[np.uint8],
        spill: NDArray[np.uint8],
        messages: Any,
        conversations: Conversations,
        *,
        flush: bool,
    ) -> pa.Table:
        """Rows that became complete; ``messages`` begins with what was ``waiting``."""
        batch = self._read(data, spill, messages, flush=flush)
        pairs = pair_messages(
            batch.messages, batch.pdus, timeout_ns=self._limits.reply_s * 1_000_000_000, most=self._limits.pending,
            flush=flush,
        )  # fmt: skip
        self._keep_waiting(messages, batch, pairs)
        rows = choose_rows(batch, pairs)
        columns = self._make_columns(batch, rows, conversations)
        self._counts["requests_dropped"] += pairs.dropped
        count = len(rows.request)
        arrays = [columns[name] if name in columns else make_nulls(count, kind) for name, kind in _KINDS]
        return pa.Table.from_arrays(arrays, schema=_SCHEMA)

    def _read(self, data: NDArray[np.uint8], spill: NDArray[np.uint8], messages: Any, *, flush: bool) -> Batch:
        """Join chunks and decode."""
        pdus, buffers = self._reserve(len(messages)), make_buffers(data, spill)
        trim_patterns(self._patterns)
        parts = decode_headers(buffers, messages, pdus, PROGRAM, self._patterns)
        joined = None
        if parts:
            timeout_ns = self._limits.reply_s * 1_000_000_000
            joined = join_chunks(data, spill, messages, pdus, timeout_ns=timeout_ns, flush=flush)
            messages, spill = joined.messages, joined.spill
            pdus, buffers = pdus[: len(messages)], make_buffers(data, spill)
            decode_headers(buffers, messages, pdus, PROGRAM, self._patterns)
            self._note_chunks(joined, pdus)
        policies, texts = self._channels.follow(data, spill, messages, pdus)
        if "None" in texts:
            pdus["unprotected"] = policies == texts.index("None")
        hide_encrypted(pdus)
        self._walk(buffers, messages, pdus)
        return Batch(buffers, messages, pdus, joined, policies, texts)

    def _note_chunks(self, joined: Joined, pdus: Any) -> None:
        """What joining found out of each message."""
        pdus["chunks"], pdus["wire"] = joined.chunks, joined.wire
        pdus["error"] = np.where(joined.incomplete & (pdus["error"] == 0), INCOMPLETE, pdus["error"])
        pdus["malformed"] |= joined.incomplete
        self._counts["chunks_dropped"] += joined.dropped
        self._counts["chunks_incomplete"] += int(joined.incomplete.sum())

    def _reserve(self, count: int) -> Any:
        """Room for what is read of ``count`` messages."""
        if len(self._pdus) < count:
            self._pdus = np.recarray(count * 5 // 4, dtype=PDU)
        return self._pdus[:count]

    def _walk(self, buffers: Buffers, messages: Any, pdus: Any) -> None:
        """Decode bodies, with more room for events as long as it does not suffice."""
        counts = np.zeros(2, dtype=np.int64)
        while (
            decode_bodies(buffers, messages, pdus, PROGRAM, self._patterns, self._stack, self._events, counts)
            < len(messages)
        ):  # fmt: skip
            more = np.recarray(len(self._events) * 2, dtype=EVENT)
            more[: len(self._events)] = self._events
            self._events = more
        self._used = int(counts[1])

    def _keep_waiting(self, messages: Any, batch: Batch, pairs: Pairs) -> None:
        """Requests that wait, all chunks of them, and chunks whose message is not complete."""
        if batch.joined is None:
            self.waiting = messages[pairs.waiting].copy()
            self.waiting["duplicate"] = pairs.waiting_duplicate
            return
        rows = [(row, 0) for row in batch.joined.waiting]
        for at, duplicate in zip(pairs.waiting.tolist(), pairs.waiting_duplicate.tolist(), strict=True):
            rows += [(row, duplicate) for row in batch.joined.rows.get(at, [int(batch.joined.alone[at])])]
        rows.sort()
        self.waiting = batch.joined.source[[row for row, _ in rows]]
        self.waiting["duplicate"] = [duplicate for _, duplicate in rows]

    def _make_columns(self, batch: Batch, rows: Rows, conversations: Conversations) -> dict[str, pa.Array]:
        """All columns."""
        source = Source(batch.buffers, batch.messages, batch.pdus, self._events[: self._used], self._patterns)
        found, self._room = sort_events(source, rows.request, rows.reply, TOLD, self._room)
        records, count = make_records(batch, rows), len(rows.request)
        self._count(records)
        buffers = batch.buffers.data, batch.buffers.spill
        complete = (rows.request >= 0) & (rows.reply >= 0)
        nodes = self._items.follow(buffers, found, records[FLOW], records[SERVICE], complete)
        told = Columns(buffers, found, count, nodes).make()
        columns = {f"opcua.{name}": column for name, column in told.items()}
        columns |= make_headers(records) | make_security(records, batch.policy_texts, found)
        columns |= make_status(records, found) | conversations.make_columns(records[CONVERSATION])
        return columns | {
            "event.dataset": make_constant(count, OPCUA.name),
            "network.protocol": make_constant(count, "opcua"),
            "observer.name": make_constant(count, self._origin.observer),
            "wanglou.capture": make_constant(count, self._origin.capture),
        }

    def _count(self, records: NDArray[np.int64]) -> None:
        """Add to the counters."""
        self._counts["malformed"] += int((records[PAIRING] == MALFORMED).sum())
        self._counts["cut"] += int(records[CUT].sum())
        self._counts["encrypted"] += int(records[OPAQUE].sum())
