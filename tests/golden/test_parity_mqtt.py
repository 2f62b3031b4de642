"""Our MQTT records hold what tshark finds in the reference captures, packet by packet and field by field."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.mqtt_parity import HOW, compare, list_ours, list_theirs, load_parity, read_mqtt, read_shown
from tests.support.parity import Difference
from tests.support.tshark import read_version

FIELDS: dict[str, list[dict[str, Any]]] = load_parity()["fields"]
CAPTURES: dict[str, dict[str, Any]] = load_parity()["captures"]
FOLDERS = ("mqtt", "labelled/mqttset")

pytestmark = pytest.mark.needs_tshark


def list_known(name: str) -> list[Difference]:
    """Differences of a capture that parity_mqtt.yaml explains."""
    known = CAPTURES[name].get("differences", [])
    return [Difference(item["packet"], item["field"], item["tshark"], item["ours"]) for item in known]


@pytest.mark.parametrize("name", CAPTURES)
def test_packets_equal_those_of_tshark(shared: Path, name: str) -> None:
    """Every packet of a capture has the same facts on both sides, but for the differences that are explained."""
    path = shared / "captures" / name
    theirs, ours = list_theirs(path), list_ours(read_mqtt(path))
    assert compare(theirs, ours) == list_known(name), f"explained for tshark 4.0.17, this is {read_version()}"
    assert (len(theirs), len(ours)) == (CAPTURES[name]["tshark"], CAPTURES[name]["ours"])


def test_every_reference_capture_is_compared(shared: Path) -> None:
    """No capture of the two folders is left out, and none is named that is not there."""
    found = {f"{folder}/{path.name}" for folder in FOLDERS for path in (shared / "captures" / folder).glob("*.pcap*")}
    assert found == set(CAPTURES)


def test_every_field_of_tshark_has_a_column_or_a_reason(shared: Path) -> None:
    """parity_mqtt.yaml names exactly the fields that tshark shows in these captures."""
    shown = {field for name in CAPTURES for _, fields in read_shown(shared / "captures" / name) for field in fields}
    assert shown == set(FIELDS)


def test_every_difference_has_a_reason_and_every_reason_is_needed() -> None:
    """No difference stands unexplained, and no explanation is left of one that is gone."""
    given = {item["reason"] for capture in CAPTURES.values() for item in capture.get("differences", [])}
    assert given == set(load_parity()["reasons"])


def test_rules_of_a_field_agree_on_how_tshark_shows_it() -> None:
    """A field's values are read in one way, whatever column they are compared with."""
    for name, rules in FIELDS.items():
        assert len({HOW[rule.get("how", "number")][1] for rule in rules if "reason" not in rule}) <= 1, name


def test_no_password_is_kept(shared: Path) -> None:
    """What tshark shows as a password is in none of our columns."""
    for name in CAPTURES:
        path = shared / "captures" / name
        secrets = {show for _, fields in read_shown(path) for show in fields.get("mqtt.passwd", ())}
        values = [value for record in read_mqtt(path) for value in record.values() if isinstance(value, str)]
        assert not [value for value in values if value in secrets - {"", "user"}], name
