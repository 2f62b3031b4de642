"""Our OPC UA records hold what tshark finds in the reference captures, message by message and member by member."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.support.opcua_parity import HALVES, Pair, Record, Shown, compare, load_parity, match_messages, read_shown
from tests.support.opcua_turns import read_turns, tabulate
from tests.support.tshark import read_version

FIELDS: dict[str, dict[str, Any]] = load_parity()["fields"]
CAPTURES: dict[str, dict[str, Any]] = load_parity()["captures"]

pytestmark = pytest.mark.needs_tshark


@cache
def read_pairs(path: Path) -> tuple[list[tuple[Record, Pair]], list[Shown]]:
    """Our records of a capture with tshark's messages of each, and tshark's messages without a record."""
    return match_messages(read_shown(path), tabulate(read_turns(path)))


def is_missed(record: Record, pair: Pair) -> bool:
    """True when tshark does not show one of a record's messages."""
    return any(
        (shown is None) != (record[f"opcua.{half}.length"] is None) for half, shown in zip(HALVES, pair, strict=True)
    )


@pytest.mark.parametrize("name", CAPTURES)
def test_every_message_of_tshark_is_in_a_record(shared: Path, name: str) -> None:
    """We lack no message that tshark shows, and it lacks none of ours but for those that are explained."""
    pairs, left = read_pairs(shared / "captures" / "opcua" / name)
    assert left == []
    assert [record["wanglou.packet"] for record, pair in pairs if is_missed(record, pair)] == CAPTURES[name].get(
        "missed", []
    )


@pytest.mark.parametrize("name", CAPTURES)
def test_columns_equal_what_tshark_shows(shared: Path, name: str) -> None:
    """Every compared column of every record is equal on both sides, but for the differences that are explained."""
    pairs, _ = read_pairs(shared / "captures" / "opcua" / name)
    found = [
        (record["wanglou.packet"], *difference)
        for record, pair in pairs
        if not is_missed(record, pair)
        for difference in compare(record, pair)
    ]
    known = [
        (item["packet"], item["column"], item["tshark"], item["ours"]) for item in CAPTURES[name].get("differences", [])
    ]
    assert sorted(found, key=str) == known, f"explained for tshark 4.0.17, this is {read_version()}"


@pytest.mark.parametrize("name", CAPTURES)
def test_counts_are_as_recorded(shared: Path, name: str) -> None:
    """Neither side lost or gained a message since the comparison was made."""
    path = shared / "captures" / "opcua" / name
    records = [record for record, _ in read_pairs(path)[0]]
    ours = sum(2 if record["wanglou.pairing"] == "paired" else 1 for record in records)
    expected = CAPTURES[name]
    assert (len(read_shown(path)), ours, len(records)) == (expected["tshark"], expected["ours"], expected["records"])


def test_every_reference_capture_is_compared(shared: Path) -> None:
    """No capture of the folder is left out, and none is named that is not there."""
    assert {path.name for path in (shared / "captures" / "opcua").glob("*.pcap*")} == set(CAPTURES)


def test_every_member_has_a_column_or_a_reason(shared: Path) -> None:
    """parity_opcua.yaml names all members that tshark shows in these captures, and each reason is explained."""
    shown = {
        name
        for capture in CAPTURES
        for message in read_shown(shared / "captures" / "opcua" / capture)
        for name, _ in message.facts
    }
    assert shown - set(FIELDS) == set()
    assert {rule["reason"] for rule in FIELDS.values() if "reason" in rule} <= set(load_parity()["reasons"])
