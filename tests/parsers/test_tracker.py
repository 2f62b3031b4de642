"""State from batch to batch, and its bounds."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from parsers.flow import COUNT, FREE, OLDEST, SLOT_FREE
from parsers.message import CONVERSATION, MESSAGE
from parsers.tracker import Carried, Limits, Tracker, _Workspace, carry_over
from parsers.tracking import ROOM
from tests.support.conversations import SMALL, Connection, dissect, mbap, only, rtu
from tests.support.frames import Packet, make_batch

READ, ANSWER = bytes.fromhex("0300000001"), bytes.fromhex("03020001")


def test_limits_have_sense() -> None:
    """Every bound is a positive number, and the flow table's a power of two."""
    limits = Limits()
    assert all(getattr(limits, field.name) > 0 for field in fields(limits))
    assert limits.flows & (limits.flows - 1) == 0


def test_tables_are_empty_in_the_end() -> None:
    """After the last packet every flow and every slot is free again."""
    packets = [packet for port in range(50) for packet in Connection(port=port).open().ask(mbap(READ)[:7]).packets]
    tracker = dissect(packets).dissector._tracker
    assert (tracker._scalars[COUNT], tracker._scalars[OLDEST]) == (0, -1)
    for free, chain in ((FREE, tracker._flows["bucket_next"]), (SLOT_FREE, tracker._slots["next_free"])):
        seen, at = set(), int(tracker._scalars[free])
        while at >= 0:
            assert at not in seen
            seen.add(at)
            at = int(chain[at])
        assert len(seen) == len(chain)
    assert (tracker._buckets == -1).all()


@pytest.mark.parametrize("flows", [1, 2, 16])
def test_tiny_tables(flows: int) -> None:
    """Whatever its size, the table loses no packet: every one is in a flow row."""
    packets = [packet for port in range(40) for packet in Connection(port=port).open().ask(mbap(READ)).packets]
    packets += packets[::-1]
    found = dissect(packets, limits=replace(SMALL, flows=flows, slots=1), cuts=[7, 30, 100])
    assert sum(flow["network.packets"] for flow in found.flow) == len(packets)
    assert found.counters["flows_evicted"] > 0


def test_replies_find_requests_of_earlier_batches() -> None:
    """Requests wait over batches with their bytes, and are numbered as they were."""
    connection = Connection().open()
    for number in range(5):
        connection.ask(mbap(bytes([3, 0, number, 0, 1]), number))
    for number in (3, 1, 4, 0, 2):
        connection.answer(mbap(ANSWER, number))
    found = dissect(connection.packets, cuts=[1] * 20).modbus
    facts = [(r["modbus.transaction_id"], r["modbus.request.address"], r["wanglou.packet"]) for r in found]
    assert facts == [(number, number, 3 + number) for number in (3, 1, 4, 0, 2)]


def test_pending_requests_are_bounded() -> None:
    """At the bound the oldest is recorded without a reply, and counted."""
    connection = Connection().open()
    for number in range(20):
        connection.ask(mbap(READ, number))
    for number in range(20):
        connection.answer(mbap(ANSWER, number))
    found = dissect(connection.packets, limits=replace(SMALL, pending=8), cuts=[5] * 5)
    assert found.counters["requests_dropped"] == 12
    assert sum(record["wanglou.pairing"] == "paired" for record in found.modbus) == 8
    assert sum(record["wanglou.pairing"] == "no_response" for record in found.modbus) == 12


def test_requests_stop_waiting() -> None:
    """A reply after the bound of packet time is a record of its own."""
    connection = Connection().open().ask(mbap(READ, 1)).wait(SMALL.reply_s + 1).answer(mbap(ANSWER, 1))
    found = dissect(connection.packets).modbus
    assert [record["wanglou.pairing"] for record in found] == ["no_response", "no_request"]


def test_as_many_messages_as_bytes_can_hold() -> None:
    """The shortest messages one after the other, garbage between them, find room."""
    connection = Connection(served=4001).open().ask(rtu(READ))
    for _ in range(6):
        connection.ask((b"\xff" + rtu(b"\x07")) * 5000)
    dissector = dissect([], limits=replace(SMALL, slots=1)).dissector
    dissector.feed(make_batch(connection.packets))
    flow = only(dissector.finish()["flow"].to_pylist())
    assert flow["flow.messages"] == 6 * 5000 * 2  # the last garbage and frame stay together: the stream ends there


def test_what_is_carried_is_compact() -> None:
    """Only the waiting messages' bytes and conversations are kept, renumbered."""
    data, spill = np.arange(100, dtype=np.uint8), np.zeros(0, np.uint8)
    waiting, conversations = np.recarray(2, dtype=MESSAGE), np.recarray(9, dtype=CONVERSATION)
    waiting["offset"], waiting["length"], waiting["spill"], waiting["conversation"] = [40, 10], [3, 2], 0, [7, 2]
    conversations["uid"] = range(9)
    carried = carry_over(waiting, conversations, data, spill)
    assert carried.data.tolist() == [40, 41, 42, 10, 11]
    assert carried.conversations["uid"].tolist() == [2, 7]
    assert (carried.messages["conversation"].tolist(), carried.messages["offset"].tolist()) == ([1, 0], [0, 3])


def test_a_batch_without_frames() -> None:
    """A tracker that sees nothing gives nothing."""
    tracker = Tracker(SMALL)
    nothing = np.zeros(0, np.uint8)
    carried = Carried(np.recarray(0, dtype=MESSAGE), np.recarray(0, dtype=CONVERSATION), nothing)
    tracked = tracker.finish(np.zeros(10, np.uint8), 0, carried)
    assert [len(part) for part in (tracked.messages, tracked.conversations, tracked.ended_flows)] == [0, 0, 0]
    assert (tracker.spilled, set(tracker.counters.values())) == (0, {0})


def test_memory_does_not_grow_with_the_capture() -> None:
    """Buffers that are reused reach their size early and keep it."""
    connection = Connection().open()
    for number in range(60):
        connection.ask(mbap(READ, number)).answer(mbap(ANSWER, number))
    dissector = dissect([]).dissector
    sizes = set()
    for at in range(0, 120, 10):
        dissector.feed(make_batch([Packet(p.data, p.ts_ns) for p in connection.packets[at : at + 10]], at))
        sizes.add((len(dissector._spill), len(dissector._tracker._workspace.messages), len(dissector._frames)))
    assert len(sizes) <= 3


@pytest.mark.parametrize("spare", [0, 1, 5])
def test_a_batch_goes_on_when_room_was_made(spare: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where messages need more room than was guessed, the batch stops, and goes on with more where it was."""

    def reserve(self: _Workspace, messages: int, ends: int, packets: int, conversations: int) -> None:
        original(self, messages, ends, packets, conversations)
        self.messages = np.recarray(messages + ROOM + spare - 2 * packets, dtype=MESSAGE)

    original = _Workspace.reserve
    packets = Connection().open().ask(b"".join(mbap(READ, number) for number in range(40))).packets
    packets += [packet for port in range(60) for packet in Connection(port=port).open().ask(mbap(READ)[:9]).packets]
    expected = dissect(packets)
    monkeypatch.setattr(_Workspace, "reserve", reserve)
    found = dissect(packets)
    assert (found.modbus, found.counters) == (expected.modbus, expected.counters)
    assert [flow["flow.messages"] for flow in found.flow] == [flow["flow.messages"] for flow in expected.flow]
