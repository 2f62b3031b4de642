"""DNS messages of a batch to the table: decode, pair with what waited, lay out as Arrow columns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from parsers.columns import Conversations, Origin, make_constant, make_keywords, make_numbers, make_table, make_times
from parsers.dns import decode_messages, room_for
from parsers.dns_columns import make_list_columns, make_option_columns, make_word_columns
from parsers.dns_contents import Contents
from parsers.dns_data import decode_data
from parsers.dns_message import DNS_MESSAGE, ERRORS, RECORD, RECORDS_KEPT
from parsers.dns_pairing import key_messages
from parsers.dns_question import QuestionNames
from parsers.dns_rows import NAME, OUTCOMES, PAIRED, PAIRINGS, Rows, fill_rows
from parsers.dns_schema import DNS
from parsers.dns_variant import Variants, turn_columns
from parsers.dns_waiting import drop_oldest, measure_waiting
from parsers.message import MESSAGE
from parsers.pairing import Pairs, pair_rows
from parsers.tracker import Limits

_SCHEMA = DNS.arrow
_LONGEST = 65_537  # bytes of a message with the length field of TCP
MOST_TEXTS, MOST_RECORDS = 16 << 20, 1 << 18
"""Bytes of distinct names, or data, and records that are held at once: messages with more are taken in parts."""
MOST_WAITING = 8 << 20
"""Bytes of the queries that wait: as they came, with their records and what their names expand to."""
_MALFORMED = PAIRINGS.index("malformed")


class DnsTable:
    """Turns DNS messages into rows; queries without a reply are carried from batch to batch."""

    def __init__(self, origin: Origin, limits: Limits) -> None:
        """Start with nothing waiting."""
        self._origin, self._limits = origin, limits
        self.waiting: Any = np.recarray(0, dtype=MESSAGE)
        """MESSAGE[n]: queries whose reply has not come, as they lay in the batch last added."""
        self._records: Any = np.recarray(4 * RECORDS_KEPT, dtype=RECORD)
        self._pdus: Any = np.recarray(0, dtype=DNS_MESSAGE)
        self._words = np.empty(room_for(_LONGEST) // 8 + 1, dtype=np.int64)
        self._contents = Contents(decode_data, bytes.hex)
        self._questions = QuestionNames()
        self.counters: dict[str, int] = dict.fromkeys(("dns_malformed", "dns_queries_dropped", "dns_bounded"), 0)
        """Malformed messages; queries given up because too many waited; messages with more than is kept of one."""

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
        tables = []
        while True:
            pdus, records = self._decode(data, spill, messages)
            part, messages = messages[: len(pdus)], messages[len(pdus) :]
            last = not len(messages)
            tables.append(self._add_part(part, pdus, records, conversations, flush=flush and last))
            if last:
                return tables[0] if len(tables) == 1 else pa.concat_tables(tables).unify_dictionaries().combine_chunks()
            messages = np.concatenate((self.waiting, messages)).view(np.recarray)

    def _add_part(
        self, messages: Any, pdus: Any, records: Any, conversations: Conversations, *, flush: bool
    ) -> pa.Table:
        """Rows that became complete with these messages, which begin with what was ``waiting``."""
        fresh = len(self.waiting)
        variants = Variants(conversations)
        pairs = self._pair(messages, pdus, variants.multicast, flush=flush)
        pairs = drop_oldest(pairs, measure_waiting(messages, np.asarray(pdus), pairs.waiting), MOST_WAITING)
        self.waiting = messages[pairs.waiting].copy()
        self.waiting["duplicate"] = pairs.waiting_duplicate
        rows = fill_rows(messages, pdus, records, pairs)
        columns = conversations.make_columns(rows.conversation) | self._make_columns(rows, variants)
        if variants.multicast.any():
            columns |= turn_columns(columns, rows.turned & variants.multicast[rows.conversation])
        pdus, records = np.asarray(pdus), np.asarray(records)  # a record array's fields are slow to get
        columns |= make_word_columns(rows, variants.of(rows.conversation))
        columns |= self._questions.make_columns(rows.words[NAME], self._contents)
        columns |= make_option_columns(pdus, rows, self._contents)
        columns |= make_list_columns(rows, records, self._contents)
        self._questions.trim(force=self._contents.trim())
        self.counters["dns_malformed"] += int((rows.pairing == _MALFORMED).sum())
        self.counters["dns_queries_dropped"] += pairs.dropped
        self.counters["dns_bounded"] += int(pdus["bounded"][fresh:].sum())
        return make_table(_SCHEMA, columns, len(rows.ts_ns))

    def _decode(self, data: NDArray[np.uint8], spill: NDArray[np.uint8], messages: Any) -> tuple[Any, Any]:
        """Decode messages until all are or the bounds are reached, one new one at least: messages, records."""
        if len(self._pdus) < len(messages):
            self._pdus = np.recarray(len(messages), dtype=DNS_MESSAGE)
        pdus = self._pdus[: len(messages)]
        used = np.zeros(2, dtype=np.int64)
        text, at = self._words.view(np.uint8), 0
        while True:
            store = self._contents.store
            at = decode_messages(data, spill, messages, at, pdus, self._records, store, text, self._words, used)
            if at >= len(messages):
                return pdus, self._records[: used[0]]
            crowded = used[0] + RECORDS_KEPT > len(self._records)
            full = len(self._records) >= MOST_RECORDS if crowded else self._contents.size_bytes >= MOST_TEXTS
            if full and at > len(self.waiting):
                return pdus[:at], self._records[: used[0]]
            if crowded:
                self._records = np.resize(self._records, 2 * len(self._records)).view(np.recarray)
            else:
                self._contents.grow()

    def _pair(self, messages: Any, pdus: Any, multicast: NDArray[np.bool_], *, flush: bool) -> Pairs:
        """Pair by flow, identifier and question."""
        count = len(messages)
        keys, ts_ns = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int64)
        roles = np.empty(count, dtype=np.uint8)
        slots = np.full(1 << (2 * count).bit_length(), -1, dtype=np.int32)
        key_messages(messages, pdus, multicast, slots, keys, ts_ns, roles)
        return pair_rows(
            keys, np.zeros(count, dtype=np.int64), roles, ts_ns, messages["duplicate"],
            timeout_ns=self._limits.reply_s * 1_000_000_000, most=self._limits.pending, flush=flush,
        )  # fmt: skip

    def _make_columns(self, rows: Rows, variants: Variants) -> dict[str, pa.Array]:
        """Columns that do not depend on what was asked."""
        count = len(rows.ts_ns)
        return {
            "@timestamp": make_times(rows.ts_ns),
            "event.dataset": make_constant(count, DNS.name),
            "event.outcome": make_keywords(rows.outcome, OUTCOMES),
            "event.duration": make_numbers(np.where(rows.pairing == PAIRED, rows.duration, -1), pa.int64()),
            "error.code": make_keywords(np.where(rows.error == 0, -1, rows.error), ERRORS),
            "network.protocol": make_constant(count, DNS.name),
            "observer.name": make_constant(count, self._origin.observer),
            "wanglou.capture": make_constant(count, self._origin.capture),
            "wanglou.packet": pa.array(rows.packet),
            "wanglou.packet_end": pa.array(rows.packet_end),
            "wanglou.pdu": pa.array(rows.pdu),
            "wanglou.pairing": make_keywords(rows.pairing, PAIRINGS),
            "dns.variant": variants.make_column(rows.conversation),
            "dns.type": make_keywords((rows.reply >= 0).astype(np.int32), ("query", "answer")),
        }
