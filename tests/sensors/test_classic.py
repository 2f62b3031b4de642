"""The classic capture format."""

from __future__ import annotations

import struct

import pytest

from sensors.classic import is_magic, parse_header
from tests.support.capture_files import PACKETS, START_NS, Seen, pack_classic, read_blob

MAGICS = (0xA1B2C3D4, 0xA1B23C4D, 0xA1B2CD34)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("magic", MAGICS)
def test_every_variant_gives_the_same_packets(order: str, magic: int) -> None:
    """Byte order, unit of time and modified record headers change nothing but the file."""
    packets, capture = read_blob(pack_classic(order=order, magic=magic))
    assert packets == list(PACKETS)
    assert capture.fault is None
    assert capture.counters["packets_truncated"] == 4


@pytest.mark.parametrize("order", ["<", ">"])
def test_nanoseconds_are_kept(order: str) -> None:
    """A nanosecond file gives times to the nanosecond."""
    packets = [Seen(START_NS + 789, b"abc", 3)]
    assert read_blob(pack_classic(packets, order=order, magic=0xA1B23C4D))[0] == packets


def test_the_header_is_read_in_both_orders() -> None:
    """Every field of the header is found whichever way it is written."""
    for order, is_little in (("<", True), (">", False)):
        header = parse_header(pack_classic([], order=order, link_field=0xF4000071, snaplen=96, version=(2, 3)))
        assert header is not None
        assert (header.is_little, header.major, header.minor, header.snaplen) == (is_little, 2, 3, 96)
        assert header.link_field == 0xF4000071
        assert header.variant.unit_ns == 1000


def test_other_magic_numbers_are_not_ours() -> None:
    """A header without one of the magic numbers is another format's."""
    assert parse_header(bytes(24)) is None
    assert not is_magic(b"\x0a\x0d\x0d\x0a")
    assert all(is_magic(struct.pack(order + "I", magic)) for order in "<>" for magic in MAGICS)


def test_fcs_bits_of_the_link_type_are_ignored() -> None:
    """The upper bits of the link type field do not change the link type."""
    assert {packet.linktype for packet in read_blob(pack_classic(link_field=0x24000071))[0]} == {113}


def test_the_last_second_does_not_overflow() -> None:
    """The largest time a record can hold is within int64, and an impossible fraction is clamped and counted."""
    blob = pack_classic([]) + struct.pack("<IIII", 0xFFFFFFFF, 0xFFFFFFFF, 0, 0)
    packets, capture = read_blob(blob)
    assert packets[0].ts_ns == 0xFFFFFFFF * 1_000_000_000 + 999_999_000
    assert capture.counters["times_clamped"] == 1


def test_a_wirelen_below_the_caplen_is_raised() -> None:
    """More bytes than were on the wire cannot have been captured: the larger number is kept and counted."""
    packets, capture = read_blob(pack_classic([Seen(0, bytes(60), 10)]))
    assert packets[0].wirelen == 60
    assert capture.counters["lengths_raised"] == 1


def test_a_caplen_beyond_the_snaplen_is_kept() -> None:
    """Writers that forget their own snaplen are common: the packet is kept and counted."""
    packets, capture = read_blob(pack_classic([Seen(0, bytes(60), 60), Seen(0, bytes(40), 40)], snaplen=40))
    assert len(packets) == 2
    assert capture.counters["packets_beyond_snaplen"] == 1
    assert read_blob(pack_classic([Seen(0, bytes(60), 60)], snaplen=0))[1].counters["packets_beyond_snaplen"] == 0


@pytest.mark.parametrize("caplen", [262145, 0x7FFFFFFF, 0xFFFFFFFF])
def test_an_impossible_caplen_ends_the_packets(caplen: int) -> None:
    """A caplen above 256 KiB is a fault at its offset, and what lies before is kept."""
    blob = pack_classic() + struct.pack("<IIII", 1, 2, caplen, caplen) + bytes(100)
    packets, capture = read_blob(blob)
    assert packets == list(PACKETS)
    assert f"byte {len(pack_classic())}: impossible packet length {caplen}" in str(capture.fault)


def test_the_largest_packet_is_read() -> None:
    """A packet of 256 KiB is read, also when the window is smaller."""
    packets = [Seen(0, bytes(262144), 262144)] * 3
    assert read_blob(pack_classic(packets), window_bytes=1000)[0] == packets
