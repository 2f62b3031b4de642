"""Facts about ``detection.detector``: rules at work on tables, whole."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detection import detector as module
from detection import distinct
from detection.alert import ALERT
from detection.detector import Detector
from detection.rule import Ruleset
from detection.ruleset import load_rules
from tests.support.rules import CAPTURE, alerts, base, block, correlation, cut, detect, load, rule, table, write_rules
from wanglou.addresses import Ranges
from wanglou.site import MasterRule, Name, Site

HOST = {"source.ip": "10.0.0.1", "destination.ip": "10.0.0.2", "modbus.unit_id": 1}
CORRELATIONS: list[dict[str, Any]] = [
    {"type": "event_count", "condition": {"gte": 3}},
    {"type": "event_count", "condition": {"eq": 2}},
    {"type": "value_count", "condition": {"gt": 2, "field": "modbus.request.address"}},
    {"type": "value_count", "condition": {"gte": 2, "field": "modbus.function.name"}},
    {"type": "temporal", "rules": ["low", "high"]},
    {"type": "temporal", "rules": ["low", "high"], "condition": "high and not low"},
    {"type": "temporal_ordered", "rules": ["low", "high"]},
]


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Ruleset:
    """Rules of every kind over the same records."""
    folder = tmp_path_factory.mktemp("rules")
    low, high = base("low", {"modbus.unit_id|lt": 3}), base("high", {"modbus.unit_id|gte": 2})
    for number, what in enumerate(CORRELATIONS):
        full = {"rules": ["low"], "group-by": ["source.ip"], "timespan": "10s", **what}
        own = block(entities=["source.ip"], window="20s")
        write_rules(folder, correlation(f"correlated_{number}", full, wanglou=own), *([] if number else [low, high]))
    write_rules(folder, rule("plain", wanglou=block(window="5s")))
    return load_rules([folder], None)


def count_low(limit: int) -> dict[str, Any]:
    """Count records of the rule ``low`` per client within a minute."""
    count = {"type": "event_count", "condition": {"gte": limit}, "timespan": "1m"}
    return {**count, "rules": ["low"], "group-by": ["source.ip"]}


RECORD = st.fixed_dictionaries(
    {
        "@seconds": st.integers(0, 60),
        "source.ip": st.sampled_from(["10.0.0.1", "10.0.0.2", None]),
        "organization.id": st.sampled_from(["water", None]),
        "modbus.unit_id": st.integers(0, 4),
        "modbus.request.address": st.integers(0, 3) | st.none(),
        "modbus.function.name": st.sampled_from(["a", "b", None]),
    }
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    st.lists(RECORD, min_size=1, max_size=40), st.lists(st.integers(0, 40), max_size=4), st.lists(st.integers(0, 40))
)
def test_alerts_do_not_depend_on_the_cut(
    rules: Ruleset, records: list[dict[str, Any]], places: list[int], order: list[int]
) -> None:
    """The same rows in any batches give the same alerts, to the last field; also out of order."""
    whole = table(*records)
    whole = whole.take([place for place in order if place < len(whole)] + list(range(len(whole))))

    assert detect(rules, cut(whole, places)) == detect(rules, [whole])


def test_forgetting_kinds_changes_nothing(rules: Ruleset, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the tables of distinct rows and values are full they start anew, and the alerts stay the same."""
    records = [
        {
            "@seconds": number,
            "source.ip": f"10.0.0.{number % 7}",
            "modbus.unit_id": number % 5,
            "modbus.function.name": "abc"[number % 3],
            "modbus.request.address": number % 4,
        }
        for number in range(60)
    ]
    expected = detect(rules, [table(*records)])
    monkeypatch.setattr(distinct, "LIMIT", 3)
    watched = Detector(rules, None, CAPTURE, "test")
    for part in cut(table(*records), range(0, 60, 4)):
        watched.feed({"modbus": part})

    assert alerts(watched.finish()) == expected
    assert watched.counters["kinds_resets"] > 5


def test_large_tables_are_sliced(rules: Ruleset, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table larger than a slice, or in several chunks, gives the alerts of one."""
    records = [{**HOST, "@seconds": second, "@repeat": 20, "@every": 0.1} for second in range(5)]
    whole = table(*records)
    expected = detect(rules, [whole])
    monkeypatch.setattr(module, "SLICE", 7)

    assert detect(rules, [pa.concat_tables([whole.slice(0, 11), whole.slice(11)])]) == expected


def test_rows_that_concern_no_correlation_may_be_left_out(rules: Ruleset, monkeypatch: pytest.MonkeyPatch) -> None:
    """Correlations that few rows concern, shown only these rows, give the alerts that all rows give."""
    records = [{**HOST, "modbus.unit_id": 1 + at % 9, "modbus.request.address": at % 7} for at in range(90)]
    whole = table(*({**record, "@seconds": at} for at, record in enumerate(records)))
    found = []
    for few in (1, 10**9):
        monkeypatch.setattr(module, "FEW", few)
        found.append(detect(rules, [whole]))

    assert found[0] == found[1]
    assert found[0]


def test_a_repeat_extends_an_alert_and_a_pause_opens_another(tmp_path: Path) -> None:
    """Repeats fold into one alert with count and last time; after more than the window a new one begins."""
    found = detect(
        load(tmp_path, rule(wanglou=block(window="1m"))), [table(*({**HOST, "@seconds": s} for s in (0, 60, 121)))]
    )

    assert [(alert["wanglou.alert.count"], alert["event.end"] - alert["@timestamp"]) for alert in found] == [
        (2, 60_000_000_000), (1, 0),
    ]  # fmt: skip
    assert len({alert["event.id"] for alert in found}) == 2


def test_alerts_fold_by_entities_and_enterprise(tmp_path: Path) -> None:
    """Other entities, or the same addresses in another enterprise, are other alerts."""
    rules = load(tmp_path, rule(wanglou=block(entities=["source.ip"])))
    records = [
        {**HOST, **change} for change in ({}, {"destination.ip": "x"}, {"source.ip": "y"}, {"organization.id": "w"})
    ]
    found = detect(rules, [table(*records)])

    assert {(a["source.ip"], a["organization.id"], a["wanglou.alert.count"]) for a in found} == {
        ("10.0.0.1", None, 2), ("y", None, 1), ("10.0.0.1", "w", 1),
    }  # fmt: skip


def test_two_enterprises_share_no_window(tmp_path: Path) -> None:
    """A count does not add up over enterprises with the same addresses."""
    what = {
        "type": "event_count",
        "rules": ["low"],
        "group-by": ["source.ip"],
        "timespan": "1m",
        "condition": {"gte": 2},
    }
    rules = load(tmp_path, correlation("count", what), base("low", {"modbus.unit_id": 1}))
    apart = [{**HOST, "organization.id": owner} for owner in ("water", "power", None)]

    assert detect(rules, [table(*apart)]) == []
    assert len(detect(rules, [table(*apart, apart[0])])) == 1


def test_base_rules_alert_only_where_the_correlation_generates(tmp_path: Path) -> None:
    """A rule that a correlation refers to is muted, unless ``generate`` is true."""
    what = {
        "type": "event_count",
        "rules": ["low"],
        "group-by": ["source.ip"],
        "timespan": "1m",
        "condition": {"gte": 5},
    }
    for generate, expected in ((False, []), (True, ["low"])):
        folder = tmp_path / str(generate)
        folder.mkdir()
        write_rules(folder, rule("low"))
        rules = load(folder, correlation("count", {**what, "generate": generate}))

        assert [alert["rule.name"] for alert in detect(rules, [table(HOST)])] == expected


def test_group_keys_by_alias(tmp_path: Path) -> None:
    """A host that was a server and then acts as a client is one group by its alias."""
    what = {
        "type": "temporal_ordered",
        "rules": ["served", "asked"],
        "aliases": {"host": {"served": "destination.ip", "asked": "source.ip"}},
        "group-by": ["host"],
        "timespan": "1m",
    }
    served, asked = base("served", {"modbus.unit_id": 1}), base("asked", {"modbus.unit_id": 2})
    rules = load(tmp_path, correlation("pivot", what, wanglou=block(entities=["source.ip"])), served, asked)
    first = {"source.ip": "a", "destination.ip": "b", "modbus.unit_id": 1}

    found = detect(rules, [table(first, {"@seconds": 5, "source.ip": "b", "modbus.unit_id": 2})])
    assert [alert["source.ip"] for alert in found] == ["b"]
    assert detect(rules, [table(first, {"@seconds": 5, "source.ip": "a", "modbus.unit_id": 2})]) == []


def test_a_correlation_shows_the_records_that_led_to_it(tmp_path: Path) -> None:
    """Evidence begins with the records of the window, and the alert's start is the first one's time."""
    what = {
        "type": "event_count",
        "rules": ["low"],
        "group-by": ["source.ip"],
        "timespan": "1m",
        "condition": {"gte": 3},
    }
    rules = load(tmp_path, correlation("count", what), base("low", {"modbus.unit_id": 1}))
    found = detect(rules, [table({**HOST, "@repeat": 5, "@every": 10})])[0]

    key = f"{CAPTURE[:16]}-modbus"
    assert found["wanglou.alert.events"] == [f"{key}-{packet}-0" for packet in range(5)]
    assert (found["wanglou.alert.count"], found["wanglou.packet"], found["wanglou.packet_end"]) == (3, 0, 4)
    assert found["@timestamp"] - found["event.start"] == 20_000_000_000


def test_site_facts_reach_rules_and_sentences(tmp_path: Path) -> None:
    """Derived columns are computed from the site, may be entities and placeholders, or may come in the table."""
    ranges = [Ranges([ipaddress.ip_network(ip)]) for ip in ("10.0.0.9", "10.0.0.2")]
    site = Site(id="p", name=Name("p", "p"), masters=(MasterRule("", ranges[0], ranges[1], ()),))
    text = {
        "title": "t",
        "sentence": "{wanglou.site.master_allowed} {modbus.unit_id} {wanglou.alert.count}",
        "advice": "a",
    }
    own = block(en=text, entities=["wanglou.site.master_allowed"])
    selection = {"s": {"wanglou.site.master_allowed": False}, "condition": "s"}
    rules = load(tmp_path, rule(detection=selection, wanglou=own), site=site)

    found = detect(rules, [table(HOST, HOST, {**HOST, "source.ip": "10.0.0.9"})], site)
    assert [(a["wanglou.alert.sentence.en"], a["wanglou.alert.entities"]) for a in found] == [
        ("false 1 2", ["wanglou.site.master_allowed=false"])
    ]
    assert detect(rules, [table(HOST)]) == []
    assert len(detect(rules, [table({**HOST, "wanglou.site.master_allowed": False})])) == 1


def test_tables_without_rules_and_empty_tables_cost_nothing(rules: Ruleset) -> None:
    """They are counted and passed over; without a match the alert table is empty and of the right schema."""
    watched = Detector(rules, None, CAPTURE, "test")
    watched.feed({"flow": table({"source.ip": "a"}, dataset="flow"), "modbus": table()})
    found = watched.finish()

    assert (len(found), found.schema) == (0, ALERT.arrow)
    assert (watched.counters["rows"], watched.counters["rows_with_rules"]) == (1, 0)


def test_counters_tell_rows_from_work(rules: Ruleset) -> None:
    """A thousand equal rows are evaluated once."""
    watched = Detector(rules, None, CAPTURE, "test")
    watched.feed({"modbus": table({**HOST, "@repeat": 1000})})

    assert watched.counters["rows_with_rules"] == 1000
    assert watched.counters["rows_evaluated"] == 1


def test_hostile_times_do_no_harm(rules: Ruleset) -> None:
    """Times at the ends of 64 bits are clipped, so nothing overflows."""
    whole = table({**HOST, "@repeat": 4})
    column = pa.array([-(2**63), 2**63 - 1, 0, None]).cast(pa.timestamp("ns", tz="UTC"))
    whole = whole.set_column(whole.schema.get_field_index("@timestamp"), "@timestamp", column)

    assert {alert["rule.name"] for alert in detect(rules, [whole])} >= {"plain"}
