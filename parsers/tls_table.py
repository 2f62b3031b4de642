"""TLS records of a batch to the table: one row per handshake, put together from the records of both sides."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from parsers.columns import Conversations, Origin, make_constant, make_numbers, make_table, make_times
from parsers.message import BROKEN_BY_GAP, MESSAGE, STRAY, WHOLE
from parsers.schema import TLS
from parsers.tls_frame import ALERT, APPLICATION_DATA, CLIENT_HELLO, HANDSHAKE, RECORD_HEADER, SERVER_HELLO
from parsers.tls_handshake import Handshake
from parsers.tls_row import describe_handshake, make_column
from parsers.tracker import Limits

_SCHEMA = TLS.arrow
_KEPT_HEADER = RECORD_HEADER
PARTIAL_MOST = 1 << 25
"""Bytes of unfinished handshake messages that are kept at once."""


class _Row(NamedTuple):
    """A row: where it began and ended, and what it says."""

    first: Any
    end_ns: int
    packet_end: int
    said: dict[str, Any]


class TlsTable:
    """Turns TLS records into rows of handshakes; those in progress are kept from batch to batch."""

    def __init__(self, origin: Origin, limits: Limits) -> None:
        """Start with no handshake."""
        self._origin, self._limits = origin, limits
        self.waiting: Any = np.recarray(0, dtype=MESSAGE)
        """MESSAGE[n]: first records of handshakes in progress, their headers only."""
        self._open: OrderedDict[int, Handshake] = OrderedDict()
        self._done: OrderedDict[int, None] = OrderedDict()
        names = ("malformed", "handshakes_dropped", "handshake_bound", "partial_dropped")
        self._counters = dict.fromkeys((f"tls_{name}" for name in names), 0)

    @property
    def counters(self) -> dict[str, int]:
        """Malformed records, and how often a bound was hit."""
        return dict(self._counters)

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
        for carried in messages[: len(self.waiting)]:
            if int(carried["flow_uid"]) in self._open:
                self._open[int(carried["flow_uid"])].first = carried.copy()
        rows: list[_Row] = []
        for message in _choose_messages(data, spill, messages, len(self.waiting)):
            buffer = spill if message["spill"] else data
            start = int(message["offset"])
            rows += self._take(message, buffer[start : start + int(message["length"])].tobytes())
        now = int(messages["ts_ns"].max()) if len(messages) else 0
        rows += self._expire(now - self._limits.reply_s * 1_000_000_000, flush=flush)
        self._bound_partial()
        firsts = [handshake.first for handshake in self._open.values()]
        self.waiting = np.array(firsts, dtype=MESSAGE).view(np.recarray)
        self.waiting["length"] = np.minimum(self.waiting["length"], _KEPT_HEADER)
        return self._make_table(rows, conversations)

    def _take(self, message: Any, record: bytes) -> Iterator[_Row]:
        """Rows that a record completes."""
        flow, from_server = int(message["flow_uid"]), bool(message["from_server"])
        if message["status"] not in (WHOLE, STRAY) or len(record) <= RECORD_HEADER:
            self._counters["tls_malformed"] += 1
            error = "gap" if message["status"] == BROKEN_BY_GAP else "bad_record"
            yield _Row(message, int(message["end_ns"]), int(message["packet_end"]), _describe_malformed(error))
            return
        handshake = self._open.get(flow)
        if handshake is None:
            if not _is_hello(record) and not (_is_clear_alert(record) and flow not in self._done):
                return
            handshake = Handshake(message.copy())
            if _is_hello(record):
                yield from self._make_room()
                self._done.pop(flow, None)
                self._open[flow] = handshake
        handshake.add(record, from_server=from_server, is_cut=int(message["wire"]) > int(message["length"]))
        handshake.end_ns, handshake.packet_end = int(message["end_ns"]), int(message["packet_end"])
        if handshake.is_done or flow not in self._open:
            yield self._finish(flow, handshake)

    def _make_room(self) -> Iterator[_Row]:
        """Row of the oldest handshake, which is ended where there are too many."""
        if len(self._open) >= self._limits.pending:
            self._counters["tls_handshakes_dropped"] += 1
            oldest = next(iter(self._open))
            yield self._finish(oldest, self._open[oldest])

    def _finish(self, flow: int, handshake: Handshake) -> _Row:
        """Row of a handshake that goes on no more."""
        self._open.pop(flow, None)
        self._done[flow] = None
        if len(self._done) > self._limits.pending:
            self._done.popitem(last=False)
        self._counters["tls_handshake_bound"] += handshake.bounded
        return _Row(handshake.first, handshake.end_ns, handshake.packet_end, describe_handshake(handshake))

    def _expire(self, before_ns: int, *, flush: bool) -> list[_Row]:
        """Rows of handshakes of which nothing came since ``before_ns``; of all with ``flush``."""
        late = [flow for flow, one in self._open.items() if flush or one.end_ns < before_ns]
        return [self._finish(flow, self._open[flow]) for flow in late]

    def _bound_partial(self) -> None:
        """Drop unfinished messages, those of the oldest handshakes first, where they are too many bytes."""
        sides = [side for one in self._open.values() for side in (one.client, one.server) if side.partial]
        total = sum(len(side.partial) for side in sides)
        for side in sides:
            if total <= PARTIAL_MOST:
                break
            total -= len(side.partial)
            side.partial.clear()
            side.is_secret = True
            self._counters["tls_partial_dropped"] += 1

    def _make_table(self, rows: list[_Row], conversations: Conversations) -> pa.Table:
        """Lay the rows out."""
        count = len(rows)
        firsts = np.array([row.first for row in rows], dtype=MESSAGE)
        ends = np.array([row.end_ns for row in rows], dtype=np.int64)
        two_sided = np.array([row.said["wanglou.pairing"] == "paired" for row in rows], dtype=np.bool_)
        columns = {name: make_column(rows, name, _SCHEMA.field(name).type) for name in _names(rows)}
        columns |= {
            "@timestamp": make_times(np.ascontiguousarray(firsts["ts_ns"])),
            "event.dataset": make_constant(count, TLS.name),
            "event.duration": make_numbers(np.where(two_sided, ends - firsts["ts_ns"], -1), pa.int64()),
            "observer.name": make_constant(count, self._origin.observer),
            "wanglou.capture": make_constant(count, self._origin.capture),
            "wanglou.packet": pa.array(np.ascontiguousarray(firsts["packet"])),
            "wanglou.packet_end": pa.array([row.packet_end for row in rows], pa.int64()),
            "wanglou.pdu": pa.array(firsts["pdu"].astype(np.int64)),
        }
        columns |= conversations.make_columns(firsts["conversation"].astype(np.int32))
        columns["network.protocol"] = make_constant(count, TLS.name)
        return make_table(_SCHEMA, columns, count)


def _names(rows: list[_Row]) -> list[str]:
    """Columns that any row has."""
    return list(dict.fromkeys(name for row in rows for name in row.said))


def _describe_malformed(error: str) -> dict[str, Any]:
    return {
        "event.action": "malformed", "event.outcome": "unknown", "error.code": error, "wanglou.pairing": "malformed",
    }  # fmt: skip


def _is_hello(record: bytes) -> bool:
    """True for a record that begins with either hello."""
    return (
        record[0] == HANDSHAKE and len(record) > RECORD_HEADER and record[RECORD_HEADER] in (CLIENT_HELLO, SERVER_HELLO)
    )


def _is_clear_alert(record: bytes) -> bool:
    """True for an alert that is not encrypted: it is of two bytes."""
    return record[0] == ALERT and len(record) == RECORD_HEADER + 2


def _choose_messages(data: NDArray[np.uint8], spill: NDArray[np.uint8], messages: Any, carried: int) -> Iterator[Any]:
    """New records that tell something: of application data the first few of each side."""
    if len(messages) <= carried:
        return
    table = messages.view(np.ndarray)[carried:] if isinstance(messages, np.recarray) else messages[carried:]
    kinds = np.zeros(len(table), dtype=np.uint8)
    for buffer, number in ((data, 0), (spill, 1)):
        own = (table["spill"] == number) & (table["length"] > 0)
        kinds[own] = buffer[table["offset"][own]]
    data_records = (kinds == APPLICATION_DATA) & (table["status"] == WHOLE)
    keep = ~data_records
    sides = table["flow_uid"] * 2 + table["from_server"]
    places = np.flatnonzero(data_records)
    for _ in range(2):
        _, firsts = np.unique(sides[places], return_index=True)
        keep[places[firsts]] = True
        places = np.delete(places, firsts)
    yield from table[keep]
