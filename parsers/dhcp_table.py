"""DHCP messages of a batch to a table, one row a message."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from parsers.columns import Conversations, Origin, make_constant, make_table, make_times
from parsers.dhcp import parse_dhcp
from parsers.dhcp_schema import DHCP
from parsers.link_table import make_rows
from parsers.message import MESSAGE, WHOLE
from parsers.tracker import Limits

MOST_MESSAGES = 4_096
"""Messages of a batch that are decoded; more are counted."""

_SCHEMA = DHCP.arrow
_OWN = [name for name in _SCHEMA.names if name.startswith("dhcp.")]


class DhcpTable:
    """Turns DHCP messages into rows; offers and requests go to everybody, so they are not paired."""

    def __init__(self, origin: Origin, limits: Limits) -> None:
        """Start counting; ``limits`` has nothing for a table without a state."""
        del limits
        self._origin = origin
        self.waiting: Any = np.recarray(0, dtype=MESSAGE)
        """Always empty."""
        self.counters = dict.fromkeys(("dhcp_malformed", "dhcp_dropped"), 0)

    def add(
        self,
        data: NDArray[np.uint8],
        spill: NDArray[np.uint8],
        messages: Any,
        conversations: Conversations,
        *,
        flush: bool = False,
    ) -> pa.Table:
        """Rows of ``messages``."""
        del flush
        self.counters["dhcp_dropped"] += max(len(messages) - MOST_MESSAGES, 0)
        messages = messages[:MOST_MESSAGES]
        rows = [_read(data, spill, message) for message in messages[["offset", "length", "spill", "status"]].tolist()]
        self.counters["dhcp_malformed"] += sum(row["event.action"] == "malformed" for row in rows)
        own = make_rows(_SCHEMA, rows)
        columns = conversations.make_columns(messages["conversation"]) | self._make_common(messages)
        columns |= {name: own.column(name).combine_chunks() for name in ("event.action", "error.code", *_OWN)}
        return make_table(_SCHEMA, columns, len(rows))

    def _make_common(self, messages: Any) -> dict[str, pa.Array]:
        """Columns that do not depend on what is said."""
        count = len(messages)
        return {
            "@timestamp": make_times(messages["ts_ns"].astype(np.int64)),
            "event.dataset": make_constant(count, DHCP.name),
            "event.outcome": make_constant(count, "unknown"),
            "network.protocol": make_constant(count, "dhcp"),
            "observer.name": make_constant(count, self._origin.observer),
            "wanglou.capture": make_constant(count, self._origin.capture),
            "wanglou.packet": pa.array(messages["packet"].astype(np.int64)),
            "wanglou.packet_end": pa.array(messages["packet_end"].astype(np.int64)),
            "wanglou.pdu": pa.array(messages["pdu"].astype(np.int64)),
        }


def _read(data: NDArray[np.uint8], spill: NDArray[np.uint8], message: tuple[int, int, int, int]) -> dict[str, Any]:
    """Own columns of one message."""
    offset, length, spilled, status = message
    found = parse_dhcp((spill if spilled else data)[offset : offset + length].tobytes())
    error, kind = found.pop("error", None), found.pop("message_type")
    malformed = status != WHOLE or error is not None
    columns = {f"dhcp.{name}": fact for name, fact in found.items()}
    return columns | {"event.action": "malformed" if malformed else kind, "error.code": error}
