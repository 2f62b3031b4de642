"""The API of evidence."""

from __future__ import annotations

from pathlib import Path

from sensors.pcap import open_capture
from tests.support.consoles import Console
from tests.support.hunting import find_identity


def test_fields_stand_for_the_bytes_of_the_packet(console: Console) -> None:
    """The unit of a Modbus request lies where the API says, and the file holds the same packets."""
    program, identity = console.program("analyst"), find_identity(console, "modbus")
    told = program.get(f"/api/v1/evidence/{identity}").json()
    packet = told["packets"][0]
    unit = next(one for layer in packet["layers"] for one in layer["fields"] if one["name"] == "mbtcp.unit_id")
    record = console.services.store.get(identity)
    assert record is not None
    assert int(packet["data"][2 * unit["position"] : 2 * unit["position"] + 2], 16) == record["modbus.unit_id"]
    assert told["packet_count"] == len(told["packets"]) == 2
    assert told["fault"] == ""


def test_the_download_is_a_capture_of_its_packets(console: Console, tmp_path: Path) -> None:
    """As many packets as the API counts, at the times of the capture."""
    program, identity = console.program("analyst"), find_identity(console, "modbus")
    answer = program.get(f"/api/v1/evidence/{identity}/packets.pcapng")
    assert answer.headers["content-type"] == "application/x-pcapng"
    (tmp_path / "cut.pcapng").write_bytes(answer.content)
    times = [int(ns) for batch in open_capture(tmp_path / "cut.pcapng").batches() for ns in batch.ts_ns]
    told = program.get(f"/api/v1/evidence/{identity}").json()
    assert len(times) == told["packet_count"]
