"""The copy of the states follows the ledger, whatever was changed and by how many."""

from __future__ import annotations

from pathlib import Path

import pytest

from correlation import alert_states
from correlation.alert_states import AlertStates
from correlation.query_tree import Among, Everything, Node, Not
from correlation.triage import Triage
from detection.alert import ALERT
from tests.support.desk import ACTOR, open_desk
from wanglou.errors import UsageError

FIELD = next(field for field in ALERT.fields if field.name == "event.id")


def names(node: Node) -> tuple[bool, set[str]]:
    """Tell whether ids are wanted or unwanted, and which."""
    inner = node.part if isinstance(node, Not) else node
    assert isinstance(inner, Among)
    return not isinstance(node, Not), set(inner.values.split("\n"))


@pytest.mark.parametrize("most", [0, 5_000])
def test_states_follow_the_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """New states, changed ones, and changes of other things; read anew or followed by the audit."""
    monkeypatch.setattr(alert_states, "MOST_CHANGES", most)
    with open_desk(tmp_path) as desk:
        triage, states = Triage(desk.ledger), AlertStates()

        def look(wanted: set[str], assignee: str | None = None) -> Node:
            with desk.ledger.reading() as connection:
                states.refresh(connection)
            return states.narrow(FIELD, wanted, assignee)

        assert look({"new"}) == Everything()
        assert look({"closed"}) == Not(Everything())
        triage.set_state({"a": "", "b": ""}, ACTOR, state="closed")
        triage.set_state({"c": ""}, ACTOR, state="acknowledged", assignee="li")
        assert names(look({"new", "acknowledged"})) == (False, {"a", "b"})
        assert names(look({"closed", "acknowledged"})) == (True, {"a", "b", "c"})
        triage.set_state({"a": ""}, ACTOR, state="new")
        desk.lake.put_document("view", "one", {})
        assert names(look({"closed"})) == (True, {"b"})
        assert names(look(set(), "li")) == (True, {"c"})
        assert names(look(set(), "")) == (False, {"c"})
        assert look(set()) == Everything()
        assert states.count() == 3
        with pytest.raises(UsageError):
            look({"open"})


def test_states_of_other_enterprises_are_not_named(tmp_path: Path) -> None:
    """A question about one enterprise carries its own ids, and those of which nobody noted whose they are."""
    with open_desk(tmp_path) as desk:
        Triage(desk.ledger).set_state({"a": "pharma", "b": "chemical", "c": ""}, ACTOR, state="closed")
        states = AlertStates()
        with desk.ledger.reading() as connection:
            states.refresh(connection)
        asked = frozenset({"pharma"})
        assert names(states.narrow(FIELD, {"closed"}, None, asked)) == (True, {"a", "c"})
        assert names(states.narrow(FIELD, {"new"}, None, asked)) == (False, {"a", "c"})
        assert names(states.narrow(FIELD, {"new"}, None)) == (False, {"a", "b", "c"})


def test_states_of_another_site_are_left_out(tmp_path: Path) -> None:
    """Several sites may share a ledger."""
    with open_desk(tmp_path) as desk:
        Triage(desk.ledger, "north").set_state({"a": ""}, ACTOR, state="closed")
        states = AlertStates()
        with desk.ledger.reading() as connection:
            states.refresh(connection)
        assert states.count() == 0
