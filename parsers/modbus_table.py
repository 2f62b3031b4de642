"""Modbus messages of a batch to the table: decode, pair with what waited, lay out as Arrow columns."""

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
    make_lists,
    make_numbers,
    make_table,
    make_times,
)
from parsers.message import MESSAGE
from parsers.modbus import decode_messages, key_messages
from parsers.modbus_detail import make_details, split_halves
from parsers.modbus_names import CATEGORIES, EXCEPTION_NAMES, FUNCTION_CATEGORIES, FUNCTION_NAMES
from parsers.modbus_pdu import ERRORS, PDU
from parsers.modbus_rows import OUTCOMES, PAIRINGS, Rows, count_functions, fill_rows
from parsers.pairing import Pairs, pair_rows
from parsers.schema import MODBUS
from parsers.tracker import Limits

_SCHEMA = MODBUS.arrow
_CODES = 128
_MALFORMED_ACTION = len(FUNCTION_NAMES)
_ACTIONS = (*FUNCTION_NAMES, "malformed")
_MALFORMED = PAIRINGS.index("malformed")
_CATEGORY = np.array([*FUNCTION_CATEGORIES, -1], dtype=np.int32)  # the last stands for none, which is -1 too
_U8, _U16 = pa.uint8(), pa.uint16()


class ModbusTable:
    """Turns Modbus messages into rows; requests without a reply are carried from batch to batch."""

    def __init__(self, origin: Origin, limits: Limits) -> None:
        """Start with nothing waiting."""
        self._origin, self._limits = origin, limits
        self.waiting: Any = np.recarray(0, dtype=MESSAGE)
        """MESSAGE[n]: requests whose reply has not come, as they lay in the batch last added."""
        self._pdus: Any = np.recarray(0, dtype=PDU)
        self._functions, self._refused = np.zeros((2, _CODES), dtype=np.int64)
        self._dropped = 0
        self._malformed = 0

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
        if len(self._pdus) < len(messages):
            self._pdus = np.recarray(len(messages) * 5 // 4, dtype=PDU)
        pdus = self._pdus[: len(messages)]
        rare = decode_messages(data, spill, messages, pdus)
        pairs = self._pair(messages, pdus, flush=flush)
        self.waiting = messages[pairs.waiting].copy()
        self.waiting["duplicate"] = pairs.waiting_duplicate
        self._dropped += pairs.dropped
        rows = fill_rows(data, spill, messages, pdus, pairs)
        malformed = np.flatnonzero(rows.pairing == _MALFORMED)
        columns = self._make_columns(rows, malformed) | conversations.make_columns(rows.conversation)
        columns["network.protocol"] = make_constant(len(rows.ts_ns), "modbus")
        if rare:
            columns |= make_details(*split_halves(data, spill, messages, pdus, pairs))
        count_functions(rows, self._functions, self._refused)
        self._malformed += len(malformed)
        return make_table(_SCHEMA, columns, len(rows.ts_ns))

    @property
    def counters(self) -> dict[str, int]:
        """Malformed messages, requests given up, and records by function: ``modbus_function_3``, ``…_exceptions``."""
        found = {"modbus_malformed": self._malformed, "requests_dropped": self._dropped}
        found |= {f"modbus_function_{code}": int(self._functions[code]) for code in np.flatnonzero(self._functions)}
        refused = np.flatnonzero(self._refused)
        return found | {f"modbus_function_{code}_exceptions": int(self._refused[code]) for code in refused}

    def _pair(self, messages: Any, pdus: Any, *, flush: bool) -> Pairs:
        """Pair by flow and transaction id, unit and function deciding among equals."""
        keys, details, ts_ns = (np.empty(len(messages), dtype=np.int64) for _ in range(3))
        roles = np.empty(len(messages), dtype=np.uint8)
        key_messages(messages, pdus, keys, details, ts_ns, roles)
        return pair_rows(
            keys, details, roles, ts_ns, messages["duplicate"],
            timeout_ns=self._limits.reply_s * 1_000_000_000, most=self._limits.pending, flush=flush,
        )  # fmt: skip

    def _make_columns(self, rows: Rows, malformed: NDArray[np.int64]) -> dict[str, pa.Array]:
        """Columns that most records have; ``malformed`` are the rows of malformed messages."""
        count, function = len(rows.ts_ns), rows.function
        action = function.copy()
        action[malformed] = _MALFORMED_ACTION
        return {
            "@timestamp": make_times(rows.ts_ns),
            "event.dataset": make_constant(count, MODBUS.name),
            "event.action": make_keywords(action, _ACTIONS),
            "event.outcome": make_keywords(rows.outcome, OUTCOMES),
            "event.duration": make_numbers(rows.duration, pa.int64()),
            "error.code": make_keywords(np.where(rows.error == 0, -1, rows.error), ERRORS),
            "observer.name": make_constant(count, self._origin.observer),
            "wanglou.capture": make_constant(count, self._origin.capture),
            "wanglou.packet": pa.array(rows.packet),
            "wanglou.packet_end": pa.array(rows.packet_end),
            "wanglou.pdu": pa.array(rows.pdu),
            "wanglou.pairing": make_keywords(rows.pairing, PAIRINGS),
            "modbus.framing": make_keywords(rows.framing, ("mbap", "rtu")),
            "modbus.transaction_id": make_numbers(rows.transaction, _U16),
            "modbus.protocol_id": make_numbers(rows.protocol, _U16),
            "modbus.unit_id": make_numbers(rows.unit, _U8),
            "modbus.request.length": make_numbers(rows.request_length, _U16),
            "modbus.response.length": make_numbers(rows.response_length, _U16),
            "modbus.function.code": make_numbers(function, _U8),
            "modbus.function.name": make_keywords(function, FUNCTION_NAMES),
            "modbus.function.category": make_keywords(_CATEGORY.take(function, mode="wrap"), CATEGORIES),
            "modbus.exception.code": make_numbers(rows.exception, _U8),
            "modbus.exception.name": make_keywords(rows.exception, EXCEPTION_NAMES),
            "modbus.request.address": make_numbers(rows.address, _U16),
            "modbus.request.end_address": make_numbers(rows.end_address, pa.int64()),
            "modbus.request.quantity": make_numbers(rows.quantity, _U16),
            "modbus.request.byte_count": make_numbers(rows.request_byte_count, _U16),
            "modbus.request.values": make_lists(rows.request_offsets, rows.request_values, pa.list_(_U16)),
            "modbus.response.unit_id": make_numbers(rows.response_unit, _U8),
            "modbus.response.function.code": make_numbers(rows.response_function, _U8),
            "modbus.response.address": make_numbers(rows.response_address, _U16),
            "modbus.response.quantity": make_numbers(rows.response_quantity, _U16),
            "modbus.response.byte_count": make_numbers(rows.response_byte_count, _U16),
            "modbus.response.values": make_lists(rows.response_offsets, rows.response_values, pa.list_(_U16)),
        }
