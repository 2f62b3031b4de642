"""Flows that ended to rows of the flow table."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from parsers.columns import Conversations, Origin, make_constant, make_keywords, make_numbers, make_table, make_times
from parsers.flow import END_REASONS, STATES
from parsers.protocol import NAMES
from parsers.schema import FLOW

_SCHEMA = FLOW.arrow
_OUTCOMES = ("unknown", "success", "failure")
_OUTCOME_OF = np.array([0, 0, 2, 1, 1, 1, 1], dtype=np.int32)  # by STATES: refused fails, an exchange succeeds
_PROTOCOLS = sorted(set(NAMES.values()))
_COUNTS = ("packets", "bytes")
_OWN = ("payload_bytes", "retransmissions", "gap_bytes")


def make_flow_table(flows: Any, sides: Any, conversations: Conversations, origin: Origin) -> pa.Table:
    """Table of ``flows`` FLOW_RECORD[n] and their ``sides`` SIDE_RECORD[2n]."""
    count = len(flows)
    client = np.arange(count) * 2 + flows["client"]
    ends = {"source": sides[client], "destination": sides[client ^ 1]}
    columns = conversations.make_columns(flows["conversation"]) | _make_own(flows, origin)
    for end, side in ends.items():
        columns |= {f"{end}.{name}": pa.array(side[name].astype(np.int64)) for name in _COUNTS}
        columns |= {f"flow.{end}.{name}": pa.array(side[name].astype(np.int64)) for name in _OWN}
        flags = np.where(flows["protocol"] == 6, side["tcp_flags"].astype(np.int32), -1)
        columns[f"flow.{end}.tcp_flags"] = make_numbers(flags, pa.uint8())
    for name in _COUNTS:
        columns[f"network.{name}"] = pa.array((ends["source"][name] + ends["destination"][name]).astype(np.int64))
    return make_table(_SCHEMA, columns, count)


def _make_own(flows: Any, origin: Origin) -> dict[str, pa.Array]:
    """Columns of the flow as a whole."""
    count = len(flows)
    first, last = flows["first_ns"].astype(np.int64), flows["last_ns"].astype(np.int64)
    apps = np.array([_number_protocol(app) for app in range(256)], dtype=np.int32)
    return {
        "@timestamp": make_times(first),
        "event.end": make_times(last),
        "event.dataset": make_constant(count, FLOW.name),
        "event.action": make_constant(count, "flow"),
        "event.outcome": make_keywords(_OUTCOME_OF[flows["state"]], _OUTCOMES),
        "event.duration": pa.array(last - first),
        "observer.name": make_constant(count, origin.observer),
        "wanglou.capture": make_constant(count, origin.capture),
        "wanglou.packet": pa.array(flows["first_packet"].astype(np.int64)),
        "wanglou.packet_end": pa.array(flows["last_packet"].astype(np.int64)),
        "wanglou.pdu": pa.array(np.zeros(count, dtype=np.int64)),
        "network.protocol": make_keywords(apps[flows["app"]], _PROTOCOLS),
        "network.type": make_keywords(np.where(flows["version"] == 6, 1, 0), ("ipv4", "ipv6")),
        "network.iana_number": pa.array(flows["protocol"].astype(np.uint8)),
        "flow.state": make_keywords(flows["state"].astype(np.int32), STATES),
        "flow.end_reason": make_keywords(flows["reason"].astype(np.int32), END_REASONS),
        "flow.messages": pa.array(flows["messages"].astype(np.int64)),
        "flow.malformed": pa.array(flows["malformed"].astype(np.int64)),
    }


def _number_protocol(app: int) -> int:
    """Place of a protocol's name in the dictionary, -1 for none."""
    return _PROTOCOLS.index(NAMES[app]) if app in NAMES else -1
