"""``wanglou show``."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from correlation.lake import Lake
from tests.support.command_line import SAMPLE, run
from wanglou.commands.show import find_record, write_value
from wanglou.errors import UsageError

QUERY = "wanglou.pairing:paired AND modbus.function.category:write AND source.ip:10.20.3.66"


def find_id(lake: Lake, dataset: str, query: str) -> str:
    """Give the id of a record."""
    return str(next(e for batch in lake.search(dataset, query, limit=1) for e in batch.column("event.id").to_pylist()))


def test_a_record_with_all_its_fields(lake_folder: Path, lake: Lake) -> None:
    """Every field that has a value is shown once, in groups."""
    identity = find_id(lake, "modbus", QUERY)
    done = run("show", identity, "--no-packets", "--lake", lake_folder)
    assert (done.code, done.err) == (0, "")
    words = done.out.split()
    assert [name for name in find_record(lake, identity) if words.count(name) != 1] == []
    for group in ("Event", "Client and server", "Network", "Request", "Response", "Protocol", "Where it was seen"):
        assert f"\n{group}\n" in done.out


def test_an_alert_says_what_happened_and_what_to_do(lake_folder: Path, lake: Lake) -> None:
    """Sentence and advice come first, in the language asked for; then facts and evidence."""
    alert = find_record(lake, find_id(lake, "alert", "rule.name:modbus_write_unauthorized"))
    for language in ("en", "zh"):
        done = run("show", alert["event.id"], "--no-packets", "--lake", lake_folder, "--lang", language)
        squeezed = "".join(done.out.split())
        for what in ("title", "sentence", "advice"):
            assert "".join(alert[f"wanglou.alert.{what}.{language}"].split()) in squeezed
        assert done.out.count("-modbus-") == len(alert["wanglou.alert.events"])
        assert "T1692.001" in done.out


@pytest.mark.parametrize(("dataset", "asked", "answered"), [
    ("opcua", "opcua.request.handle", "opcua.status.name"),
    ("mqtt", "", "mqtt.reason.name"),
    ("dns", "dns.question.name", "dns.response_code"),
    ("handle", "handle.request.bytes", "handle.response.name"),
])  # fmt: skip
def test_records_of_other_protocols(mixed_folder: Path, dataset: str, asked: str, answered: str) -> None:
    """What was asked and answered stands in groups of its own, and nothing of it among the event's fields."""
    with Lake(mixed_folder) as lake:
        identity = find_id(lake, dataset, f"wanglou.pairing:paired AND _exists_:{answered}")
    done = run("show", identity, "--no-packets", "--lake", mixed_folder)
    assert done.code == 0
    groups = {lines[0]: lines[1:] for part in done.out.strip().split("\n\n") if (lines := part.splitlines())}
    assert any(line.split()[0] == answered for line in groups["Response"])
    assert not asked or any(line.split()[0] == asked for line in groups["Request"])
    assert all(line.split()[0].startswith(("@", "event.")) for line in groups["Event"])


def test_long_lists_are_cut() -> None:
    """Sixty values are shown and how many there are, all of them when asked; nothing is written as such."""
    assert write_value("longs", "", list(range(100))).endswith("58, 59, … (100)")
    assert write_value("longs", "", list(range(100)), full=True).endswith("98, 99")
    assert write_value("keywords", "", ["a", None]) == "a, -"


@pytest.mark.needs_tshark
def test_packets_are_dissected(lake_folder: Path, lake: Lake) -> None:
    """Request and reply follow the record, as Wireshark names their fields, with their bytes when asked."""
    identity = find_id(lake, "modbus", QUERY)
    done = run("show", identity, "--hex", "--lake", lake_folder)
    record = find_record(lake, identity)
    assert (done.code, done.err) == (0, "")
    for key in ("wanglou.packet", "wanglou.packet_end"):
        assert f"\npacket {record[key]}  " in done.out
    assert f"Transaction Identifier: {record['modbus.transaction_id']}" in done.out
    assert "Function Code: Write" in done.out
    assert "\n  0000  " in done.out


def test_a_capture_that_is_gone(lake_copy: Path, tmp_path: Path) -> None:
    """The record is shown all the same; that its packets are not is a failure with a way out."""
    with Lake(lake_copy) as lake:
        identity = find_id(lake, "modbus", "")
    done = run("show", identity, "--capture", tmp_path / "gone.pcap", "--lake", lake_copy)
    assert done.code == 3
    assert "modbus.transaction_id" in done.out
    assert "the capture file is not there any more (give the file with --capture FILE" in done.err
    shutil.copy(SAMPLE.with_name("site.yaml"), tmp_path / "other.pcap")
    assert "its bytes differ" in run("show", identity, "--capture", tmp_path / "other.pcap", "--lake", lake_copy).err


def test_what_is_not_there(lake_folder: Path, lake: Lake) -> None:
    """An id that no record has is wrong use."""
    key = lake.captures()[0].record.key
    for text in (f"{key}-modbus-99999999-0", f"{key}-nonsense-1-0", "x", "alert-00"):
        done = run("show", text, "--lake", lake_folder)
        assert (done.code, done.out) == (2, "")
    with pytest.raises(UsageError, match="no record"):
        find_record(lake, f"{key}-modbus-99999999-0")


@pytest.mark.parametrize(
    ("kind", "unit", "value", "text"),
    [
        ("time", "", 0, "1970-01-01T00:00:00.000000000Z"),
        ("duration", "ns", 1_884_000, "1.88 ms (1884000 ns)"),
        ("duration", "ns", 5, "5 ns"),
        ("longs", "", [1, 2], "1, 2"),
        ("keywords", "", ["a", "b"], "a, b"),
        ("boolean", "", False, "false"),
        ("u16", "bytes", 6, "6 bytes"),
        ("keyword", "", "x", "x"),
    ],
)
def test_values_by_kind(kind: str, unit: str, value: object, text: str) -> None:
    """Times, durations, lists and units are written for people."""
    assert write_value(kind, unit, value) == text
