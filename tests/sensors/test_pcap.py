"""Opening capture files and reading them as batches."""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from sensors.pcap import open_capture
from tests.support.capture_files import (
    PACKETS,
    Seen,
    list_packets,
    pack_block,
    pack_classic,
    pack_enhanced,
    pack_interface,
    pack_obsolete,
    pack_option,
    pack_pcapng,
    pack_section,
    pack_simple,
    read_blob,
)
from tests.support.requirements import ROOT, SHARED, require
from wanglou.errors import CaptureError

CAPTURES = sorted(path for path in (SHARED / "captures").rglob("*.pcap*") if path.is_file())
NO_CAPTURES = pytest.param(None, id="no reference captures")

MIXED = (
    pack_section()
    + pack_interface(options=pack_option(9, b"\x8a"))
    + pack_interface(105)
    + b"".join(pack_enhanced(packet, interface=number % 2) for number, packet in enumerate(PACKETS))
    + pack_block(0x0BAD, bytes(50))
    + pack_simple(Seen(0, b"abcdefgh", 8))
    + pack_section(order=">")
    + pack_interface(113, order=">")
    + pack_obsolete(PACKETS[3], order=">")
    + pack_enhanced(PACKETS[5], interface=9, order=">")
)
BLOBS = {
    "classic": pack_classic(),
    "big-endian": pack_classic(order=">"),
    "nanoseconds": pack_classic(magic=0xA1B23C4D),
    "modified": pack_classic(magic=0xA1B2CD34),
    "pcapng": pack_pcapng(),
    "mixed": MIXED,
    "impossible": pack_classic() + struct.pack("<IIII", 1, 2, 0x7FFFFFFF, 0),
    "gzip": gzip.compress(pack_classic()),
    "gzip cut off": gzip.compress(pack_classic(PACKETS * 9))[:-9],
    "zstd": zstandard.ZstdCompressor().compress(MIXED),
}


def summarise(blob: bytes, window_bytes: int) -> tuple[object, ...]:
    """Give all that a reader learns of a file, or the message that refuses it."""
    try:
        packets, capture = read_blob(blob, window_bytes=window_bytes)
    except CaptureError as error:
        return ("refused", error.what)
    fault = (capture.fault.what, capture.fault.where.partition(": byte ")[2]) if capture.fault else None
    return packets, capture.counters, fault


@pytest.mark.parametrize("name", BLOBS)
@pytest.mark.parametrize("window_bytes", [1, 17, 64, 1000])
def test_packets_do_not_depend_on_the_window(name: str, window_bytes: int) -> None:
    """Packets, counters and fault are the same whatever is read at a time."""
    assert summarise(BLOBS[name], window_bytes) == summarise(BLOBS[name], 8 << 20)


@given(
    st.sampled_from(sorted(BLOBS)),
    st.lists(st.tuples(st.integers(0, 4000), st.binary(min_size=1, max_size=4)), max_size=4),
    st.integers(0, 4000),
    st.integers(1, 200),
)
def test_damaged_files_are_read_alike_or_refused(
    name: str, patches: list[tuple[int, bytes]], end: int, window_bytes: int
) -> None:
    """Whatever is overwritten or cut off, nothing but ``CaptureError`` is raised, and the window does not matter."""
    blob = bytearray(BLOBS[name])
    for at, patch in patches:
        blob[at % len(blob) : at % len(blob) + len(patch)] = patch
    damaged = bytes(blob[:end])
    assert summarise(damaged, window_bytes) == summarise(damaged, 8 << 20)


@given(st.sampled_from(sorted(BLOBS)), st.integers(0, 40), st.binary(max_size=300), st.integers(1, 100))
def test_any_bytes_are_read_alike_or_refused(name: str, keep: int, tail: bytes, window_bytes: int) -> None:
    """Any bytes, with or without the head of a capture, are packets, a fault or a refusal."""
    blob = BLOBS[name][:keep] + tail
    assert summarise(blob, window_bytes) == summarise(blob, 8 << 20)


@pytest.mark.parametrize("end", range(len(pack_classic()) - 5, len(pack_classic())))
def test_a_cut_inside_a_record_keeps_what_lies_before(end: int) -> None:
    """Every whole packet is given, and the fault names the offset of the record that is not."""
    packets, capture = read_blob(pack_classic()[:end])
    assert packets == list(PACKETS[:-1])
    assert f"byte {len(pack_classic(PACKETS[:-1]))}: the file is cut off inside a record" in str(capture.fault)
    assert "packets before it were read" in str(capture.fault)


@pytest.mark.parametrize("blob", [pack_classic(), pack_pcapng()], ids=["classic", "pcapng"])
def test_packing_changes_nothing(blob: bytes, tmp_path: Path) -> None:
    """Gzip members and zstd frames cut anywhere give the packets of the plain file, under any name."""
    halves = blob[:50], blob[50:]
    for pack in (gzip.compress, zstandard.ZstdCompressor().compress):
        path = tmp_path / "capture.txt"
        path.write_bytes(b"".join(pack(half) for half in halves))
        capture = open_capture(path)
        assert list_packets(capture) == list(PACKETS)
        assert capture.fault is None
        assert capture.position_bytes == capture.size_bytes == path.stat().st_size


def test_a_damaged_gzip_file_keeps_what_could_be_unpacked() -> None:
    """A fault of the packing is told with the offset in the unpacked bytes."""
    blob = pack_classic(PACKETS * 50)
    packets, capture = read_blob(gzip.compress(blob)[:-8])
    assert packets == list(PACKETS * 50)
    assert f"byte {len(blob)} of the unpacked data: the gzip stream is cut off" in str(capture.fault)


def test_identity_is_the_digest_of_the_stored_bytes(tmp_path: Path) -> None:
    """The packed file's own SHA-256, and the enterprise where one was given."""
    path = tmp_path / "capture.pcap.gz"
    path.write_bytes(gzip.compress(pack_classic()))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert open_capture(path).identity == digest
    assert open_capture(path, enterprise="plant-7").identity == f"{digest}@plant-7"


def test_counters_and_batches_begin_anew_with_every_reading(tmp_path: Path) -> None:
    """Reading twice gives the same packets and counts them once."""
    path = tmp_path / "capture.pcap"
    path.write_bytes(pack_classic())
    capture = open_capture(path, window_bytes=100)
    assert list_packets(capture) == list_packets(capture) == list(PACKETS)
    assert capture.counters["packets"] == len(PACKETS)
    assert capture.counters["bytes"] == sum(len(packet.data) for packet in PACKETS)
    assert capture.counters["bytes_on_wire"] == sum(packet.wirelen for packet in PACKETS)


def test_batches_own_their_buffers(tmp_path: Path) -> None:
    """Writing to a batch changes neither the next one nor the file."""
    path = tmp_path / "capture.pcap"
    path.write_bytes(pack_classic())
    packets: list[bytes] = []
    for batch in open_capture(path, window_bytes=100).batches():
        for start, length in zip(batch.offset.tolist(), batch.caplen.tolist(), strict=True):
            packets.append(batch.data[start : start + length].tobytes())
        batch.data[:] = 0xFF
    assert packets == [packet.data for packet in PACKETS]


@pytest.mark.parametrize("name", BLOBS)
def test_reusing_the_buffer_changes_no_packet(name: str, tmp_path: Path) -> None:
    """Batches that are used up one by one are the same in one buffer as in many."""
    path = tmp_path / "capture"
    path.write_bytes(BLOBS[name])
    capture = open_capture(path, window_bytes=200)
    anew = [
        batch.data[start : start + length].tobytes()
        for batch in capture.batches(reuse=True)
        for start, length in zip(batch.offset.tolist(), batch.caplen.tolist(), strict=True)
    ]
    assert anew == [packet.data for packet in list_packets(capture)]


@pytest.mark.parametrize("blob", [pack_classic([]), pack_section(), pack_section() + pack_interface()])
def test_a_capture_without_packets_is_no_fault(blob: bytes) -> None:
    """A header alone is a whole capture."""
    packets, capture = read_blob(blob)
    assert (packets, capture.fault) == ([], None)


@pytest.mark.parametrize(
    ("blob", "message"),
    [
        (b"", "empty"),
        (gzip.compress(b"", mtime=0), "an empty file that was packed"),
        (gzip.compress(gzip.compress(pack_classic(), mtime=0), mtime=0), "gzip inside another packing"),
        (b"\x1f\x8b\xff\xff", "gzip stream is"),
        (b"ts,src,dst\n1,2,3\n", "looks like text"),
        (b"\x7fELF\x02\x01\x01", "an ELF program"),
        (b"PK\x03\x04", "a zip archive"),
        (pack_classic()[:23], "byte 23: the file is cut off inside its header"),
        (pack_classic(version=(2, 2)), "pcap version 2.2"),
        (pack_classic(link_field=105), "link type 105 (IEEE802_11) is not read"),
        (pack_section(version=(3, 1)), "pcapng version 3.1"),
        (pack_section()[:8] + bytes(4), "without a byte-order magic"),
    ],
)
def test_what_is_no_capture_is_refused(blob: bytes, message: str) -> None:
    """The message says what the file is instead, and where."""
    with pytest.raises(CaptureError) as caught:
        read_blob(blob)
    assert message in str(caught.value)
    assert caught.value.where
    assert caught.value.do


def test_an_unknown_link_type_is_told_with_those_that_are_read() -> None:
    """What to capture with instead is part of the message."""
    with pytest.raises(CaptureError, match="EN10MB 1, RAW 101"):
        read_blob(pack_classic(link_field=105))


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    """Folders, missing files and pipes are told apart, without waiting on any."""
    os.mkfifo(tmp_path / "pipe")
    for name, message in (("", "a folder"), ("none", "No such file"), ("pipe", "a device, pipe or socket")):
        with pytest.raises(CaptureError, match=message):
            open_capture(tmp_path / name)


def test_a_file_that_goes_away_is_a_fault(tmp_path: Path) -> None:
    """What cannot be opened any more gives no packets and says so; its identity cannot be told."""
    path = tmp_path / "capture.pcap"
    path.write_bytes(pack_classic())
    capture = open_capture(path)
    path.unlink()
    assert list_packets(capture) == []
    assert "cannot be read" in str(capture.fault)
    with pytest.raises(CaptureError, match="cannot be read"):
        _ = capture.identity


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_refused(tmp_path: Path) -> None:
    """A file without permission is told with the system's own words."""
    path = tmp_path / "capture.pcap"
    path.write_bytes(pack_classic())
    path.chmod(0)
    with pytest.raises(CaptureError, match="Permission denied"):
        open_capture(path)


def test_compiled_and_plain_kernels_agree(tmp_path: Path) -> None:
    """The same files give the same packets, counters and faults without compilation."""
    script = (
        "import sys\nfrom pathlib import Path\nfrom tests.sensors.test_pcap import summarise\n"
        "for path in sys.argv[1:]:\n    print(summarise(Path(path).read_bytes(), 300))\n"
    )
    expected, paths = [], []
    for number, blob in enumerate(BLOBS.values()):
        path = tmp_path / str(number)
        path.write_bytes(blob)
        paths.append(str(path))
        expected.append(str(summarise(blob, 300)))
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(ROOT)}
    plain = subprocess.run(
        [sys.executable, "-W", "error", "-c", script, *paths],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert plain.stderr == ""
    assert plain.stdout.splitlines() == expected


@pytest.mark.needs_tshark
@pytest.mark.parametrize("kind", ["pcap", "nsecpcap", "modpcap", "pcapng"])
def test_formats_of_other_writers_are_read(kind: str, tmp_path: Path) -> None:
    """A capture converted by Wireshark's editcap gives the same packets in every format."""
    require(shutil.which("editcap"), "editcap is missing: tools/system-packages.sh dissect")
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_bytes(pack_pcapng())
    subprocess.run(["editcap", "-F", kind, str(old), str(new)], check=True, capture_output=True)
    assert list_packets(open_capture(new)) == list(PACKETS)


@pytest.mark.needs_tshark
@pytest.mark.usefixtures("shared")
@pytest.mark.parametrize("path", CAPTURES or [NO_CAPTURES], ids=lambda path: path.name if path else None)
def test_reference_captures_are_read_as_tshark_reads_them(path: Path) -> None:
    """Count, times and both lengths of every packet equal tshark's."""
    fields = ["-e", "frame.time_epoch", "-e", "frame.cap_len", "-e", "frame.len"]
    command = ["tshark", "-n", "-r", str(path), "-T", "fields", *fields]
    told = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    capture = open_capture(path, window_bytes=100_000)
    ours = [
        f"{packet.ts_ns // 10**9}.{packet.ts_ns % 10**9:09d}\t{len(packet.data)}\t{packet.wirelen}"
        for packet in list_packets(capture)
    ]
    assert ours == told.splitlines()
    assert capture.fault is None
