"""Merges and splits by hand."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from correlation.alert_facts import read_facts
from correlation.decision import Decision, Part, apply_decisions
from correlation.incident_grouping import group_alerts
from tests.support.alerts import ALERTS, READ, WRITE, Alert, make_alert, make_columns

FIRST = make_alert(WRITE, "10.0.0.8", "10.0.0.1")
SECOND = make_alert(READ, "10.0.0.9", "10.0.0.2", 5)
LATER = make_alert(WRITE, "10.0.0.9", "10.0.0.2", 9)


def decide(alerts: list[Alert], *decisions: Decision) -> tuple[dict[str, int], dict[str, bool]]:
    """Group of each alert by its id after decisions, and whether people laid it there."""
    facts = read_facts(make_columns(alerts))
    labels, by_hand = apply_decisions(facts, group_alerts(facts), decisions)
    ids = facts.table["event.id"].to_pylist()
    return dict(zip(ids, labels.tolist(), strict=True)), dict(zip(ids, by_hand.tolist(), strict=True))


def test_a_merge_holds_for_what_comes_later() -> None:
    """Two groups are one, with alerts that came after the decision."""
    merge = Decision("merge", (FIRST["event.id"],), (SECOND["event.id"],))
    assert len(set(decide([FIRST, SECOND], merge)[0].values())) == 1
    assert len(set(decide([FIRST, SECOND, LATER], merge)[0].values())) == 1


def test_a_split_holds_for_what_comes_later() -> None:
    """Alerts that are named as those of a rule leave, also those that come after; then both parts are by hand."""
    split = Decision("split", (SECOND["event.id"],), (), Part(rule=WRITE, source="10.0.0.9"))
    groups, by_hand = decide([FIRST, SECOND, LATER], split)
    assert len(set(groups.values())) == 3
    assert [by_hand[one["event.id"]] for one in (FIRST, SECOND, LATER)] == [False, True, True]


def test_decisions_in_their_order() -> None:
    """What was split can be merged again."""
    split = Decision("split", (SECOND["event.id"],), (), Part((LATER["event.id"],)))
    merge = Decision("merge", (SECOND["event.id"],), (LATER["event.id"],))
    assert len(set(decide([SECOND, LATER], split)[0].values())) == 2
    assert len(set(decide([SECOND, LATER], split, merge)[0].values())) == 1
    assert len(set(decide([SECOND, LATER], merge, split)[0].values())) == 2


def test_decisions_about_what_is_gone() -> None:
    """Where no alert of a side is left, nothing happens; the next anchor stands in for one that is gone."""
    lost = Decision("merge", ("alert-0",), (SECOND["event.id"],))
    assert len(set(decide([FIRST, SECOND], lost)[0].values())) == 2
    other = Decision("merge", ("alert-0", FIRST["event.id"]), (SECOND["event.id"],))
    assert len(set(decide([FIRST, SECOND], other)[0].values())) == 1


def test_enterprises_are_never_merged() -> None:
    """A decision that would join two enterprises does nothing."""
    other = make_alert(READ, "10.0.0.9", "10.0.0.2", enterprise="water")
    merge = Decision("merge", (FIRST["event.id"],), (other["event.id"],))
    assert len(set(decide([FIRST, other], merge)[0].values())) == 2


@given(st.lists(ALERTS, min_size=2, max_size=20), st.data(), st.randoms(use_true_random=False))
def test_decisions_do_not_depend_on_the_order_of_alerts(
    alerts: list[Alert], data: st.DataObject, chance: random.Random
) -> None:
    """Shuffled alerts give the same groups after the same decisions."""
    ids = st.sampled_from([alert["event.id"] for alert in alerts])
    merges = st.builds(lambda one, other: Decision("merge", (one,), (other,)), ids, ids)
    splits = st.builds(lambda one, other: Decision("split", (one,), (), Part((other,))), ids, ids)
    decisions = data.draw(st.lists(merges | splits, max_size=4))
    shuffled = chance.sample(alerts, len(alerts))
    assert decide(alerts, *decisions) == decide(shuffled, *decisions)
