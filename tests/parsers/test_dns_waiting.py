"""Bytes of DNS queries that wait, and what is held at once while they are decoded."""

from __future__ import annotations

import numpy as np
import pytest

from parsers import dns_table
from parsers.dns_waiting import drop_oldest
from parsers.pairing import Pairs
from tests.support.dns_messages import Said, answer, ask, message, query, question, tabulate

_OWNER = b"\3abc" * 40 + b"\0"
_CHAINED = b"\1a" + b"\xc0\x0c"


def _long_query(number: int) -> bytes:
    """Make a query of many questions whose names point to one another."""
    return message(0x0100, [question(_OWNER), *[question(_CHAINED) for _ in range(100)]], number=number)


def test_the_oldest_are_given_out() -> None:
    """Those that are over the bound become records without a reply, and are counted."""
    row = np.array([5, 8, 9], dtype=np.int32)
    none = np.empty(0, dtype=np.int32)
    pairs = Pairs(none, none, np.empty(0, dtype=np.bool_), row, np.array([1, 0, 0], dtype=np.uint8), 2)
    found = drop_oldest(pairs, np.array([10, 20, 30]), 50)
    assert (found.request.tolist(), found.reply.tolist(), found.duplicate.tolist()) == ([5], [-1], [True])
    assert (found.waiting.tolist(), found.waiting_duplicate.tolist(), found.dropped) == ([8, 9], [0, 0], 3)
    assert drop_oldest(pairs, np.array([10, 20, 30]), 60) is pairs


def test_bytes_that_wait_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Queries that expand to much are given up early, and each is still one record."""
    monkeypatch.setattr(dns_table, "MOST_WAITING", 40_000)
    records, table = tabulate([Said(_long_query(number)) for number in range(20)], cuts=(10, 5))
    assert sorted(record["wanglou.packet"] for record in records) == list(range(20))
    assert table.counters["dns_queries_dropped"] >= 10
    assert {record["wanglou.pairing"] for record in records} == {"no_response"}


def test_a_batch_is_taken_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """With little room the rows are those of a batch decoded at once, and the room does not grow."""
    said = [said for number in range(150) for said in ask(_long_query(number), answer(_OWNER, number=number))]
    said += [Said(query(number=400))]
    whole, _ = tabulate(said)
    monkeypatch.setattr(dns_table, "MOST_RECORDS", 4_096)
    parts, table = tabulate(said)
    assert parts == whole
    assert len(table._records) == 4_096
