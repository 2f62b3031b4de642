"""Our DNS records hold what tshark finds in the reference captures, message by message and field by field."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.dns_parity import compare, list_ours, list_theirs, load_parity, read_shown
from tests.support.records import read_records

FIELDS: dict[str, dict[str, Any]] = load_parity()["fields"]
CAPTURES: dict[str, dict[str, Any]] = load_parity()["captures"]
FOLDERS = ("dns", "labelled/dns_small")

pytestmark = pytest.mark.needs_tshark


@pytest.mark.parametrize("name", CAPTURES)
def test_messages_equal_those_of_tshark(shared: Path, name: str) -> None:
    """Every message has the same facts on both sides but for the differences explained, and none is lost or gained."""
    path = shared / "captures" / name
    theirs, ours = list_theirs(path), list_ours(read_records(path).get("dns", []))
    known = {(at, item["field"]) for item in CAPTURES[name].get("differences", []) for at in item["packets"]}
    found = {(difference.packet, difference.field): difference for difference in compare(theirs, ours)}
    assert found.keys() == known, [found[key] for key in found.keys() - known]
    assert (len(theirs), len(ours)) == (CAPTURES[name]["tshark"], CAPTURES[name]["ours"])


def test_every_reference_capture_is_compared(shared: Path) -> None:
    """No capture of the two folders is left out, and none is named that is not there."""
    found = {f"{folder}/{path.name}" for folder in FOLDERS for path in (shared / "captures" / folder).glob("*.pcap*")}
    assert found == set(CAPTURES)


def test_every_field_of_tshark_has_a_column_or_a_reason(shared: Path) -> None:
    """The table names exactly the fields that tshark shows in these captures."""
    shown = {field for name in CAPTURES for _, fields in read_shown(shared / "captures" / name) for field in fields}
    assert shown == set(FIELDS)
    assert all(("how" in rule) != ("reason" in rule) for rule in FIELDS.values())


def test_every_difference_has_a_reason_and_every_reason_is_needed() -> None:
    """No difference stands unexplained, and no explanation is left of one that is gone."""
    given = {item["reason"] for capture in CAPTURES.values() for item in capture.get("differences", [])}
    assert given == set(load_parity()["reasons"])
