"""The kernel over packet blocks."""

from __future__ import annotations

import struct
from typing import NamedTuple

import numpy as np
import pytest

from sensors import blocks
from sensors.walk import BLOCKS_SKIPPED, LITTLE, TALLY, UNKNOWN_INTERFACE, UNKNOWN_LINKTYPE, WITHOUT_TIME, Columns
from tests.support.capture_files import Seen, pack_block, pack_enhanced, pack_interface, pack_obsolete, pack_simple

PACKET = Seen(5_000, b"abcde", 9)
INTERFACES = np.array([[1, 0, 6, 0, 0], [-1, 0, 6, 0, 0], [101, 0, 6, 0, 0]], np.int64)


class Result(NamedTuple):
    """What a walk returned, and what it wrote."""

    n: int
    at: int
    needed: int
    status: int
    columns: Columns
    tally: list[int]


def walk(blob: bytes, *, previous_ns: int = 0) -> Result:
    """Run the kernel over ``blob``."""
    columns, tally = Columns.make(len(blob)), np.zeros(len(TALLY), np.int64)
    arrays = (columns.offset, columns.caplen, columns.wirelen, columns.ts_ns, columns.linktype, tally)
    data = np.frombuffer(blob, np.uint8)
    found = blocks.walk_blocks(data, 0, len(data), LITTLE, 3, INTERFACES, 0, previous_ns, *arrays)
    return Result(*found, columns, tally.tolist())


@pytest.mark.parametrize("block", [pack_enhanced(PACKET), pack_obsolete(PACKET, drops=3)], ids=["enhanced", "obsolete"])
def test_packet_blocks_give_their_packet(block: bytes) -> None:
    """Enhanced and obsolete blocks give offset, lengths and time."""
    result = walk(block)
    assert (result.n, result.at, result.status) == (1, len(block), blocks.WANTS_MORE)
    columns = result.columns
    assert (columns.offset[0], columns.caplen[0], columns.wirelen[0], columns.ts_ns[0]) == (28, 5, 9, 5_000)


def test_a_simple_block_takes_the_time_before() -> None:
    """A block without a time takes that of the packet before it, and is counted."""
    result = walk(pack_simple(PACKET), previous_ns=77)
    assert (result.columns.ts_ns[0], result.columns.caplen[0], result.tally[WITHOUT_TIME]) == (77, 8, 1)


def test_unknown_blocks_and_interfaces_are_passed_over() -> None:
    """What cannot be read is counted, and the walk goes on."""
    blob = pack_block(0x0BAD, bytes(40)) + pack_enhanced(PACKET, interface=1) + pack_enhanced(PACKET, interface=3)
    result = walk(blob + pack_enhanced(PACKET, interface=2))
    assert (result.n, result.at, result.columns.linktype[0]) == (1, len(blob) + 40, 101)
    counted = (result.tally[BLOCKS_SKIPPED], result.tally[UNKNOWN_LINKTYPE], result.tally[UNKNOWN_INTERFACE])
    assert counted == (1, 1, 1)


def test_a_block_that_changes_the_state_stops_the_walk() -> None:
    """Interface descriptions are left to the caller."""
    blob = pack_enhanced(PACKET)
    result = walk(blob + pack_interface())
    assert (result.n, result.at, result.status) == (1, len(blob), blocks.MEETS_STATE)


@pytest.mark.parametrize("missing", [1, 20, 30])
def test_an_incomplete_block_tells_its_need(missing: int) -> None:
    """The length of a block is told as soon as it is known."""
    block = pack_enhanced(PACKET)
    result = walk(block[:-missing])
    assert (result.n, result.at, result.status) == (0, 0, blocks.WANTS_MORE)
    assert result.needed == (len(block) if missing < 29 else blocks.BLOCK_MIN)


def test_a_large_unknown_block_is_skipped_unseen() -> None:
    """A block above the bound is passed over by its length, which may lie past the window."""
    result = walk(struct.pack("<III", 0x0BAD, 4 << 20, 0))
    assert (result.at, result.status, result.tally[BLOCKS_SKIPPED]) == (4 << 20, blocks.WANTS_MORE, 1)


@pytest.mark.parametrize("total", [0, 4, 11, 13, 28, (1 << 20) + 4, 0xFFFFFFFC])
def test_impossible_block_lengths_are_faults(total: int) -> None:
    """A packet block must be a multiple of four, hold its head and stay within a mebibyte."""
    result = walk(struct.pack("<III", 6, total, 0) + bytes(100))
    assert (result.n, result.at, result.needed, result.status) == (0, 0, total, blocks.BAD_LENGTH)


def test_lengths_that_differ_are_a_fault() -> None:
    """The length at the end of a block must be that at its head."""
    assert walk(pack_enhanced(PACKET)[:-4] + struct.pack("<I", 44)).status == blocks.BAD_TRAILER


@pytest.mark.parametrize("caplen", [9, 0x7FFFFFFF, 0xFFFFFFFF])
def test_a_caplen_beyond_the_block_is_a_fault(caplen: int) -> None:
    """A packet ends where its block does; five bytes are padded to eight here, which is the most that fits."""
    block = bytearray(pack_enhanced(PACKET))
    struct.pack_into("<I", block, 20, caplen)
    result = walk(bytes(block))
    assert (result.needed, result.status) == (caplen, blocks.BAD_CAPLEN)
