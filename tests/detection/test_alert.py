"""Facts about ``detection.alert``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detection.alert import ALERT, fill_template, format_value, make_event_id
from tests.support.rules import CAPTURE, block, detect, load, rule, table


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("a", None, "-"),
        ("a", True, "true"),
        ("a", 3.0, "3"),
        ("a", 3.5, "3.5"),
        ("a", [1, 2], "1, 2"),
        ("a", list(range(20)), "0, 1, 2, 3, 4, 5, 6, 7 …"),
        ("a", "x\n\x1b[31my\u202e", "x\ufffd\ufffd[31my\ufffd"),
        ("a", "x" * 500, "x" * 120 + "…"),
        ("@timestamp", 1_767_225_600_000_000_000, "2026-01-01T00:00:00Z"),
        ("@timestamp", 2**63 - 1, "2043-01-25T23:56:49Z"),
    ],
)
def test_values_are_written_for_people(name: str, value: Any, expected: str) -> None:
    """Missing values, lists and what traffic may smuggle into a sentence are made harmless."""
    assert format_value(name, value) == expected


@given(st.text(), st.dictionaries(st.text(), st.text() | st.none(), max_size=3))
def test_any_template_is_filled(text: str, values: dict[str, Any]) -> None:
    """Filling never raises, and a value that looks like a placeholder is not filled again."""
    assert isinstance(fill_template(text, values), str)
    assert fill_template("{a}", {"a": "{b}", "b": "c"}) == "{b}"


def test_an_event_id_is_that_of_the_record() -> None:
    """The id is made of capture key, dataset, packet and PDU, also for captures with an enterprise."""
    assert make_event_id(CAPTURE, "modbus", 7 << 16 | 2) == "abababababababab-modbus-7-2"
    assert make_event_id(CAPTURE + "@water", "modbus", 2**40 << 16 | 65_535) == (
        f"abababababababab@water-modbus-{2**40}-65535"
    )


def test_an_alert_says_what_where_and_what_to_do(tmp_path: Path) -> None:
    """Every column is filled from the rule, the catalogue and the first record."""
    rules = load(tmp_path, rule(wanglou=block(entities=["source.ip", "destination.port", "modbus.function.name"])))
    record = {"source.ip": "10.0.0.1", "destination.ip": "10.0.0.2", "destination.port": 502, "modbus.unit_id": 1}
    found = detect(rules, [table({**record, "modbus.function.name": "read_coils", "organization.id": "water"})])[0]

    assert set(found) == {field.name for field in ALERT.fields}
    assert {name for name, value in found.items() if value is None} == {
        "source.port", "source.mac", "destination.ip", "destination.mac", "modbus.unit_id",
    }  # fmt: skip
    assert found | {"event.id": ""} == found | {
        "event.id": "",
        "event.severity": 70,
        "rule.name": "a_rule",
        "rule.level": "high",
        "rule.version": "1",
        "source.ip": "10.0.0.1",
        "destination.port": 502,
        "organization.id": "water",
        "threat.technique.id": ["T0855"],
        "threat.technique.name": ["Unauthorized Command Message"],
        "wanglou.threat.technique_v19.id": ["T1692.001"],
        "wanglou.event_class.name": "网络攻击事件",
        "wanglou.alert.title.zh": "T 1",
        "wanglou.alert.sentence.en": "10.0.0.1 to 10.0.0.2",
        "wanglou.alert.entities": [
            "organization.id=water", "source.ip=10.0.0.1", "destination.port=502", "modbus.function.name=read_coils",
        ],
        "wanglou.alert.events": ["abababababababab-modbus-0-0"],
        "wanglou.capture": CAPTURE,
    }  # fmt: skip
    assert found["event.id"].startswith("alert-")


def test_an_alert_keeps_at_most_ten_records(tmp_path: Path) -> None:
    """The first ten records are named, however many there are."""
    found = detect(load(tmp_path, rule()), [table({"modbus.unit_id": 1, "@repeat": 50})])[0]

    assert found["wanglou.alert.events"] == [f"abababababababab-modbus-{packet}-0" for packet in range(10)]
    assert (found["wanglou.alert.count"], found["wanglou.packet_end"]) == (50, 49)
