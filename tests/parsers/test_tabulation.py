"""Messages of a batch to the tables of their protocols."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from parsers import tracker
from parsers.columns import Conversations, Origin
from parsers.frame import decode_frames
from parsers.message import MESSAGE
from parsers.protocol import HTTP, MODBUS, MODBUS_RTU, MQTT
from parsers.tabulation import GATHERED_BATCHES, Tabulation
from parsers.tracker import Limits, Tracker
from tests.support.conversations import SMALL, Connection, mbap
from tests.support.frames import Packet, make_batch

ORIGIN = Origin("c" * 64, "sensor", lambda _source, _destination: "")
PAGE = b"GET /page HTTP/1.1\r\nHost: plc\r\n\r\n"
CONNECT = bytes.fromhex("100d00044d5154540402003c000161")


class Echo:
    """Gives back what it was given, and lets every message wait once."""

    heard: list[tuple[int, bytes, int]]

    def __init__(self, origin: Origin, limits: Limits) -> None:
        """Nothing was said."""
        del origin, limits
        self.waiting: Any = np.recarray(0, dtype=MESSAGE)
        self.counters = {"messages_seen": 0}

    def add(self, data: Any, spill: Any, messages: Any, conversations: Conversations, *, flush: bool) -> pa.Table:
        """Contents, protocols and ports; what was waiting comes again first."""
        del flush
        bufs = data, spill
        rows = [
            {
                "app": int(m.app),
                "content": bufs[m.spill][m.offset : m.offset + m.length].tobytes(),
                "port": int(conversations.make_columns(np.array([m.conversation]))["source.port"][0].as_py()),
                "again": index < len(self.waiting),
            }
            for index, m in enumerate(messages)
        ]
        self.counters["messages_seen"] += len(rows)
        self.waiting = messages[len(self.waiting) :].copy()
        return pa.Table.from_pylist(rows)


REGISTRY = (("modbus", Echo, (MODBUS, MODBUS_RTU)), ("web", Echo, (HTTP,)), ("mqtt", Echo, (MQTT,)))


GATHERING = replace(SMALL, gathered=3)

Rows = dict[str, list[dict[str, Any]]]


def tabulate(batches: list[list[Packet]], limits: Limits = SMALL) -> tuple[list[Rows], Tabulation]:
    """Rows of each batch by dataset, with those of the end."""
    follower, tabulation, found, first = Tracker(SMALL), Tabulation(ORIGIN, limits, REGISTRY), [], 0
    for packets in [*batches, []]:
        batch = make_batch(packets, first=first) if packets else None
        carried = tabulation.carried
        spill = np.zeros(1 << 16, dtype=np.uint8)
        spill[: len(carried.data)] = carried.data
        if batch is None:
            data = np.zeros(0, dtype=np.uint8)
            tracked = follower.finish(spill, len(carried.data), carried)
        else:
            data, frames = batch.data, decode_frames(batch)
            tracked = follower.track(data, frames, batch.ts_ns, first, spill, len(carried.data), carried)
        conversations = Conversations(tracked.conversations, ORIGIN)
        tables = tabulation.add(data, spill, tracked, conversations, flush=batch is None)
        found.append({name: table.to_pylist() for name, table in tables.items()})
        first += len(packets)
    return found, tabulation


def say(port: int, *messages: bytes, served: int = 9) -> list[Packet]:
    """A connection in which a client says so much."""
    connection = Connection(port=port, served=served).open()
    for message in messages:
        connection.ask(message)
    return connection.packets


READS = [mbap(bytes([3, 0, number, 0, 1]), number) for number in range(4)]


def test_each_table_gets_its_own_messages() -> None:
    """Messages of a batch go to the tables of their protocols, in order; a table without messages gives none."""
    batch = say(1, READS[0], READS[1]) + say(2, PAGE) + say(3, CONNECT) + say(4, READS[2])
    (first, *_), tabulation = tabulate([batch])
    assert [row["content"] for row in first["modbus"]] == [READS[0], READS[1], READS[2]]
    assert [(row["app"], row["port"], row["content"]) for row in first["web"]] == [(HTTP, 2, PAGE)]
    assert [(row["app"], row["port"], row["content"]) for row in first["mqtt"]] == [(MQTT, 3, CONNECT)]
    assert set(tabulate([say(1, READS[0])])[0][0]) == {"modbus"}
    assert tabulation.counters == {"messages_seen": 5 + 5, "messages_cut": 0}


def test_what_waits_comes_first_in_its_own_table() -> None:
    """Each table finds its waiting messages at the front, with their bytes and conversations, whatever else is said."""
    batches = [say(1, READS[0]) + say(2, PAGE), say(3, CONNECT) + say(4, READS[1]), say(5, PAGE)]
    found, _ = tabulate(batches)
    facts = [{name: [(row["port"], row["again"]) for row in rows] for name, rows in tables.items()} for tables in found]
    assert facts == [
        {"modbus": [(1, False)], "web": [(2, False)]},
        {"modbus": [(1, True), (4, False)], "web": [(2, True)], "mqtt": [(3, False)]},
        {"modbus": [(4, True)], "web": [(5, False)], "mqtt": [(3, True)]},
        {"web": [(5, True)]},
    ]
    assert [row["content"] for row in found[1]["modbus"]] == [READS[0], READS[1]]


def test_what_waits_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where too many bytes would wait the longest messages are cut, and counted; none is lost."""
    monkeypatch.setattr(tracker, "CARRIED_BYTES", 60)
    page = b"GET /" + b"x" * 200 + b" HTTP/1.1\r\n\r\n"
    found, tabulation = tabulate([say(1, READS[0], READS[1]) + say(2, page), say(9, b"\xff" * 9)])
    assert [row["content"] for row in found[1]["modbus"]] == READS[:2]
    assert [row["content"] for row in found[1]["web"]] == [page[:20]]
    assert tabulation.counters["messages_cut"] == 1


def test_few_messages_are_gathered() -> None:
    """A table gets its messages when there are enough of them, with the bytes of earlier batches, in their order."""
    batches = [say(1, READS[0]), say(2, PAGE), say(3, READS[1]), say(4, READS[2]), say(5, READS[3])]
    found, _ = tabulate(batches, GATHERING)
    assert [sorted(tables) for tables in found] == [[], [], [], ["modbus"], [], ["modbus", "web"]]
    rows = [(row["content"], row["again"]) for row in found[3]["modbus"]]
    assert rows == [(READS[0], False), (READS[1], False), (READS[2], False)]
    assert [row["content"] for row in found[-1]["web"]] == [PAGE]


def test_gathering_lasts_a_few_batches() -> None:
    """However few its messages are, a table gets them after some batches."""
    batches = [say(1, READS[0])] + [say(10 + n, PAGE) for n in range(GATHERED_BATCHES)]
    found, _ = tabulate(batches, replace(SMALL, gathered=1000))
    assert next(place for place, tables in enumerate(found) if "modbus" in tables) < GATHERED_BATCHES


def test_two_tables_may_read_one_protocol(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of two tables is given every message of it, and of those that waited only its own."""
    monkeypatch.setitem(globals(), "REGISTRY", (*REGISTRY, ("pages", Echo, (HTTP,))))
    found, _ = tabulate([say(1, READS[0]) + say(2, PAGE), say(5, PAGE)])
    assert [row["port"] for row in found[0]["pages"]] == [row["port"] for row in found[0]["web"]] == [2]
    for name in ("web", "pages"):
        assert [(row["port"], row["again"]) for row in found[1][name]] == [(2, True), (5, False)]
    assert [(row["port"], row["again"]) for row in found[1]["modbus"]] == [(1, True)]
