"""Many that do the same at the same time."""

from __future__ import annotations

import random

from correlation.alert_facts import read_facts
from correlation.crowds import CROWD
from correlation.incident_grouping import QUIET_NS, group_alerts
from tests.support.alerts import READ, SCAN, SECOND_NS, WRITE, Alert, make_alert, make_columns

SAFETY = "modbus_safety_range_write"
RULES = ("modbus_vendor_function", READ, SCAN, WRITE)
QUIET_S = QUIET_NS // SECOND_NS


def group(alerts: list[Alert]) -> dict[str, int]:
    """Group of each alert."""
    facts = read_facts(make_columns(alerts))
    return dict(zip(facts.table["event.id"].to_pylist(), group_alerts(facts).tolist(), strict=True))


def count(alerts: list[Alert]) -> int:
    """Count the groups."""
    return len(set(group(alerts).values()))


def make_crowd(rules: tuple[str, ...] = (READ,), size: int = CROWD, target: str = "10.0.0.{}") -> list[Alert]:
    """Make actors that each raise all of the rules, on a target of their own unless told."""
    return [
        make_alert(rule, f"10.1.0.{host}", target.format(host), 10 * host + place)
        for host in range(size)
        for place, rule in enumerate(rules)
    ]


def test_rules_need_not_be_the_same_ones() -> None:
    """Actors with different lesser rules beside the grave one that all have are one crowd."""
    extra = [make_alert(RULES[host % 3], f"10.1.0.{host}", f"10.0.0.{host}", 5 + host) for host in range(CROWD)]
    assert count(make_crowd((WRITE,)) + extra) == 1


def test_who_does_graver_things_stands_out() -> None:
    """Or a thing of its own that is as grave; a lesser one of its own does not matter."""
    crowd = make_crowd((WRITE,))
    graver = make_alert(SAFETY, "10.1.0.0", "10.0.0.0", 50)
    groups = group([*crowd, make_alert(WRITE, "10.1.0.99", "10.0.0.99", 20), graver])
    assert len(set(groups.values())) == 2
    assert groups[graver["event.id"]] == groups[crowd[0]["event.id"]] != groups[crowd[1]["event.id"]]
    assert count([*crowd, make_alert(SCAN, "10.1.0.0", None, 9)]) == 1


def test_nine_are_no_crowd() -> None:
    """Also where others do the same beside something graver."""
    nine = make_crowd((WRITE,), CROWD - 1)
    assert count(nine) == CROWD - 1
    grave = [make_alert(rule, "10.1.0.99", "10.0.0.99", 9) for rule in (WRITE, SAFETY)]
    assert count(nine + grave) == CROWD


def test_a_stage_on_one_target() -> None:
    """Ten actors at one stage on one target are one, by whatever rules; on targets of their own they are not."""
    rules = (WRITE, SAFETY)
    for target, expected in (("10.0.0.1", 1), ("10.0.0.{}", CROWD)):
        alerts = [make_alert(rules[host % 2], f"10.1.0.{host}", target.format(host), host) for host in range(CROWD)]
        assert count(alerts) == expected


def test_a_pause_parts_crowds() -> None:
    """Five now and five an hour later are ten."""
    halves = [make_alert(READ, f"10.1.0.{host}", "10.0.0.1", (host // 5) * (QUIET_S + 9)) for host in range(CROWD)]
    assert count(halves) == CROWD


def test_a_storm_in_any_order() -> None:
    """Many sources with any two of four rules are a handful, the same however they are shuffled."""
    chance = random.Random(1)  # noqa: S311 - made-up traffic, the same in every run
    storm = [
        make_alert(rule, f"10.1.{source}.1", f"10.0.0.{chance.randrange(9)}", chance.randrange(1_800))
        for source in range(100)
        for rule in chance.sample(RULES, 2)
    ]
    groups = group(storm)
    assert len(set(groups.values())) <= len(RULES)
    chance.shuffle(storm)
    assert group(storm) == groups
