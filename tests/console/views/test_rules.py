"""Rules as pages and the API show them."""

from __future__ import annotations

import pytest

from console.views.alerts import list_alerts
from console.views.alerts import read_query as read_alerts
from console.views.rules import list_rules, read_query, split_sentence
from console.visit import Visit
from tests.support.consoles import EVER, Console
from tests.support.visits import make_guest, make_visit
from wanglou.errors import UsageError


def visit_of(console: Console, query: str = EVER, enterprises: frozenset[str] | None = None) -> Visit:
    """Make the visit of an analyst, by default of the whole park."""
    visit = make_visit(query=query)
    visit.services, visit.guest = console.services, make_guest("analyst", enterprises=enterprises)
    return visit


def test_hits_are_the_alerts_of_the_period(console: Console) -> None:
    """Each rule's number is that of its alerts, and of its sparkline; the most first."""
    visit = visit_of(console)
    found = list_rules(visit, read_query(visit)).found
    alerts = list_alerts(visit, read_alerts(visit_of(console, f"{EVER}&state=all"), 500)).rows
    assert {row.id: row.hits for row in found if row.hits} == {
        name: sum(one.record["rule.name"] == name for one in alerts)
        for name in {str(one.record["rule.name"]) for one in alerts}
    }
    assert all(sum(row.bars) == row.hits for row in found)
    assert [row.hits for row in found] == sorted((row.hits for row in found), reverse=True)


def test_hits_of_others_are_not_counted(console: Console) -> None:
    """Whoever is bound to an enterprise without alerts sees none."""
    visit = visit_of(console, enterprises=frozenset({"nobody"}))
    assert list_rules(visit, read_query(visit)).active == 0


@pytest.mark.parametrize("order", ["name", "-name", "severity", "dataset", "-state", "hits", "x"])
def test_every_order_holds_all(console: Console, order: str) -> None:
    """None is lost; an order that is none is by severity."""
    visit = visit_of(console)
    found = list_rules(visit, read_query(visit), order).found
    assert {row.id for row in found} == set(console.services.rules.by_name)


def test_wrong_questions(console: Console) -> None:
    """What is no level, state or dataset chooses nothing; too many words are refused."""
    visit = visit_of(console, f"{EVER}&level=x&state=,,&technique=%00&q=%25_*")
    assert list_rules(visit, read_query(visit)).found == []
    with pytest.raises(UsageError):
        read_query(visit_of(console, f"q={'x' * 201}"))


def test_sentences_tell_text_from_fields() -> None:
    """Whatever stands where."""
    assert split_sentence("{a.b} to {c}.") == [("a.b", True), (" to ", False), ("c", True), (".", False)]
    assert split_sentence("plain") == [("plain", False)]
