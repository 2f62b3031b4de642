"""Handle messages of a batch to the table: join fragments, decode, pair, link sessions, lay out as Arrow columns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from parsers import handle_cells as at
from parsers.columns import Conversations, Origin, make_table, make_times
from parsers.handle import decode_messages, key_messages
from parsers.handle_authority import check_digests, make_authority_columns, make_digest_columns
from parsers.handle_cells import Cells
from parsers.handle_columns import make_header_columns, make_subject_columns, make_transports
from parsers.handle_handles import make_handles
from parsers.handle_intake import Intake, return_messages, take_messages
from parsers.handle_layout import lay_cells
from parsers.handle_pdu import HEAD, PDU, make_pools
from parsers.handle_result import make_result_columns
from parsers.handle_rows import CONTINUATION, CONTINUOUS, MALFORMED, NO_REQUEST, Decoded, Halves, split_halves
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
        self._heads: Any = np.recarray(0, dtype=HEAD)
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
        if len(self._heads) < count or not len(self._pdus):
            self._heads = np.recarray(count * 5 // 4, dtype=HEAD)
            self._pdus = np.recarray(count * 5 // 4 + 2, dtype=PDU)
        heads = self._heads[:count]
        pools = make_pools(int(intake.messages["length"].sum()), count)
        present, rich = decode_messages(
            intake.data, intake.spill, intake.messages, heads, self._pdus, intake.faults, intake.fragments, pools
        )
        return Decoded(intake.data, intake.spill, intake.messages, heads, self._pdus[:rich], pools, present)

    def _pair(self, intake: Intake, decoded: Decoded, *, flush: bool) -> Pairs:
        """Pair by flow and request id, the OpCode deciding among equals."""
        count = intake.count
        keys, details, ts_ns = (np.empty(count, dtype=np.int64) for _ in range(3))
        roles = np.empty(count, dtype=np.uint8)
        own = decoded.messages[:count]
        key_messages(own, decoded.heads[:count], keys, details, ts_ns, roles)
        return pair_rows(
            keys, details, roles, ts_ns, own["duplicate"], timeout_ns=self._limits.reply_s * 1_000_000_000,
            most=self._limits.pending, flush=flush,
        )  # fmt: skip

    def _make_table(
        self, decoded: Decoded, pairs: Pairs, conversations: Conversations, ends: list[tuple[str, str, int]]
    ) -> pa.Table:
        """Lay the pairs out as columns."""
        halves = split_halves(decoded.heads, pairs)
        self._continue(decoded, halves)
        links = self._sessions.link(decoded, halves, ends)
        subject = halves.ask
        if links.subjects:
            subject = subject.copy()
            subject[list(links.subjects)] = list(links.subjects.values())
        matches, unchecked = check_digests(decoded, halves)
        self._counters["handle_digests_unchecked"] += unchecked
        self._counters["handle_malformed"] += int((halves.pairing == MALFORMED).sum())
        if len(decoded.pdus) > 1:
            passed = [decoded.take(rows, "passed").sum() for rows in (halves.ask, halves.answer)]
            self._counters["handle_items_passed"] += int(sum(passed))
        cells = lay_cells(decoded, halves, subject, pairs.duplicate, matches)
        columns = conversations.make_columns(decoded.messages["conversation"][halves.first])
        columns["handle.transport"] = make_transports(columns, len(cells))
        columns |= self._make_common(cells) | make_result_columns(cells, halves)
        columns |= make_header_columns(cells)
        columns |= make_subject_columns(decoded, halves, cells, subject, self._handles)
        columns |= make_index_column(decoded, subject, halves.answer)
        columns |= make_value_columns(decoded, cells)
        columns |= make_authority_columns(decoded, halves, cells, links)
        columns |= make_digest_columns(decoded, halves, matches)
        return make_table(_SCHEMA, columns, len(cells))

    def _make_common(self, cells: Cells) -> dict[str, pa.Array]:
        """Columns that every dataset has, but for those that tell what came of it."""
        return {
            "@timestamp": make_times(cells.values[at.TS_NS]),
            "event.dataset": cells.make_constant(HANDLE.name),
            "network.protocol": cells.make_constant(HANDLE.name),
            "observer.name": cells.make_constant(self._origin.observer),
            "wanglou.capture": cells.make_constant(self._origin.capture),
            "wanglou.packet": pa.array(cells.values[at.PACKET]),
            "wanglou.packet_end": pa.array(cells.values[at.PACKET_END]),
            "wanglou.pdu": cells.make_numbers(at.PDU_NUMBER, pa.int64()),
        }

    def _continue(self, decoded: Decoded, halves: Halves) -> None:
        """Tell further replies to one request (OpFlag CN) from replies that nobody asked for."""
        if not halves.is_continued and not self._continued:
            return
        for k in np.flatnonzero(halves.answer >= 0).tolist():
            row = int(halves.answer[k])
            key = int(decoded.messages["flow_uid"][row]), decoded.get(row, "request")
            if key in self._continued and halves.pairing[k] == NO_REQUEST:
                halves.pairing[k] = CONTINUATION
            self._continued.pop(key, None)
            if decoded.get(row, "op_flag") & CONTINUOUS:
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
