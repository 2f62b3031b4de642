"""Captures moved in time: all packets by one offset, and nothing else changes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlation.lake import Lake
from sensors.batch import PacketBatch
from sensors.cutting import cut_packets
from sensors.pcap import open_capture
from tests.support.command_line import run
from tests.support.workers import SITE, read_lake
from wanglou.appliance import replay
from wanglou.bundled import captures_folder
from wanglou.replay_options import ReplayOptions
from wanglou.shift import SECOND_NS, measure_shift, shift_batch
from wanglou.site import load_site

CAPTURE = captures_folder() / "unauthorized_write.pcap"
END_NS = 1_800_000_000 * SECOND_NS + 5
MINUTE_NS = 60 * SECOND_NS


def make_batch(times: list[int]) -> PacketBatch:
    """Make a batch of empty packets."""
    count = len(times)
    zeros = np.zeros(count, np.int64)
    sizes = zeros.astype(np.uint32)
    return PacketBatch(
        np.empty(0, np.uint8), zeros, sizes, sizes, np.array(times, np.int64), zeros.astype(np.uint16), 0
    )


def _place(record: dict[str, Any]) -> tuple[str, ...]:
    """Where a record stands, whatever its time: its id, or of an alert what it rests on."""
    if record["event.dataset"] != "alert":
        return (record["event.id"],)
    return record["rule.name"], *record["wanglou.alert.entities"], str(record["wanglou.packet"])


@given(st.lists(st.integers(-(2**63), 2**63 - 1)), st.integers(-(2**63) + 1, 2**63 - 1))
def test_any_times_by_any_offset(times: list[int], shift_ns: int) -> None:
    """Times that fit are moved exactly, others stop at what 64 bits hold; nothing wraps round."""
    moved = shift_batch(make_batch(times), shift_ns).ts_ns.tolist()
    assert moved == [min(max(time + shift_ns, -(2**63)), 2**63 - 1) for time in times]


def test_a_batch_that_is_not_moved_stays_what_it_is() -> None:
    """No offset costs nothing."""
    batch = make_batch([1])
    assert shift_batch(batch, 0) is batch


def test_the_offset_is_of_whole_seconds() -> None:
    """The last packet comes less than a second before the wanted time, and keeps what it has behind the second."""
    capture = open_capture(CAPTURE)
    shift_ns = measure_shift(capture, END_NS)
    last = max(int(batch.ts_ns.max()) for batch in capture.batches())
    assert shift_ns % SECOND_NS == 0
    assert END_NS - SECOND_NS < last + shift_ns <= END_NS


def test_clocks_that_are_off_do_not_count(tmp_path: Path) -> None:
    """A capture of the year 1970 only stays where it is."""
    path = tmp_path / "old.pcap"
    header = bytes.fromhex("d4c3b2a1020004000000000000000000ffff000001000000")
    path.write_bytes(header + bytes.fromhex("01000000000000000100000001000000ff"))
    assert measure_shift(open_capture(path), END_NS) == 0


@pytest.mark.parametrize("end_ns", [END_NS, 1_000_000_000 * SECOND_NS])
def test_only_times_differ(tmp_path: Path, end_ns: int) -> None:
    """All else of records and alerts is that of the capture that was not moved; an alert's id is made of its time."""
    options = ReplayOptions(tmp_path / "plain", load_site(SITE), "chem")
    moved = replace(options, lake=tmp_path / "moved", shift_to_ns=end_ns)
    (plain_report,), (report,) = replay([CAPTURE], options), replay([CAPTURE], moved)
    assert (report.records, report.alerts) == (plain_report.records, plain_report.alerts)
    plain, found = read_lake(tmp_path / "plain"), read_lake(tmp_path / "moved")
    for dataset, records in plain.items():
        assert len(records) == len(found[dataset])
        pairs = zip(*(sorted(one, key=_place) for one in (records, found[dataset])), strict=True)
        for before, after in pairs:
            differing = {name for name in before if before[name] != after[name]}
            differing -= {"event.id"} if dataset == "alert" else set()
            assert all(after[name] - before[name] == report.shift_ns for name in differing), (dataset, differing)
    with Lake(tmp_path / "moved") as lake:
        (capture,) = lake.captures()
        assert capture.record.shift_ns == report.shift_ns
        record = found["modbus"][-1]
        (packet,) = cut_packets(Path(capture.record.name), [record["wanglou.packet"]])
        assert packet.ts_ns == record["@timestamp"] - capture.record.shift_ns


def test_another_offset_is_read_anew(tmp_path: Path) -> None:
    """The same offset is known; another one puts the capture elsewhere, and leaves nothing where it was."""
    options = ReplayOptions(tmp_path / "lake", load_site(SITE), "chem", shift_to_ns=END_NS)
    day = 24 * 3600 * SECOND_NS
    states = [replay([CAPTURE], one)[0].state for one in (options, options, replace(options, shift_to_ns=END_NS - day))]
    assert states == ["read", "known", "read"]
    with Lake(tmp_path / "lake") as lake:
        assert lake.count("flow", start_ns=END_NS - MINUTE_NS * 60) == 0
        assert lake.count("flow") == lake.count("flow", start_ns=END_NS - day - MINUTE_NS * 60) > 0
        assert len(lake.captures()) == 1


def test_a_single_capture_is_moved_apart(tmp_path: Path) -> None:
    """What is said of one capture holds before what is said of all."""
    options = ReplayOptions(tmp_path / "lake", shift_to_ns=END_NS, shifts_to_ns={CAPTURE: END_NS - MINUTE_NS})
    assert options.find_end(CAPTURE) == END_NS - MINUTE_NS
    assert options.find_end(tmp_path) == END_NS
    assert ReplayOptions(tmp_path).find_end(CAPTURE) is None


def test_the_command_moves_and_shows_both_times(tmp_path: Path) -> None:
    """``replay --shift-to`` moves; ``show`` still cuts the packets out, and tells when they were captured."""
    lake = tmp_path / "lake"
    site = ("--site", SITE, "--enterprise", "chem", "--lake", lake)
    assert run("replay", CAPTURE, "--shift-to", "2030-01-01T00:00:00Z", *site).code == 0
    with Lake(lake) as opened:
        (capture,) = opened.captures()
        assert capture.max_ns is not None
        (batch,) = opened.search("modbus", limit=1)
        event = batch.column("event.id").to_pylist()[0]
    assert run("replay", CAPTURE, "--shift-to", "soon", *site).code == 2
    shown = run("show", event, "--lake", lake)
    assert shown.code == 0, shown.err
    assert "2029-12-31T23:5" in shown.out
    assert "moved by +" in shown.out
