"""Summaries made in one pass are those made one by one, with rollups and without."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlation import rollup
from correlation.lake import Lake
from correlation.passes import _ip_order
from correlation.store import Cardinality, DateHistogram, Groups, Several, Single, Terms
from tests.support.desk import make_alerts, open_desk, write_alerts
from tests.support.lakes import HOUR_NS, START_NS, make_identity

PARTS: dict[str, Single] = {
    "rules": Terms("rule.name", 2),
    "sources": Terms("source.ip", 3),
    "destinations": Terms("destination.ip"),
    "severities": Terms("event.severity"),
    "techniques": Terms("threat.technique.id"),
    "captures": Terms("wanglou.capture"),
    "times": Terms("@timestamp", 5),
    "hours": DateHistogram(HOUR_NS),
    "odd": DateHistogram(7 * 10**9),
    "ends": DateHistogram(HOUR_NS, "event.end"),
    "different": Cardinality("source.ip"),
    "both": Groups(("rule.name", "source.ip"), 4),
}


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """Give alerts of two captures, of which only one has rollups."""
    with pytest.MonkeyPatch.context() as patch, open_desk(tmp_path_factory.mktemp("desk")) as desk:
        patch.setattr(rollup, "FEWEST_ROWS", 1)
        write_alerts(desk.lake, make_identity("a"), make_alerts(80, make_identity("a")))
        patch.undo()
        write_alerts(desk.lake, make_identity("b"), make_alerts(50, make_identity("b"), seed=9))
        yield desk.lake


@given(
    names=st.lists(st.sampled_from(sorted(PARTS)), unique=True),
    query=st.sampled_from(("", "rule.level:low", "NOT rule.name:scan*", "source.ip:10.0.0.1", "rule.name:none")),
    start=st.sampled_from((None, START_NS + HOUR_NS, START_NS + HOUR_NS + 1)),
)
def test_together_as_alone(lake: Lake, names: list[str], query: str, start: int | None) -> None:
    """Any of them together, for any filter and period."""
    parts = {name: PARTS[name] for name in names}
    found = lake.aggregate("alert", Several(parts), query, start_ns=start)
    assert [one.key for one in found] == names
    for one in found:
        alone = lake.aggregate("alert", PARTS[str(one.key)], query, start_ns=start)
        assert list(one.parts) == list(alone), one.key


def test_addresses_sort_as_in_the_database(lake: Lake) -> None:
    """IPv4 as mapped into IPv6, texts that are no address by themselves."""
    ips = ["::1", "10.0.0.2", "10.0.0.10", "255.255.255.255", "fe80::1", "2001:db8::5", "0.0.0.0"]  # noqa: S104
    with lake._reader.cursor() as cursor:
        sql = "SELECT a FROM (SELECT unnest(?) AS a) ORDER BY wanglou_ip_order(a)"
        ordered = [row[0] for row in cursor.execute(sql, [ips]).fetchall()]
    assert ordered == sorted(ips, key=_ip_order)
    assert all(_ip_order(one) < _ip_order(other) for one, other in pairwise(ordered))
