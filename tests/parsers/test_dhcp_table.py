"""The table of DHCP messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from parsers import dhcp_table
from parsers.columns import Conversations
from parsers.dhcp_schema import DHCP
from parsers.dhcp_table import DhcpTable
from parsers.message import CONVERSATION, MALFORMED_BYTES, MESSAGE
from parsers.packet import UDP
from parsers.protocol import DHCP as APP
from parsers.tracker import Limits
from tests.support.links import HERE, ORIGIN, dhcp


def make(values: Sequence[bytes], status: int = 0) -> tuple[pa.Table, dict[str, int]]:
    """Table of messages of one conversation, every other one in the spill buffer."""
    data = np.frombuffer(bytearray(b"".join(values)), dtype=np.uint8)
    messages: Any = np.zeros(len(values), dtype=MESSAGE).view(np.recarray)
    messages.length = messages.wire = [len(value) for value in values]
    messages.offset = np.cumsum([0, *messages.length[:-1]])[: len(values)]
    messages.spill = np.arange(len(values)) & 1
    messages.packet = messages.packet_end = np.arange(len(values)) + 7
    messages.status, messages.app = status, APP
    conversations: Any = np.zeros(1, dtype=CONVERSATION).view(np.recarray)
    conversations.version, conversations.protocol, conversations.app, conversations.vlan = 4, UDP, APP, -1
    conversations.destination3, conversations.source_port, conversations.destination_port = 0xFFFFFFFF, 68, 67
    table = DhcpTable(ORIGIN, Limits())
    made = table.add(data, data, messages, Conversations(conversations, ORIGIN), flush=False)
    assert len(table.waiting) == 0
    return made, table.counters


def test_rows_have_the_columns_of_the_schema() -> None:
    """One row a message, with what its options say and where it was."""
    table, counters = make([dhcp(1, (12, b"plc-7")), dhcp(5, op=2, addresses=("", "10.0.0.7"))])
    table.validate(full=True)
    assert table.schema == DHCP.arrow
    first, second = table.to_pylist()
    assert (first["event.action"], first["dhcp.host_name"], first["dhcp.client_mac"]) == ("discover", "plc-7", HERE)
    assert (second["event.action"], second["dhcp.assigned_ip"], second["wanglou.packet"]) == ("ack", "10.0.0.7", 8)
    assert (first["destination.ip"], first["destination.port"]) == ("255.255.255.255", 67)
    assert counters == {"dhcp_malformed": 0, "dhcp_dropped": 0}


def test_malformed_messages_are_rows() -> None:
    """They keep what could be read."""
    table, counters = make([dhcp(1)[:-1] + b"\x0c\x09"])
    assert table.column("event.action").to_pylist() == ["malformed"]
    assert table.column("error.code").to_pylist() == ["cut_short"]
    assert table.column("dhcp.client_mac").to_pylist() == [HERE]
    assert counters["dhcp_malformed"] == 1
    assert make([dhcp(1)[:50]], MALFORMED_BYTES)[0].column("event.action").to_pylist() == ["malformed"]


def test_messages_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is beyond the bound is counted; none at all is an empty table."""
    monkeypatch.setattr(dhcp_table, "MOST_MESSAGES", 2)
    table, counters = make([dhcp(1)] * 5)
    assert (len(table), counters["dhcp_dropped"]) == (2, 3)
    assert make([])[0].schema == DHCP.arrow
