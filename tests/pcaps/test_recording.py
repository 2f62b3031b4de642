"""Stretching a recording changes times only, and gives the same file every time."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from pcaps.scenarios.rig.recording import read_packets, write_stretched
from wanglou.errors import WanglouError

PACKETS = [(1_700_000_000_900_000, b"first"), (1_700_000_000_950_000, b"second"), (1_700_000_001_000_000, b"third")]


def write_pcap(path: Path) -> None:
    """Write the three packets as tcpdump would."""
    out = struct.pack("=IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, 1)
    for time_us, data in PACKETS:
        out += struct.pack("=IIII", time_us // 1_000_000, time_us % 1_000_000, len(data), len(data)) + data
    path.write_bytes(out)


def test_times_are_stretched_about_the_first_packet(tmp_path: Path) -> None:
    """The first time stays; distances grow by the scale; bytes stay as they are."""
    source, target = tmp_path / "raw.pcap", tmp_path / "out.pcap"
    write_pcap(source)
    assert write_stretched(source, target, 20, lambda *_: True) == 3
    first = PACKETS[0][0]
    assert list(read_packets(target)) == [
        (first, b"first"),
        (first + 1_000_000, b"second"),
        (first + 2_000_000, b"third"),
    ]


def test_packets_can_be_left_out(tmp_path: Path) -> None:
    """Packets that are not kept are missing and the others keep their times."""
    source, target = tmp_path / "raw.pcap", tmp_path / "out.pcap"
    write_pcap(source)
    assert write_stretched(source, target, 1, lambda ordinal, _: ordinal != 0) == 2
    assert list(read_packets(target)) == PACKETS[1:]


def test_compressed_file_repeats_itself(tmp_path: Path) -> None:
    """The same packets give the same gzip bytes, whatever the name and the hour."""
    source = tmp_path / "raw.pcap"
    write_pcap(source)
    for name in ("one.pcap.gz", "two.pcap.gz"):
        write_stretched(source, tmp_path / name, 1, lambda *_: True)
    assert (tmp_path / "one.pcap.gz").read_bytes() == (tmp_path / "two.pcap.gz").read_bytes()
    assert list(read_packets(tmp_path / "one.pcap.gz")) == PACKETS


def test_other_files_are_refused(tmp_path: Path) -> None:
    """A file that is no microsecond pcap is refused by name."""
    path = tmp_path / "notes.pcap"
    path.write_bytes(b"not a capture at all, but long enough")
    with pytest.raises(WanglouError, match=r"notes\.pcap"):
        list(read_packets(path))
