"""Records of alerts come as far as they are wanted: so many, behind a place, with the fields asked for."""

from __future__ import annotations

from pathlib import Path

from correlation.alert_source import AlertSource
from correlation.query_tree import Everything
from correlation.record import position_of
from detection.alert import ALERT
from tests.support.desk import make_alerts, open_desk, write_alerts
from tests.support.lakes import make_identity

A = make_identity("a")


def test_records_come_in_order_from_a_place_on(tmp_path: Path) -> None:
    """The newest first or the oldest first, at most so many, none twice; only wanted fields where some are named."""
    with open_desk(tmp_path) as desk:
        write_alerts(desk.lake, A, make_alerts(30, A))
        whole = AlertSource(desk.lake, frozenset())
        everything = whole.search(Everything(), 100)
        assert len(everything) == 30
        assert whole.search(Everything(), 100, newest_first=False) == everything[::-1]
        assert whole.search(Everything(), 7) == everything[:7]
        assert whole.search(Everything(), 7, position_of(ALERT, everything[6])) == everything[7:14]
        some = AlertSource(desk.lake, frozenset({"rule.name"})).search(Everything(), 5)
        assert [one["rule.name"] for one in some] == [one["rule.name"] for one in everything[:5]]
        assert all("source.ip" not in one for one in some)
