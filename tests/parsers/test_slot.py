"""A slot fills in any order, and knows which packet brought which byte."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.flow import NO_SLOT, OVERLAP_BYTES, SCALARS, SIDE_RECORD, SLOT_FREE
from parsers.slot import (
    MARKS,
    SLOT,
    SLOT_BYTES,
    find_mark,
    find_newest,
    find_oldest,
    find_piece,
    locate,
    measure_hole,
    release_slot,
    shift_slot,
    store_bytes,
    take_slot,
)


class Pool:
    """Slots with their bytes."""

    def __init__(self, count: int = 2) -> None:
        """Begin with all slots free."""
        self.slots: Any = np.recarray(count, dtype=SLOT)
        self.slots["next_free"] = [*range(1, count), -1]
        self.pool = np.zeros(count * SLOT_BYTES, np.uint8)
        self.present = np.zeros(count * SLOT_BYTES, np.uint8)
        self.scalars = np.zeros(SCALARS, np.int64)
        self.scalars[SLOT_FREE] = 0
        self.slot = take_slot(self.slots, self.scalars)

    @property
    def row(self) -> Any:
        """The slot that was taken."""
        return self.slots[self.slot]

    def store(self, at: int, data: bytes, packet: int = 0) -> int:
        """Put bytes; gives how many became contiguous."""
        source = np.frombuffer(bytearray(data), dtype=np.uint8)
        return int(
            store_bytes(
                source, 0, len(data), self.slots, self.slot, at, packet, packet * 10, 0, self.pool, self.present,
                self.scalars,
            )
        )  # fmt: skip

    def shift(self, count: int) -> None:
        """Drop bytes from the start."""
        shift_slot(self.slots, self.slot, count, self.present)

    @property
    def held(self) -> bytes:
        """Contiguous bytes from the start."""
        base = locate(self.slots, self.slot)
        return self.pool[base : base + int(self.row.held)].tobytes()


def test_slots_are_taken_and_given_back() -> None:
    """There are as many as there are; a missing one is counted; one that returns is clean."""
    pool = Pool(2)
    other = take_slot(pool.slots, pool.scalars)
    assert {pool.slot, other} == {0, 1}
    assert take_slot(pool.slots, pool.scalars) == -1
    assert pool.scalars[NO_SLOT] == 1
    pool.store(5, b"abc")
    side = np.recarray(1, dtype=SIDE_RECORD)[0]
    side.slot = pool.slot
    release_slot(pool.slots, pool.present, side, pool.scalars)
    assert (side.slot, pool.scalars[SLOT_FREE]) == (-1, pool.slot)
    assert not pool.present.any()
    release_slot(pool.slots, pool.present, side, pool.scalars)
    assert pool.scalars[SLOT_FREE] == pool.slot


def test_holes_fill() -> None:
    """Bytes beyond a hole wait, and become contiguous when it fills."""
    pool = Pool()
    assert pool.store(0, b"abc") == 3
    assert pool.store(5, b"fg") == 0
    assert (pool.row.held, pool.row.ahead, pool.row.top) == (3, 2, 7)
    assert measure_hole(pool.slots, pool.slot, pool.present) == 2
    assert pool.store(3, b"de") == 4
    assert (pool.held, pool.row.ahead) == (b"abcdefg", 0)


def test_the_first_arrival_wins() -> None:
    """Bytes that are there are not overwritten, and are counted."""
    pool = Pool()
    pool.store(1, b"bc")
    pool.store(0, b"AXXD")
    assert (pool.held, pool.scalars[OVERLAP_BYTES]) == (b"AbcD", 2)


def test_pieces_know_their_packets() -> None:
    """A message knows the packet it begins in and the newest that it needed."""
    pool = Pool()
    for at, packet in ((6, 7), (0, 8), (3, 9)):
        pool.store(at, b"xyz", packet)
    row = pool.row
    assert [int(row.mark_packet[find_mark(row, at)]) for at in (0, 2, 3, 5, 6, 8)] == [8, 8, 9, 9, 7, 7]
    assert int(row.mark_packet[find_newest(row, 0, 9)]) == 9
    assert int(row.mark_packet[find_newest(row, 6, 9)]) == 7
    assert [find_piece(row, at) for at in (0, 1, 4, 7)] == [0, 3, 6, -1]
    pool.shift(4)
    assert [(int(pool.row.mark_packet[k]), int(pool.row.mark_at[k])) for k in range(int(pool.row.marks))] == [
        (9, 0),
        (7, 2),
    ]


def test_more_pieces_than_marks() -> None:
    """Beyond the bound some pieces are taken for those before them; the first and the newest are told right."""
    pool = Pool()
    for number in range(5 * MARKS):
        pool.store(number, bytes([number]), number)
        packets = [int(pool.row.mark_packet[find_mark(pool.row, at)]) for at in range(number + 1)]
        assert (packets[0], packets[-1]) == (0, number)
        assert packets == sorted(packets)
        assert all(packet <= at for at, packet in enumerate(packets))
    assert pool.held == bytes(range(5 * MARKS))


def test_dropping_bytes_moves_nothing() -> None:
    """Dropped bytes only move the beginning; the rest stays where it lies, and no flag of a dropped byte is left."""
    pool = Pool()
    pool.store(0, b"abc", 1)
    pool.store(5, b"fgh", 2)
    where = locate(pool.slots, pool.slot) + 5
    pool.shift(5)
    assert (int(pool.row.begin), int(pool.row.top), locate(pool.slots, pool.slot)) == (5, 3, where)
    assert pool.pool[where : where + 3].tobytes() == b"fgh"
    assert pool.present[where - 5 : where + 3].tolist() == [0] * 5 + [1] * 3
    assert int(pool.row.mark_packet[find_mark(pool.row, 0)]) == 2


@pytest.mark.parametrize("drop", [10, SLOT_BYTES // 2 + 10])
def test_the_rest_moves_where_the_end_has_no_room(drop: int) -> None:
    """A slot is as large as ever after bytes were dropped: what is left moves to the front once, flags and all."""
    pool = Pool()
    data = bytes(range(256)) * (SLOT_BYTES // 256)
    pool.store(0, data)
    pool.shift(drop)
    pool.store(SLOT_BYTES - drop + 4, b"uv")
    assert (int(pool.row.begin), pool.held) == (0, data[drop:])
    assert (int(pool.row.ahead), int(pool.present.sum())) == (2, SLOT_BYTES - drop + 2)
    assert pool.store(SLOT_BYTES - drop, b"qrst" + b"uv" + bytes(drop - 6)) == drop
    assert pool.held == data[drop:] + b"qrstuv" + bytes(drop - 6)
    assert int(pool.row.begin) == 0


def test_the_oldest_slot() -> None:
    """The slot whose first bytes came first is found."""
    pool = Pool(3)
    for packet in (5, 3, 4):
        pool.store(0, b"x", packet)
        pool.slot = take_slot(pool.slots, pool.scalars)
    assert find_oldest(pool.slots) == 1


@given(
    pieces=st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20)), max_size=40),
    shifts=st.lists(st.integers(0, 20), max_size=40),
)
def test_any_pieces_in_any_order(pieces: list[tuple[int, int]], shifts: list[int]) -> None:
    """A slot holds what a plain model holds: bytes, holes, and a packet for each byte."""
    pool, model, start = Pool(1), dict[int, tuple[int, int]](), 0
    for packet, (at, count) in enumerate(pieces):
        data = bytes((packet * 31 + k) % 256 for k in range(count))
        pool.store(at, data, packet)
        for k, byte in enumerate(data):
            model.setdefault(start + at + k, (byte, packet))
        if packet < len(shifts):
            drop = min(shifts[packet], int(pool.row.held))
            if 0 < drop < int(pool.row.top):
                pool.shift(drop)
                start += drop
        held = 0
        while start + held in model:
            held += 1
        ahead = [where for where in model if where >= start + held]
        assert pool.held == bytes(model[start + k][0] for k in range(held))
        assert (int(pool.row.held), int(pool.row.ahead)) == (held, len(ahead))
        if pool.row.marks < MARKS:
            packets = [int(pool.row.mark_packet[find_mark(pool.row, k)]) for k in range(held)]
            assert packets == [model[start + k][1] for k in range(held)]
