"""Filters become one checked tree."""

from __future__ import annotations

from pathlib import Path

import pytest

from correlation.alert_filter import AlertFilter, any_of, find_field, in_scope, join
from correlation.query_tree import And, Equal, Everything, Not, Or
from tests.support.desk import make_alerts, open_desk, write_alerts
from tests.support.lakes import make_identity
from wanglou.errors import UsageError


def test_parts_are_joined(tmp_path: Path) -> None:
    """Everything falls away; one part stays as it is."""
    with open_desk(tmp_path) as desk:
        level = find_field(desk.lake, "alert", "rule.level")
        high, low = Equal(level, "high"), Equal(level, "low")
        assert join(Everything(), Everything()) == Everything()
        assert join(Everything(), high) == high
        assert join(high, low) == And((high, low))
        assert any_of(level, frozenset({"low", "high"})) == Or((high, low))
        assert any_of(level, ()) == Not(Everything())
        assert in_scope(desk.lake, "alert", None) == Everything()
        assert in_scope(desk.lake, "alert", frozenset()) == Not(Everything())
        with pytest.raises(UsageError):
            find_field(desk.lake, "alert", "no.field")


def test_ids_and_enterprises_narrow(tmp_path: Path) -> None:
    """Alerts named by id are found as far as their enterprise may be seen."""
    alerts = make_alerts(20, make_identity("a"))
    ids = tuple(one["event.id"] for one in alerts[:8])
    with open_desk(tmp_path) as desk:
        write_alerts(desk.lake, make_identity("a"), alerts)
        with desk.ledger.reading() as connection:
            node = desk.queries.compile(connection, AlertFilter(ids=ids, enterprises=frozenset({"chem"})))
        assert desk.lake.count("alert", node) == sum(one["organization.id"] == "chem" for one in alerts[:8])
