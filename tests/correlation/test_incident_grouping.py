"""Which alerts are one incident."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from correlation.alert_facts import read_facts
from correlation.crowds import CROWD
from correlation.incident_grouping import QUIET_NS, SLACK_NS, group_alerts
from tests.support.alerts import (
    ALERTS,
    READ,
    SCAN,
    SECOND_NS,
    SILENT,
    SPOOFED,
    STORM,
    WRITE,
    Alert,
    make_alert,
    make_columns,
)

QUIET_S = QUIET_NS // SECOND_NS


def group(alerts: Sequence[Alert]) -> set[frozenset[str]]:
    """Ids of the alerts of each group."""
    facts = read_facts(make_columns(alerts))
    groups: dict[int, set[str]] = {}
    for identity, number in zip(facts.table["event.id"].to_pylist(), group_alerts(facts).tolist(), strict=True):
        groups.setdefault(number, set()).add(identity)
    return {frozenset(ids) for ids in groups.values()}


def count(*alerts: Alert) -> int:
    """Count the groups."""
    return len(group(alerts))


def test_one_attacker_over_several_targets() -> None:
    """Scanning, reading and writing by one address is one, whatever it was done to."""
    scan = make_alert(SCAN, "10.0.0.9", None)
    read = [make_alert(READ, "10.0.0.9", f"10.0.0.{host}", 60 * host) for host in range(1, 5)]
    assert count(scan, *read, make_alert(WRITE, "10.0.0.9", "10.0.0.4", 900)) == 1


def test_two_attackers_on_one_target() -> None:
    """They are two, also where something befell their common victim."""
    first, second = make_alert(WRITE, "10.0.0.8", "10.0.0.1"), make_alert(WRITE, "10.0.0.9", "10.0.0.1", 1)
    assert count(first, second) == 2
    assert count(first, second, make_alert(SILENT, None, "10.0.0.1", 2)) == 2
    storms = [make_alert(STORM, source, "10.0.0.1", 3) for source in ("10.0.0.8", "10.0.0.9")]
    assert count(first, second, *storms, make_alert(SILENT, None, "10.0.0.1", 2)) == 2


def test_a_pause_ends_an_attack() -> None:
    """An hour apart is one, longer is two; what still goes on does not pause."""
    first = make_alert(WRITE, "10.0.0.9", "10.0.0.1")
    assert count(first, make_alert(READ, "10.0.0.9", "10.0.0.1", QUIET_S)) == 1
    assert count(first, make_alert(READ, "10.0.0.9", "10.0.0.1", QUIET_S + 1)) == 2
    lasting = make_alert(WRITE, "10.0.0.9", "10.0.0.1", lasts_s=500)
    assert count(lasting, make_alert(READ, "10.0.0.9", "10.0.0.1", QUIET_S + 500)) == 1


def test_enterprises_are_apart() -> None:
    """The same addresses in two enterprises are two things."""
    assert count(*(make_alert(WRITE, "10.0.0.9", "10.0.0.1", enterprise=one) for one in ("chem", "water"))) == 2


def test_what_befell_a_victim_goes_with_its_attacker() -> None:
    """A controller that falls silent belongs to who acted on it; without anybody it is by itself."""
    silent = make_alert(SILENT, None, "10.0.0.1", 100)
    assert count(silent, make_alert(WRITE, "10.0.0.9", "10.0.0.1")) == 1
    assert count(silent, make_alert(WRITE, "10.0.0.9", "10.0.0.2")) == 2
    assert count(silent, make_alert(WRITE, "10.0.0.9", "10.0.0.1", 2 * QUIET_S)) == 2


def test_a_suspect_comes_before_others() -> None:
    """A storm of exceptions belongs to who asked, not to the worse attacker of the same victim."""
    storm = make_alert(STORM, "10.0.0.8", "10.0.0.1", 10)
    own, worse = make_alert(READ, "10.0.0.8", "10.0.0.1"), make_alert(WRITE, "10.0.0.9", "10.0.0.1")
    assert group([storm, own, worse]) == {
        frozenset({storm["event.id"], own["event.id"]}),
        frozenset({worse["event.id"]}),
    }


def test_a_stepping_stone() -> None:
    """Who was acted on and then acts belongs to who acted on it; who acts first does not."""
    entry = make_alert(WRITE, "10.0.0.9", "10.0.0.5")
    assert count(entry, make_alert(READ, "10.0.0.5", "10.0.0.1", 300)) == 1
    slack = SLACK_NS // SECOND_NS
    assert count(entry, make_alert(READ, "10.0.0.5", "10.0.0.1", -slack)) == 1
    assert count(entry, make_alert(READ, "10.0.0.5", "10.0.0.1", -slack - 1)) == 2


def test_answers_are_acts_of_the_server() -> None:
    """A controller that answers what it should not acts on who asked."""
    assert count(make_alert(SPOOFED, "10.0.0.1", "10.0.0.5"), make_alert(SPOOFED, "10.0.0.2", "10.0.0.5", 9)) == 1
    assert count(make_alert(SPOOFED, "10.0.0.1", "10.0.0.5"), make_alert(SPOOFED, "10.0.0.1", "10.0.0.6", 9)) == 2


def test_a_crowd_is_one() -> None:
    """Ten actors with the same rules at the same time are one; nine are nine, and others stay apart."""
    crowd = [make_alert(READ, f"10.0.1.{host}", "10.0.0.1", host) for host in range(CROWD)]
    assert count(*crowd[1:]) == CROWD - 1
    assert count(*crowd) == 1
    assert count(*crowd, make_alert(WRITE, "10.0.2.1", "10.0.0.1", 3)) == 2


def test_a_crowd_of_victims_is_one() -> None:
    """Ten controllers that fall silent at once, and nobody acts, are one; those of an attacker go with it."""
    silent = [make_alert(SILENT, None, f"10.0.1.{host}", host) for host in range(CROWD)]
    assert count(*silent[1:]) == CROWD - 1
    assert count(*silent) == 1
    more = make_alert(SILENT, None, "10.0.1.99", 5)
    assert count(*silent, more, make_alert(WRITE, "10.0.2.1", "10.0.1.99", 3)) == 2


def test_nothing_to_group() -> None:
    """No alerts are no groups."""
    assert group([]) == set()


@given(st.lists(ALERTS, max_size=40), st.randoms(use_true_random=False))
def test_the_order_of_alerts_does_not_matter(alerts: list[Alert], chance: random.Random) -> None:
    """Shuffled, cut into batches, some of them given twice: the groups are the same."""
    expected = group(alerts)
    shuffled = alerts + chance.sample(alerts, len(alerts) // 3)
    chance.shuffle(shuffled)
    assert group(shuffled) == expected


@given(st.lists(ALERTS, min_size=1, max_size=30))
def test_every_alert_is_in_one_group(alerts: list[Alert]) -> None:
    """Groups part the alerts, and never join two enterprises or what a pause parts for everybody."""
    groups = group(alerts)
    assert sorted(one for ids in groups for one in ids) == sorted({alert["event.id"] for alert in alerts})
    enterprise = {alert["event.id"]: alert["organization.id"] for alert in alerts}
    assert all(len({enterprise[one] for one in ids}) == 1 for ids in groups)


def test_columns_of_any_shape() -> None:
    """Columns coded as dictionaries, as stores give them, are read as plain ones."""
    table = make_columns([make_alert(WRITE, "10.0.0.9", "10.0.0.1"), make_alert(READ, "10.0.0.9", "10.0.0.1", 5)])
    coded = table.set_column(
        table.schema.get_field_index("rule.name"), "rule.name", table["rule.name"].dictionary_encode()
    )
    halves = pa.concat_tables([coded.slice(0, 1), coded.slice(1)])
    assert group_alerts(read_facts(halves)).tolist() == [0, 0]
