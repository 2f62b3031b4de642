"""Packets of the benchmarks: order and checksums."""

from __future__ import annotations

import numpy as np

from bench.packets import Sent, advance, get16, lay_udp, put32


def test_numbers_follow_the_bytes() -> None:
    """Each side's sequence number moves by what it sent, and the other side acknowledges it."""
    sequence = np.array([[100, 500]])
    server = np.array([False, True, False])
    seq, ack = advance(sequence, np.zeros(3, dtype=np.int64), server, np.array([10, 20, 30]))
    assert (seq.tolist(), ack.tolist()) == ([100, 500, 110], [500, 110, 520])
    assert sequence.tolist() == [[140, 520]]


def test_checksums_of_udp() -> None:
    """The words of the pseudo header and the datagram add up to all ones (RFC 768)."""
    payload = np.frombuffer(b"abc\0", dtype=np.uint8).reshape(1, 4)
    one = np.ones(1, dtype=np.int64)
    packets, length = lay_udp(Sent(one, one, one, one == 0, payload, 3 * one), 53)
    total = 17 + 11 + sum(int(get16(packets, column)[0]) for column in (26, 28, 30, 32, *range(34, 46, 2)))
    assert (total & 0xFFFF) + (total >> 16) == 0xFFFF
    assert length.tolist() == [14 + 20 + 8 + 3]


def test_numbers_are_big_endian() -> None:
    """The first byte counts most."""
    out = np.zeros((1, 4), dtype=np.uint8)
    put32(out, 0, np.array([0x01020304]))
    assert out.tolist() == [[1, 2, 3, 4]]
