"""Conversations (bytes to records): how segments may come, and that the records do not depend on it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.conversations import (
    ACK,
    ANSWER,
    PSH,
    READ,
    Connection,
    broken,
    cut,
    dissect,
    mbap,
    numbers,
    only,
    rtu,
    said,
)
from tests.support.frames import tcp
from tests.support.transactions import Transaction, check, transactions

THREE = b"".join(mbap(READ, number) for number in (1, 2, 3))
REPLIES = b"".join(mbap(ANSWER, number) for number in (1, 2, 3))


def test_several_messages_in_a_segment() -> None:
    """Each message of a segment is a record, numbered within its packet."""
    found = dissect(Connection().open().ask(THREE).answer(REPLIES).packets)
    assert numbers(found) == [1, 2, 3]
    places = [(r["wanglou.packet"], r["wanglou.pdu"], r["wanglou.packet_end"]) for r in found.modbus]
    assert places == [(3, 0, 4), (3, 1, 4), (3, 2, 4)]


@pytest.mark.parametrize("size", [1, 2, 5, 7, 11, 13])
def test_one_message_over_many_segments(size: int) -> None:
    """Cut into small segments, the same records come out, from their first packet to their last."""
    connection = Connection().open().ask(THREE, sizes=[size] * 40).answer(REPLIES, sizes=[size] * 40)
    found = dissect(connection.packets)
    assert numbers(found) == [1, 2, 3]
    assert broken(found) == []
    first = found.modbus[0]
    assert first["wanglou.packet"] == 3
    assert first["wanglou.packet_end"] == 3 + len(cut(THREE, [size] * 40)) + (len(mbap(ANSWER)) + size - 1) // size - 1
    assert len(set(found.ids)) == len(found.ids)


@pytest.mark.parametrize("order", [(1, 0, 2), (2, 1, 0), (1, 2, 0), (2, 0, 1), (0, 2, 1)])
@pytest.mark.parametrize("size", [12, 7, 5])
def test_segments_out_of_order(order: tuple[int, ...], size: int) -> None:
    """Segments that come in another order are put in order; every record names packets that hold its bytes."""
    connection = Connection().open()
    pieces = [(at, THREE[at : at + size]) for at in range(0, 3 * size, size)]
    for at in order:
        connection.place(*pieces[at])
    connection.place(3 * size, THREE[3 * size :]).answer(REPLIES, ack=36)
    found = dissect(connection.packets)
    assert numbers(found) == [1, 2, 3]
    assert found.counters["stream_gaps"] == 0
    for record in found.modbus:
        start = (record["modbus.transaction_id"] - 1) * 12
        assert record["wanglou.packet"] == 3 + (order.index(start // size) if start // size < 3 else 3)


def test_duplicates_beside_what_waits() -> None:
    """Segments repeated while a message waits for its rest are not taken twice."""
    message = mbap(READ)
    connection = Connection().open()
    for at, end in ((0, 4), (0, 4), (6, 12), (6, 12), (2, 8), (0, 12)):
        connection.place(at, message[at:end])
    found = dissect(connection.packets)
    assert numbers(found, "no_response") == [1]
    assert broken(found) == []


def test_the_first_arrival_of_a_byte_wins() -> None:
    """A segment that overlaps with other bytes changes nothing of what came before it, and is counted."""
    message, forged = mbap(READ, 1), mbap(bytes.fromhex("06ffffeeee"), 9)
    connection = Connection().open().place(0, message[:6]).place(0, forged[:10]).place(10, message[10:])
    found = dissect(connection.packets)
    record = only(found.modbus)
    assert (record["modbus.transaction_id"], record["modbus.request.address"]) == (1, 0xFFFF)
    assert found.counters["stream_overlap_bytes"] == 6
    later = Connection().open().place(6, message[6:]).place(0, forged)
    record = only(dissect(later.packets).modbus)
    assert (record["modbus.transaction_id"], record["modbus.function.code"]) == (9, 3)


@pytest.mark.parametrize("port", [502, 1502])
def test_a_start_in_the_middle_of_a_connection(port: int) -> None:
    """Without a handshake the first message is found where the segment begins with one."""
    connection = Connection(served=port).ask(mbap(READ, 5)).answer(mbap(ANSWER, 5)).ask(mbap(READ, 6))
    found = dissect(connection.packets)
    assert (numbers(found), numbers(found, "no_response")) == ([5], [6])
    assert only(found.flow)["flow.state"] == "midstream"


def test_a_start_in_the_middle_of_a_message() -> None:
    """A capture that begins within a message reads what follows it."""
    whole = mbap(b"\x10\x00\x00\x00\x04\x08" + bytes(8), 1)
    connection = Connection().send(whole).packets
    late = Connection().place(9, whole[9:])
    late._sent[0] = len(whole)
    late.answer(mbap(bytes.fromhex("1000000004"), 1)).ask(mbap(READ, 2)).answer(mbap(ANSWER, 2))
    assert numbers(dissect(connection), "no_response") == [1]
    found = dissect(late.packets)
    assert numbers(found) == [2]


def test_cut_off_segments() -> None:
    """A short snaplen leaves holes: whole messages before the cut are read, and those of later segments too."""
    connection = Connection().open().ask(THREE, keep=54 + 20).ask(mbap(READ, 4)).ask(THREE, keep=54)
    found = dissect(connection.ask(mbap(READ, 5)).packets)
    assert numbers(found, "no_response") == [1, 4, 5]
    assert [record["error.code"] for record in broken(found)] == ["gap"]
    assert only(found.flow)["flow.source.gap_bytes"] == 16 + 36


@pytest.mark.parametrize(
    "bad", [mbap(READ, 7, length=0), mbap(READ, 7, length=1), mbap(READ, 7, length=9999), mbap(READ, 7, protocol=77)]
)
@pytest.mark.parametrize("apart", [True, False])
def test_a_malformed_message_does_not_end_the_log(bad: bytes, apart: bool) -> None:
    """A message that cannot be is a record of its own; those after it are read, in its segment and in others."""
    connection = Connection().open().ask(mbap(READ, 1)).answer(mbap(ANSWER, 1))
    if apart:
        connection.ask(bad).ask(mbap(READ, 2))
    else:
        connection.ask(bad + mbap(READ, 2))
    found = dissect(connection.answer(mbap(ANSWER, 2)).packets)
    assert numbers(found) == [1, 2]
    record = only(broken(found))
    assert (record["modbus.transaction_id"], record["event.action"]) == (7, "malformed")
    assert record["error.code"] in {"length", "protocol_id"}
    assert only(found.flow)["flow.malformed"] == 1


def test_one_forged_segment_does_not_stop_the_log() -> None:
    """A segment numbered far away is read by itself, and the stream goes on where it was."""
    connection = Connection().open().ask(mbap(READ, 1))
    connection.put(tcp(mbap(READ, 666), seq=0x70000000, flags=PSH | ACK))
    found = dissect(connection.ask(mbap(READ, 2)).ask(mbap(READ, 3)).packets)
    assert {1, 2, 3} <= set(numbers(found, "no_response"))
    assert found.counters["stream_strays"] == 1


def test_a_long_absence_is_one_gap() -> None:
    """Where the sensor missed much, the stream goes on at the new numbers."""
    connection = Connection().open().ask(mbap(READ, 1))
    for number in range(2, 6):
        connection.place(1_000_000 + 12 * number, mbap(READ, number))
    assert numbers(dissect(connection.packets), "no_response") == [1, 2, 3, 4, 5]


def test_rtu_over_tcp() -> None:
    """RTU frames in a TCP stream are recognised and paired in order."""
    connection = Connection(served=4001).open()
    for unit in (1, 2, 3):
        connection.ask(rtu(READ, unit)).answer(rtu(ANSWER, unit))
    found = dissect(connection.ask(rtu(READ, 9)).answer(rtu(bytes.fromhex("8302"), 9)).packets)
    assert [r["modbus.unit_id"] for r in found.modbus] == [1, 2, 3, 9]
    assert {r["wanglou.pairing"] for r in found.modbus} == {"paired"}
    assert {r["modbus.framing"] for r in found.modbus} == {"rtu"}
    assert {r["modbus.transaction_id"] for r in found.modbus} == {None}
    assert found.modbus[0]["modbus.response.values"] == [42]
    assert found.modbus[3]["modbus.exception.name"] == "illegal_data_address"
    assert only(found.flow)["network.protocol"] == "modbus"


@pytest.mark.parametrize("port", [502, 4001])
def test_rtu_in_pieces_and_several_at_once(port: int) -> None:
    """Frames may be split over segments, and segments may hold several, once the first was whole."""
    frames = rtu(READ, 1) + rtu(READ, 2) + rtu(bytes.fromhex("10000000020400010002"), 3)
    connection = Connection(served=port).open().ask(rtu(READ, 7)).ask(frames, sizes=[3, 8, 2, 2])
    found = dissect(connection.packets)
    assert [record["modbus.unit_id"] for record in found.modbus] == [7, 1, 2, 3]
    assert found.modbus[3]["modbus.request.values"] == [1, 2]


def test_rtu_with_a_wrong_crc() -> None:
    """A frame with a wrong CRC is malformed; the next one is found."""
    connection = Connection(served=4001).open().ask(rtu(READ, 1)).answer(rtu(ANSWER, 1))
    connection.ask(rtu(READ, 2, damage=1)).ask(rtu(READ, 3, damage=0x100) + rtu(READ, 4))
    found = dissect(connection.packets)
    assert [(r["modbus.unit_id"], r["error.code"]) for r in broken(found)] == [(2, "crc"), (3, "crc")]
    assert [r["modbus.unit_id"] for r in found.modbus if r["wanglou.pairing"] == "no_response"] == [4]


def play(
    talk: list[Transaction], sizes: list[int], *, unit: int, port: int, framing: Any = mbap, first_whole: bool = False
) -> Connection:
    """A connection in which a client asks and a server answers, each message cut into ``sizes``."""
    connection = Connection(served=port).open()
    for number, transaction in enumerate(talk):
        for send, pdu in ((connection.ask, transaction.request), (connection.answer, transaction.reply)):
            message = mbap(pdu, number, unit) if framing is mbap else rtu(pdu, unit)
            send(message, sizes=[] if first_whole and number == 0 else sizes)
    return connection


pieces = st.lists(st.integers(1, 20), max_size=12)


@pytest.mark.parametrize("port", [502, 1502])
@given(talk=st.lists(transactions, min_size=1, max_size=6), sizes=pieces, unit=st.integers(0, 255), cuts=pieces)
def test_any_split_of_any_valid_conversation(
    port: int, talk: list[Transaction], sizes: list[int], unit: int, cuts: list[int]
) -> None:
    """However valid messages are split into segments and batches, the same transactions come out."""
    found = dissect(play(talk, sizes, unit=unit, port=port).packets, cuts=cuts)
    assert len(found.modbus) == len(talk)
    for number, (record, transaction) in enumerate(zip(found.modbus, talk, strict=True)):
        check(record, transaction, number, unit)
    whole = dissect(play(talk, [], unit=unit, port=port).packets)
    assert [said(record) for record in whole.modbus] == [said(record) for record in found.modbus]
    assert len(set(found.ids)) == len(found.ids)


@pytest.mark.parametrize("port", [502, 4001])
@given(talk=st.lists(transactions, min_size=1, max_size=6), sizes=pieces, unit=st.integers(1, 247), cuts=pieces)
def test_any_split_of_rtu_frames(
    port: int, talk: list[Transaction], sizes: list[int], unit: int, cuts: list[int]
) -> None:
    """The same for RTU frames over TCP; where Modbus/TCP is not expected the first is recognised in pieces too."""
    connection = play(talk, sizes, unit=unit, port=port, framing=rtu, first_whole=port == 502)
    found = dissect(connection.packets, cuts=cuts)
    assert {record["wanglou.pairing"] for record in found.modbus} == {"paired"}
    functions = [(transaction.facts["function.code"], unit) for transaction in talk]
    assert [(r["modbus.function.code"], r["modbus.unit_id"]) for r in found.modbus] == functions
    assert len(set(found.ids)) == len(found.ids)


@given(
    talk=st.lists(transactions, min_size=1, max_size=5),
    sizes=st.lists(st.integers(1, 30), min_size=1, max_size=30),
    shuffle=st.randoms(use_true_random=False),
    again=st.lists(st.integers(0, 40), max_size=6),
    cuts=pieces,
)
def test_reordered_and_repeated_segments(
    talk: list[Transaction], sizes: list[int], shuffle: Any, again: list[int], cuts: list[int]
) -> None:
    """Segments of a side that come again, or in another order before they are acknowledged, change no transaction."""
    requests = b"".join(mbap(one.request, number) for number, one in enumerate(talk))
    replies = b"".join(mbap(one.reply, number) for number, one in enumerate(talk))
    connection = Connection().open()
    for stream, server in ((requests, False), (replies, True)):
        parts, at = [], 0
        for piece in cut(stream, sizes):
            parts.append((at, piece))
            at += len(piece)
        parts += [parts[number % len(parts)] for number in again]
        shuffle.shuffle(parts)
        for start, piece in parts:
            connection.place(start, piece, from_server=server, ack=len(requests) if server else 0)
    found = dissect(connection.packets, cuts=cuts)
    assert len(found.modbus) == len(talk)
    for record in found.modbus:
        number = record["modbus.transaction_id"]
        check(record, talk[number], number, 1)
    assert len(set(found.ids)) == len(found.ids)


@pytest.mark.parametrize("port", [502, 1502])
@given(
    talk=st.lists(transactions, max_size=3),
    noise=st.one_of(st.binary(max_size=300), st.lists(st.sampled_from([mbap(READ), b"\x00", rtu(READ)])).map(b"".join)),
    sizes=pieces,
    cuts=pieces,
)
def test_any_bytes_after_valid_ones(
    port: int, talk: list[Transaction], noise: bytes, sizes: list[int], cuts: list[int]
) -> None:
    """Whatever follows and however it is split, what was said before it is read, and nothing raises or grows."""
    connection = play(talk, [], unit=1, port=port).ask(noise, sizes=sizes).answer(noise[::-1], sizes=sizes[::-1])
    found = dissect(connection.packets)
    for number, transaction in enumerate(talk):
        check(next(r for r in found.modbus if r["modbus.transaction_id"] == number), transaction, number, 1)
    assert len(set(found.ids)) == len(found.ids)
    other = dissect(connection.packets, cuts=cuts)
    assert sorted(map(repr, other.modbus)) == sorted(map(repr, found.modbus))
    tracker = found.dissector._tracker
    free, slot = 0, int(tracker._scalars[11])
    while slot >= 0:
        free, slot = free + 1, int(tracker._slots[slot].next_free)
    assert free == 8
    assert not tracker._present.any()
    assert len(found.dissector._tabulation.carried.messages) == 0
