"""The pcapng capture format."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors import pcapng
from sensors.pcapng import PcapngWalker, parse_options
from sensors.walk import Columns
from tests.support.capture_files import (
    PACKETS,
    START_NS,
    Seen,
    pack_block,
    pack_enhanced,
    pack_interface,
    pack_obsolete,
    pack_option,
    pack_pcapng,
    pack_section,
    pack_simple,
    read_blob,
)

ORDERS = pytest.mark.parametrize("order", ["<", ">"])
PACKET = Seen(START_NS, b"abcdefg", 7)


@ORDERS
def test_both_byte_orders_give_the_same_packets(order: str) -> None:
    """Byte order changes nothing but the file."""
    packets, capture = read_blob(pack_pcapng(order=order))
    assert packets == list(PACKETS)
    assert capture.fault is None
    assert (capture.counters["sections"], capture.counters["interfaces"]) == (1, 1)


@ORDERS
def test_all_packet_blocks_and_options_are_read(order: str) -> None:
    """Enhanced (with options), obsolete and simple blocks stand side by side; the simple one has the time before."""
    options = pack_option(1, b"a comment", order=order) + bytes(4)
    section = pack_section(order=order, options=pack_option(4, b"a writer", order=order) + bytes(4))
    packet_blocks = (
        pack_enhanced(PACKET, order=order, options=options)
        + pack_obsolete(PACKET, order=order)
        + pack_simple(PACKET._replace(data=b"1234", wirelen=4), order=order)
    )
    name_block = pack_block(4, bytes(4), order=order)
    blob = section + pack_interface(order=order) + name_block + packet_blocks + name_block
    packets, capture = read_blob(blob)
    assert packets == [PACKET, PACKET, Seen(START_NS, b"1234", 4)]
    assert (capture.counters["packets_without_time"], capture.counters["blocks_skipped"]) == (1, 2)


def test_a_simple_block_ends_at_the_snaplen() -> None:
    """The snaplen of the first interface and the wire length tell where a simple block's padding begins."""
    blob = pack_section() + pack_interface(snaplen=6) + pack_simple(Seen(0, b"abcdef", 60))
    assert read_blob(blob + pack_simple(Seen(0, b"xy", 2)))[0] == [Seen(0, b"abcdef", 60), Seen(0, b"xy", 2)]


@pytest.mark.parametrize(
    ("resolution", "ticks", "ts_ns"),
    [
        (0, 1_700_000_000, 1_700_000_000_000_000_000),
        (3, 1_700_000_000_123, 1_700_000_000_123_000_000),
        (9, START_NS + 1, START_NS + 1),
        (12, 1_234_567_890_999, 1_234_567_890),
        (0x80, 1_700_000_000, 1_700_000_000_000_000_000),
        (0x80 | 10, 1025, 1_000_976_562),
        (0x80 | 32, (3 << 32) + (1 << 31), 3_500_000_000),
        (0x80 | 63, (1 << 63) | (1 << 62), 1_500_000_000),
    ],
)
@ORDERS
def test_resolutions_of_ten_and_of_two(order: str, resolution: int, ticks: int, ts_ns: int) -> None:
    """``if_tsresol`` gives the power of ten or of two of a tick."""
    options = pack_option(9, bytes((resolution,)), order=order)
    blob = pack_section(order=order) + pack_interface(order=order, options=options)
    packets, _ = read_blob(blob + pack_enhanced(PACKET, ticks, order=order))
    assert packets[0].ts_ns == ts_ns


@ORDERS
@pytest.mark.parametrize("offset_s", [1_600_000_000, -5])
def test_an_offset_is_added(order: str, offset_s: int) -> None:
    """``if_tsoffset`` is in seconds and may lead before 1970."""
    options = pack_option(14, struct.pack(order + "q", offset_s), order=order)
    blob = pack_section(order=order) + pack_interface(order=order, options=options)
    packets, _ = read_blob(blob + pack_enhanced(PACKET, 3, order=order))
    assert packets[0].ts_ns == offset_s * 1_000_000_000 + 3_000


@pytest.mark.parametrize("offset_s", [2**63 - 1, -(2**63)])
def test_hostile_times_are_clamped_and_counted(offset_s: int) -> None:
    """No time stamp leaves int64."""
    options = pack_option(14, struct.pack("<q", offset_s)) + pack_option(9, b"\x00")
    blob = pack_section() + pack_interface(options=options) + pack_enhanced(PACKET, 2**64 - 1)
    packets, capture = read_blob(blob)
    assert abs(packets[0].ts_ns) >= 9_223_372_035_000_000_000
    assert capture.counters["times_clamped"] == 1


def test_interfaces_have_clocks_and_link_types_of_their_own() -> None:
    """Packets of several interfaces mix, each by its own interface."""
    nanoseconds = pack_option(9, b"\x09")
    interfaces = pack_interface(1) + pack_interface(101, options=nanoseconds) + pack_interface(276)
    blob = pack_section() + interfaces + pack_enhanced(PACKET, 8, interface=1) + pack_enhanced(PACKET, 8, interface=2)
    packets, _ = read_blob(blob + pack_enhanced(PACKET, 8))
    assert [(packet.ts_ns, packet.linktype) for packet in packets] == [(8, 101), (8_000, 276), (8_000, 1)]


def test_sections_forget_interfaces_and_may_change_the_byte_order() -> None:
    """Every section begins with no interface; a packet that names one of the section before is counted."""
    second = pack_section(order=">") + pack_enhanced(PACKET, order=">") + pack_interface(113, order=">")
    packets, capture = read_blob(pack_pcapng() + second + pack_enhanced(PACKET, order=">"))
    assert packets == [*PACKETS, PACKET._replace(linktype=113)]
    assert (capture.counters["sections"], capture.counters["packets_unknown_interface"]) == (2, 1)


def test_packets_of_an_unknown_link_type_are_counted() -> None:
    """An interface that cannot be read costs its own packets and no others, and takes no ordinals."""
    blob = pack_section() + pack_interface(105) + pack_interface(1)
    blob += pack_enhanced(PACKET) + pack_enhanced(PACKET, interface=1) + pack_enhanced(PACKET)
    packets, capture = read_blob(blob)
    assert packets == [PACKET]
    assert capture.fault is None
    assert capture.counters["packets_unknown_linktype"] == 2
    assert capture.counters["interfaces_unknown_linktype"] == 1


def test_the_table_of_interfaces_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Interfaces beyond the bound are dropped and counted, and so are their packets."""
    monkeypatch.setattr(pcapng, "MAX_INTERFACES", 20)
    blob = pack_section() + pack_interface() * 25 + pack_enhanced(PACKET, interface=19)
    packets, capture = read_blob(blob + pack_enhanced(PACKET, interface=20))
    assert packets == [PACKET]
    counted = (capture.counters["interfaces_dropped"], capture.counters["packets_unknown_interface"])
    assert counted == (5, 1)


@pytest.mark.parametrize("window_bytes", [64, 8 << 20])
def test_a_large_unknown_block_needs_no_memory(window_bytes: int) -> None:
    """A block of three mebibytes is skipped whatever the window."""
    blob = pack_pcapng([PACKET]) + pack_block(0x0BAD, bytes(3 << 20)) + pack_enhanced(PACKET)
    packets, capture = read_blob(blob, window_bytes=window_bytes)
    assert packets == [PACKET, PACKET]
    assert capture.counters["blocks_skipped"] == 1


@pytest.mark.parametrize(
    ("block", "message"),
    [
        (struct.pack("<III", 6, 13, 0) + bytes(9), "impossible block length 13"),
        (struct.pack("<III", 1, 12, 12), "impossible block length 12"),
        (struct.pack("<III", 1, 2 << 20, 0), "impossible block length"),
        (pack_enhanced(PACKET)[:-4] + bytes(4), "two length fields differ"),
        (pack_interface()[:-4] + bytes(4), "two length fields differ"),
        (pack_enhanced(PACKET)[:20] + b"\xff\xff\xff\x7f" + pack_enhanced(PACKET)[24:], "impossible packet length"),
        (struct.pack("<III", 0x0A0D0D0A, 28, 7) + bytes(16), "without a byte-order magic"),
        (pack_section(version=(2, 0)), "version 2.0"),
        (pack_section()[:20], "cut off"),
        (pack_enhanced(PACKET)[:-1], "cut off"),
        (b"\x06\0\0", "cut off"),
        (pack_block(0x0BAD, bytes(2 << 20))[:-1], "cut off"),
    ],
)
@pytest.mark.parametrize("window_bytes", [64, 8 << 20])
def test_what_cannot_be_read_is_told(block: bytes, message: str, window_bytes: int) -> None:
    """A bad block ends the packets with a fault at its offset; what lies before is kept."""
    packets, capture = read_blob(pack_pcapng() + block, window_bytes=window_bytes)
    assert packets == list(PACKETS)
    assert message in str(capture.fault)
    assert "byte " in str(capture.fault)


@given(st.binary(max_size=80), st.sampled_from("<>"))
def test_any_options_end(blob: bytes, order: str) -> None:
    """Options of any bytes are read within their block."""
    for _, value in parse_options(blob + bytes(4), 0, order):
        assert value in blob


@given(st.binary(max_size=200))
def test_a_walk_stays_in_its_window(blob: bytes) -> None:
    """Whatever follows a section's head, packets lie inside the window."""
    data = np.frombuffer(pack_section() + pack_interface() + blob, np.uint8)
    columns = Columns.make(len(data))
    walk = PcapngWalker().walk(data, len(data), columns)
    ends = columns.offset[: walk.n] + columns.caplen[: walk.n]
    assert all(end <= len(data) for end in ends.tolist())
