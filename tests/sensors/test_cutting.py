"""Cutting packets out of a capture."""

from __future__ import annotations

import gzip
import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.cutting import MAX_CUT, Packet, cut_packets, write_cut
from sensors.pcap import open_capture
from tests.support.capture_files import (
    PACKETS,
    Seen,
    list_packets,
    pack_classic,
    pack_enhanced,
    pack_interface,
    pack_option,
    pack_section,
)
from tests.support.requirements import require
from wanglou.errors import CaptureError, UsageError


@pytest.fixture(name="path")
def make_path(tmp_path: Path) -> Path:
    """Give a packed capture of eight packets."""
    path = tmp_path / "capture.pcap.gz"
    path.write_bytes(gzip.compress(pack_classic()))
    return path


def test_packets_are_given_by_ordinal(path: Path) -> None:
    """In the order of the file, each once, whatever the order they are asked for in."""
    seven, two = PACKETS[7], PACKETS[2]
    assert cut_packets(path, [7, 2, 7]) == [
        Packet(2, two.ts_ns, 1, two.wirelen, two.data),
        Packet(7, seven.ts_ns, 1, seven.wirelen, seven.data),
    ]
    assert cut_packets(path, []) == []


@given(st.sets(st.integers(0, len(PACKETS) - 1)))
def test_a_cut_holds_the_packets_unchanged(tmp_path_factory: pytest.TempPathFactory, ordinals: set[int]) -> None:
    """Times, lengths, link types and bytes are those of the capture."""
    folder = tmp_path_factory.mktemp("cut")
    (folder / "in").write_bytes(pack_classic())
    assert write_cut(folder / "in", sorted(ordinals), folder / "out") == len(ordinals)
    assert list_packets(open_capture(folder / "out")) == [PACKETS[ordinal] for ordinal in sorted(ordinals)]


def test_link_types_nanoseconds_and_early_times_are_kept(tmp_path: Path) -> None:
    """Interfaces of several link types, and times of before 1970 and of the last nanosecond, survive a cut."""
    nanoseconds = pack_option(9, b"\x09")
    before = nanoseconds + pack_option(14, struct.pack("<q", -(2**37)))
    blob = pack_section() + pack_interface(1, options=nanoseconds) + pack_interface(276, options=nanoseconds)
    blob += pack_interface(101, options=nanoseconds + pack_option(14, struct.pack("<q", -100)))
    blob += pack_interface(101, options=before)
    ticks = (1_700_000_000_123_456_789, 5, 1, 2**64 - 1)
    for interface, tick in enumerate(ticks):
        blob += pack_enhanced(Seen(0, b"abc", 7), tick, interface=interface)
    (tmp_path / "in").write_bytes(blob + pack_enhanced(Seen(0, b"", 0), 2**64 - 1))
    write_cut(tmp_path / "in", range(5), tmp_path / "out")
    packets = list_packets(open_capture(tmp_path / "in"))
    assert list_packets(open_capture(tmp_path / "out")) == packets
    assert [packet.linktype for packet in packets] == [1, 276, 101, 101, 1]
    assert packets[2].ts_ns == -99_999_999_999


def test_reading_stops_at_the_last_packet_wanted(tmp_path: Path) -> None:
    """A fault behind the last packet wanted does not matter; one before it does."""
    path = tmp_path / "capture.pcap"
    path.write_bytes(pack_classic() + struct.pack("<IIII", 1, 2, 0x7FFFFFFF, 0))
    assert [packet.data for packet in cut_packets(path, [7])] == [PACKETS[7].data]
    with pytest.raises(CaptureError, match="impossible packet length"):
        cut_packets(path, [7, 8])


def test_a_packet_that_is_not_there_is_told(path: Path) -> None:
    """The message names the packet and how many there are."""
    with pytest.raises(CaptureError, match="packet 8 is not there, the file holds 8"):
        cut_packets(path, [1, 8])


@pytest.mark.parametrize("ordinals", [[-1], range(MAX_CUT + 1)])
def test_impossible_wishes_are_refused(path: Path, ordinals: list[int]) -> None:
    """Negative ordinals and too many packets are errors of use."""
    with pytest.raises(UsageError):
        cut_packets(path, ordinals)


def test_a_place_that_cannot_be_written_is_told(path: Path, tmp_path: Path) -> None:
    """The message names the place."""
    with pytest.raises(CaptureError, match="cannot be written"):
        write_cut(path, [1], tmp_path / "none" / "out")


def test_other_programs_read_a_cut(path: Path, tmp_path: Path) -> None:
    """Wireshark's own programs find the packets of a cut and no fault."""
    require(shutil.which("editcap"), "editcap is missing: tools/system-packages.sh dissect")
    cut, converted = tmp_path / "cut.pcapng", tmp_path / "converted.pcap"
    write_cut(path, [1, 3, 6], cut)
    subprocess.run(["editcap", "-F", "nsecpcap", str(cut), str(converted)], check=True, capture_output=True)
    assert list_packets(open_capture(converted)) == [PACKETS[1], PACKETS[3], PACKETS[6]]
