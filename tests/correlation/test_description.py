"""What is told of an incident."""

from __future__ import annotations

from collections.abc import Sequence

from correlation.alert_facts import read_facts
from correlation.description import LONGEST, describe_incidents
from correlation.incident import Incident
from correlation.incident_grouping import group_alerts
from tests.support.alerts import (
    READ,
    SCAN,
    SECOND_NS,
    SILENT,
    SPOOFED,
    START_NS,
    WRITE,
    Alert,
    make_alert,
    make_columns,
)


def describe(alerts: Sequence[Alert]) -> list[Incident]:
    """Incidents of alerts."""
    facts = read_facts(make_columns(alerts))
    return [incident for incident, _ in describe_incidents(facts, group_alerts(facts))]


def test_an_incident_tells_all() -> None:
    """Who, whom, when, how far, of which class and level, line by line and as a graph."""
    alerts = [make_alert(SCAN, "10.0.0.9", None), make_alert(READ, "10.0.0.9", "10.0.0.1", 60)]
    alerts += [make_alert(WRITE, "10.0.0.9", "10.0.0.1", at, lasts_s=9) for at in (90, 95)]
    (incident,) = describe(alerts)
    assert incident.title_en.endswith(
        "probed, read data without right from and sent commands without right to 10.0.0.1"
    )
    assert (incident.actors, incident.targets, incident.suspects) == (("10.0.0.9",), ("10.0.0.1",), ())
    assert (incident.first_ns, incident.last_ns) == (START_NS, START_NS + 104 * SECOND_NS)
    assert incident.stages == ("Discovery", "Collection", "Impair Process Control")
    assert incident.stage == "Impair Process Control"
    assert (incident.event_class, incident.level, incident.severity) == ("违规操作事件", 4, 75)
    assert [(line.rule, line.alerts) for line in incident.timeline] == [(SCAN, 1), (READ, 1), (WRITE, 2)]
    assert (incident.alerts, incident.records, incident.omitted) == (4, 4, 0)
    roles = {node["id"]: node["role"] for node in incident.graph["nodes"]}
    assert roles == {"10.0.0.9": "actor", "10.0.0.1": "target"}
    worst = incident.graph["edges"][0]
    assert (worst["source"], worst["target"], worst["rules"]) == ("10.0.0.9", "10.0.0.1", [READ, WRITE])


def test_who_only_passes_it_on() -> None:
    """A stepping stone, and a server that only answers its attacker, are not where it comes from."""
    (incident,) = describe([make_alert(WRITE, "10.0.0.9", "10.0.0.5"), make_alert(READ, "10.0.0.5", "10.0.0.1", 9)])
    assert (incident.actors, incident.relays, incident.targets) == (("10.0.0.9",), ("10.0.0.5",), ("10.0.0.5",))
    (incident,) = describe([make_alert(READ, "10.0.0.9", "10.0.0.5"), make_alert(SPOOFED, "10.0.0.9", "10.0.0.5", 9)])
    assert (incident.actors, incident.relays) == (("10.0.0.9",), ("10.0.0.5",))


def test_answers_are_not_the_actors_acts() -> None:
    """What a server answers its attacker is not told in the title; what a stepping stone does itself is."""
    (incident,) = describe([make_alert(READ, "10.0.0.9", "10.0.0.5"), make_alert(SPOOFED, "10.0.0.9", "10.0.0.5", 9)])
    assert incident.title_en == "10.0.0.9 read data without right from 10.0.0.5"
    (incident,) = describe([make_alert(SCAN, "10.0.0.9", "10.0.0.5"), make_alert(WRITE, "10.0.0.5", "10.0.0.1", 9)])
    assert incident.title_en == "10.0.0.9 probed and sent commands without right to 10.0.0.5"


def test_a_fault_is_no_attack() -> None:
    """A controller that fails while nobody acts is a failure of equipment."""
    (incident,) = describe(
        [make_alert("modbus_server_failure", None, "10.0.0.1"), make_alert(SILENT, None, "10.0.0.1")]
    )
    assert (incident.title_en, incident.event_class) == ("10.0.0.1 failed", "设备设施故障事件")


def test_low_findings_open_nothing() -> None:
    """A single low alert stays an alert."""
    assert describe([make_alert("modbus_vendor_function", "10.0.0.9", "10.0.0.1")]) == []


def test_long_incidents_are_bounded() -> None:
    """Of many lines the worst are kept, in the order of time, and the rest is counted."""
    alerts = [make_alert(READ, "10.0.0.9", f"10.1.{n // 250}.{n % 250}", n) for n in range(LONGEST + 50)]
    (incident,) = describe([*alerts, make_alert(WRITE, "10.0.0.9", "10.0.0.1", 900)])
    assert (len(incident.timeline), incident.omitted) == (LONGEST, 51)
    assert incident.timeline[-1].rule == WRITE
    assert len(incident.graph["nodes"]) == len(incident.graph["edges"]) == LONGEST
    assert incident.alerts == LONGEST + 51
