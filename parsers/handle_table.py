"""Handle messages of a batch to the table: join fragments, decode, pair, link sessions, lay out as Arrow columns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from parsers.columns import (
    Conversations,
    Origin,
    make_constant,
    make_keywords,
    make_numbers,
    make_table,
    make_times,
)
from parsers.handle import CONTINUOUS, decode_messages, key_messages
from parsers.handle_authority import check_digests, make_authority_columns, make_digest_columns
from parsers.handle_columns import make_header_columns, make_subject_columns, make_transports
from parsers.handle_handles import make_handles
from parsers.handle_intake import Intake, return_messages, take_messages
from parsers.handle_pdu import (
    ERRORS,
    NO_ERROR,
    PDU,
    make_pools,
)
from parsers.handle_result import (
    OUTCOMES,
    choose_rows,
    find_errors,
    find_holders,
    find_outcomes,
    make_actions,
    make_sizes,
)
from parsers.handle_rows import (
    CONTINUATION,
    MALFORMED,
    NO_REQUEST,
    PAIRINGS,
    Decoded,
    Halves,
    Rows,
    note_spans,
    split_halves,
)
from parsers.handle_schema import HANDLE
from parsers.handle_session import Sessions
from parsers.handle_value_columns import make_index_column, make_value_columns
from parsers.message import MESSAGE
from parsers.pairing import Pairs, pair_rows
from parsers.tracker import Limits

_SCHEMA = HANDLE.arrow
_MOST_CONTINUED = 1_024


class HandleTable:
    """Turns Handle messages into rows; requests without a reply and fragments are carried from batch to batch."""

    def __init__(self, origin: Origin, limits: Limits) -> None:
        """Start with nothing waiting."""
        self._origin, self._limits = origin, limits
        self.waiting: Any = np.recarray(0, dtype=MESSAGE)
        """MESSAGE[n]: what must come again with the next batch, as it lay in the batch last added."""
        self._pdus: Any = np.recarray(0, dtype=PDU)
        self._sessions = Sessions()
        self._handles = make_handles()
        self._continued: dict[tuple[int, int], None] = {}
        self._counters = dict.fromkeys(_COUNTERS, 0)

    @property
    def counters(self) -> dict[str, int]:
        """Malformed messages, and how often each bound was hit."""
        return self._counters | self._sessions.counters

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
        numbers = np.arange(len(conversations.source), dtype=np.int32)
        ends = conversations.make_columns(numbers)
        datagram = _equals(ends["network.transport"], "udp")
        intake = take_messages(
            data,
            spill,
            messages,
            datagram[messages["conversation"]],
            self._sessions.list_stored(),
            most=self._limits.fragments,
            flush=flush,
        )
        self._sessions.place_stored(intake.count)
        decoded = self._decode(intake)
        pairs = self._pair(intake, decoded, flush=flush)
        self.waiting = return_messages(messages, intake, pairs.waiting, pairs.waiting_duplicate)
        table = self._make_table(decoded, pairs, conversations, _name_ends(conversations, ends))
        self._sessions.keep(decoded, int(messages["ts_ns"].max()) if len(messages) else 0)
        self._counters["handle_requests_dropped"] += pairs.dropped
        self._counters["handle_fragments_doubled"] += intake.doubled
        return table

    def _decode(self, intake: Intake) -> Decoded:
        """Decode what was taken in; stored messages too."""
        count = len(intake.messages)
        if len(self._pdus) < count:
            self._pdus = np.recarray(count * 5 // 4, dtype=PDU)
        pdus = self._pdus[:count]
        pools = make_pools(int(intake.messages["length"].sum()), count)
        decode_messages(intake.data, intake.spill, intake.messages, pdus, intake.faults, intake.fragments, pools)
        return Decoded(intake.data, intake.spill, intake.messages, pdus, pools, int(note_spans(pdus)))

    def _pair(self, intake: Intake, decoded: Decoded, *, flush: bool) -> Pairs:
        """Pair by flow and request id, the OpCode deciding among equals."""
        count = intake.count
        keys, details, ts_ns = (np.empty(count, dtype=np.int64) for _ in range(3))
        roles = np.empty(count, dtype=np.uint8)
        own = decoded.messages[:count]
        key_messages(own, decoded.pdus[:count], keys, details, ts_ns, roles)
        return pair_rows(
            keys, details, roles, ts_ns, own["duplicate"], timeout_ns=self._limits.reply_s * 1_000_000_000,
            most=self._limits.pending, flush=flush,
        )  # fmt: skip

    def _make_table(
        self, decoded: Decoded, pairs: Pairs, conversations: Conversations, ends: list[tuple[str, str, int]]
    ) -> pa.Table:
        """Lay the pairs out as columns."""
        halves = split_halves(decoded.pdus, pairs)
        self._continue(decoded, halves)
        columns = conversations.make_columns(decoded.messages["conversation"][halves.first])
        ts_ns = decoded.messages["ts_ns"][halves.first].astype(np.int64)
        links = self._sessions.link(decoded, halves, ends)
        subject = halves.ask.copy()
        subject[list(links.subjects)] = list(links.subjects.values())
        matches, unchecked = check_digests(decoded, halves)
        self._counters["handle_digests_unchecked"] += unchecked
        passed = [decoded.take(rows, "passed", 0).sum() for rows in (halves.ask, halves.answer)]
        self._counters["handle_items_passed"] += int(sum(passed))
        self._counters["handle_malformed"] += int((halves.pairing == MALFORMED).sum())
        count = len(halves.first)
        columns["handle.transport"] = make_transports(columns, count)
        columns["network.protocol"] = make_constant(count, HANDLE.name)
        columns |= self._make_common(decoded, halves, ts_ns, find_errors(decoded, halves, matches))
        columns |= make_header_columns(decoded, halves, ts_ns)
        columns |= make_sizes(decoded, halves, pairs)
        columns |= make_subject_columns(decoded, halves, subject, self._handles)
        columns["handle.indexes"] = make_index_column(decoded, choose_rows(decoded, "indexes", subject, halves.answer))
        columns |= make_value_columns(decoded, *find_holders(decoded, halves, subject))
        columns |= make_authority_columns(decoded, halves, links)
        columns |= make_digest_columns(decoded, halves, matches)
        return make_table(_SCHEMA, columns, count)

    def _make_common(self, decoded: Decoded, halves: Halves, ts_ns: Rows, errors: Rows) -> dict[str, pa.Array]:
        """Columns that every dataset has."""
        m, count = decoded.messages, len(halves.first)
        both = (halves.ask >= 0) & (halves.answer >= 0)
        end = np.maximum(m["packet_end"][halves.last], m["packet_end"][halves.first])
        return {
            "@timestamp": make_times(ts_ns),
            "event.dataset": make_constant(count, HANDLE.name),
            "event.action": make_actions(decoded, halves),
            "event.outcome": make_keywords(find_outcomes(decoded, halves), OUTCOMES),
            "event.duration": make_numbers(np.where(both, m["end_ns"][halves.last] - ts_ns, -1), pa.int64()),
            "error.code": make_keywords(np.where(errors == NO_ERROR, -1, errors), ERRORS),
            "observer.name": make_constant(count, self._origin.observer),
            "wanglou.capture": make_constant(count, self._origin.capture),
            "wanglou.packet": pa.array(m["packet"][halves.first].astype(np.int64)),
            "wanglou.packet_end": pa.array(end.astype(np.int64)),
            "wanglou.pdu": pa.array(m["pdu"][halves.first].astype(np.int64)),
            "wanglou.pairing": make_keywords(halves.pairing, PAIRINGS),
        }

    def _continue(self, decoded: Decoded, halves: Halves) -> None:
        """Tell further replies to one request (OpFlag CN) from replies that nobody asked for."""
        bits = decoded.take(halves.answer, "op_flag", 0)
        if not (bits & CONTINUOUS).any() and not self._continued:
            return
        for k in np.flatnonzero(halves.answer >= 0).tolist():
            row = int(halves.answer[k])
            key = int(decoded.messages["flow_uid"][row]), int(decoded.pdus["request"][row])
            if key in self._continued and halves.pairing[k] == NO_REQUEST:
                halves.pairing[k] = CONTINUATION
            self._continued.pop(key, None)
            if bits[k] & CONTINUOUS:
                self._continued[key] = None
                if len(self._continued) > _MOST_CONTINUED:
                    del self._continued[next(iter(self._continued))]


_COUNTERS = (
    "handle_malformed", "handle_requests_dropped", "handle_fragments_doubled", "handle_items_passed",
    "handle_digests_unchecked",
)  # fmt: skip


def _equals(column: pa.Array, text: str) -> NDArray[np.bool_]:
    """Where a column of few texts is ``text``."""
    texts = column.dictionary.to_pylist()
    codes = column.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return np.asarray(codes == (texts.index(text) if text in texts else -2))


def _name_ends(conversations: Conversations, columns: dict[str, pa.Array]) -> list[tuple[str, str, int]]:
    """Client, server and VLAN of each conversation: whose sessions are whose."""
    vlans = columns["network.vlan.id"].fill_null(0).to_pylist()
    return list(zip(conversations.source, conversations.destination, vlans, strict=True))
