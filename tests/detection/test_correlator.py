"""Facts about ``detection.correlator``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from detection import groups
from detection.arena import Arena
from detection.correlator import make_window
from detection.detector import Detector
from detection.sequence import Ordered, Temporal
from detection.window import EventCount, ValueCount
from tests.support.rules import CAPTURE, alerts, base, correlation, cut, detect, load, table

LOW, HIGH = base("low", {"modbus.unit_id|lt": 3}), base("high", {"modbus.unit_id|gte": 2})
COUNT: dict[str, Any] = {"group-by": ["source.ip"], "timespan": "1m", "rules": ["low", "high"]}


@pytest.mark.parametrize(
    ("what", "window"),
    [
        ({"type": "event_count", "condition": {"gte": 2}}, EventCount),
        ({"type": "value_count", "condition": {"gte": 2, "field": "modbus.unit_id"}}, ValueCount),
        ({"type": "temporal"}, Temporal),
        ({"type": "temporal_ordered"}, Ordered),
    ],
)
def test_each_type_has_its_window(tmp_path: Path, what: dict[str, Any], window: type) -> None:
    """The type of a correlation decides what is kept."""
    found = load(tmp_path, correlation("count", {**COUNT, **what}), LOW, HIGH).rules
    correlations = [rule.correlation for rule in found if rule.correlation]

    assert [type(make_window(one, Arena())) for one in correlations] == [window]


def test_a_record_that_two_base_rules_match_counts_once(tmp_path: Path) -> None:
    """Unit 2 matches both base rules; one record is one event."""
    rules = load(tmp_path, correlation("count", {**COUNT, "type": "event_count", "condition": {"gte": 2}}), LOW, HIGH)
    record = {"source.ip": "a", "modbus.unit_id": 2}

    assert detect(rules, [table(record)]) == []
    assert len(detect(rules, [table(record, record)])) == 1


def test_more_groups_than_may_be_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Groups seen long ago are evicted, those beyond the bound within one batch refused; both are counted."""
    monkeypatch.setattr(groups, "LEAST", 4)
    monkeypatch.setattr(groups, "LIMIT", 4)
    what = {**COUNT, "type": "event_count", "condition": {"gte": 2}}
    rules = load(tmp_path, correlation("count", what), LOW, HIGH)
    hosts = [str(number) for number in range(40)]
    records = [{"@seconds": at // 2, "source.ip": hosts[at // 2], "modbus.unit_id": 1} for at in range(80)]
    whole = table(*records)
    for places, found, counters in (((), hosts[:4], (0, 36)), (range(0, 80, 8), hosts, (36, 0))):
        detector = Detector(rules, None, CAPTURE, "test")
        for part in cut(whole, places):
            detector.feed({"modbus": part})

        assert sorted(alert["source.ip"] for alert in alerts(detector.finish())) == sorted(found)
        assert (detector.counters["groups_evicted"], detector.counters["groups_refused"]) == counters


def test_values_are_counted_per_group(tmp_path: Path) -> None:
    """Distinct texts of one client are counted; those of another, and missing ones, are not."""
    what = {**COUNT, "type": "value_count", "condition": {"gte": 2, "field": "modbus.function.name"}}
    rules = load(tmp_path, correlation("count", what), LOW, HIGH)

    def found(*pairs: tuple[str, str | None]) -> int:
        """Count the alerts of records given as (client, function)."""
        records = [{"modbus.unit_id": 1, "source.ip": ip, "modbus.function.name": name} for ip, name in pairs]
        return len(detect(rules, [table(record) for record in records]))

    assert found(("a", "x"), ("a", "x"), ("b", "y"), ("a", None)) == 0
    assert found(("a", "x"), ("b", "y"), ("a", "y")) == 1
