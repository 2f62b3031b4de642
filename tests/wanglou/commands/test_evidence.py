"""From a record to its packets."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from correlation.lake import Lake
from correlation.record import read_records
from sensors.cutting import Packet
from tests.support.command_line import SAMPLE
from wanglou.commands.evidence import Evidence, belongs_to, collect_evidence, cut_evidence, find_file, is_same_file
from wanglou.errors import CaptureError, UsageError


def first(lake: Lake, dataset: str, query: str = "") -> dict[str, Any]:
    """Give a record of the lake."""
    return dict(next(record for batch in lake.search(dataset, query, limit=1) for record in read_records(batch)))


def test_a_record_is_its_own_evidence(lake: Lake) -> None:
    """A record rests on itself, and its capture is known with the path it was read from."""
    record = first(lake, "modbus")
    evidence = collect_evidence(lake, record)
    assert evidence.records == (record,)
    assert find_file(evidence, None) == SAMPLE.resolve()


def test_an_alert_rests_on_its_records(lake: Lake) -> None:
    """The records an alert names are those that its rule speaks of."""
    alert = first(lake, "alert", "rule.name:modbus_write_unauthorized")
    records = collect_evidence(lake, alert).records
    assert [record["event.id"] for record in records] == alert["wanglou.alert.events"]
    assert {record["modbus.function.category"] for record in records} == {"write"}


def test_packets_are_those_of_the_record(lake: Lake) -> None:
    """Request and reply of a transaction are cut out, and packets of others between them are left."""
    record = first(lake, "modbus", "wanglou.pairing:paired AND source.ip:10.20.3.66")
    packets, total = cut_evidence(SAMPLE, (record,), 10)
    assert total == len(packets) >= 2
    assert {record["wanglou.packet"], record["wanglou.packet_end"]} <= {packet.ordinal for packet in packets}
    assert all(belongs_to(packet, record) for packet in packets)


def test_no_more_packets_than_asked_for(monkeypatch: pytest.MonkeyPatch, lake: Lake) -> None:
    """Of a long conversation the first packets are given, and how many were found."""
    flow = first(lake, "flow", "network.packets:>50")
    packets, total = cut_evidence(SAMPLE, (flow,), 3)
    assert len(packets) == 3 < total <= flow["network.packets"]
    assert packets[0].ordinal == flow["wanglou.packet"]
    monkeypatch.setattr("wanglou.commands.evidence.SPAN", 5000)
    with pytest.raises(UsageError, match="more than can be cut out"):
        cut_evidence(SAMPLE, (flow,), 3)


def test_a_long_span_is_looked_through_at_its_beginning(monkeypatch: pytest.MonkeyPatch, lake: Lake) -> None:
    """Of a span beyond the limit its first packets and its last are read."""
    monkeypatch.setattr("wanglou.commands.evidence.SPAN", 2)
    flow = first(lake, "flow", "network.packets:>50")
    ends = [flow["wanglou.packet"], flow["wanglou.packet_end"]]
    assert [packet.ordinal for packet in cut_evidence(SAMPLE, (flow,), 10)[0]] == ends


def test_belonging_is_told_by_addresses_and_ports() -> None:
    """Both addresses and both ports must stand in the packet, whichever way it goes."""
    record = {"source.ip": "10.0.0.1", "destination.ip": "10.0.0.2", "source.port": 40000, "destination.port": 502}
    request = bytes([10, 0, 0, 1, 10, 0, 0, 2]) + (40000).to_bytes(2, "big") + (502).to_bytes(2, "big")
    reply = bytes([10, 0, 0, 2, 10, 0, 0, 1]) + (502).to_bytes(2, "big") + (40000).to_bytes(2, "big")
    other = bytes([10, 0, 0, 3]) + request[4:]
    assert [belongs_to(Packet(0, 0, 1, 12, data), record) for data in (request, reply, other, b"")] == [
        True, True, False, False,
    ]  # fmt: skip


def test_a_file_that_is_gone(lake: Lake, tmp_path: Path) -> None:
    """It is said where the file was looked for, and how to give another place."""
    evidence = collect_evidence(lake, first(lake, "modbus"))
    with pytest.raises(CaptureError, match=r"gone\.pcap: the capture file is not there any more \(give .* --capture"):
        find_file(evidence, tmp_path / "gone.pcap")


def test_a_file_that_changed(lake: Lake, tmp_path: Path) -> None:
    """A file of other bytes is refused, also when its size is the same; a copy is as good as the file."""
    evidence = collect_evidence(lake, first(lake, "modbus"))
    copy = Path(shutil.copy(SAMPLE, tmp_path / "copy.pcap"))
    assert find_file(evidence, copy) == copy
    data = bytearray(copy.read_bytes())
    data[-1] ^= 1
    copy.write_bytes(data)
    with pytest.raises(CaptureError, match="its bytes differ"):
        find_file(evidence, copy)
    copy.write_bytes(data[:-1])
    with pytest.raises(CaptureError, match="its bytes differ"):
        find_file(evidence, copy)


def test_large_files_are_told_by_their_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that takes long to read is compared by size only."""
    size = SAMPLE.stat().st_size
    assert not is_same_file(SAMPLE, "0" * 64, size)
    monkeypatch.setattr("wanglou.commands.evidence.HASHED_BYTES", size - 1)
    assert is_same_file(SAMPLE, "0" * 64, size)


def test_a_capture_the_lake_does_not_know() -> None:
    """A record whose capture was forgotten leads to no file."""
    with pytest.raises(CaptureError, match="no longer knows"):
        find_file(Evidence((), None), SAMPLE)
