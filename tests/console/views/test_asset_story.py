"""What happened to one asset, what it does, and what was raised about it."""

from __future__ import annotations

import itertools

import pytest

from console.record import Record
from console.views.asset_story import (
    count_alerts_of,
    draw_first,
    draw_point,
    list_alerts_of,
    list_incidents_of,
    list_moments,
    name_points,
    read_dealings,
    write_alert_query,
    write_flow_query,
)
from console.views.assets import get_asset, list_page, read_query
from correlation.asset import Asset
from correlation.record import read_records
from tests.support.consoles import Console
from tests.support.hunting import visit_of
from wanglou.errors import UsageError


def list_all(console: Console) -> list[Asset]:
    """Give all assets of the console's park."""
    visit = visit_of(console, "scope=all")
    return [get_asset(visit, line.id) for line in list_page(visit, read_query(visit), "name", 500, "").lines]


def test_queries_find_what_the_page_tells_of(stock: Console) -> None:
    """Alerts by either end, flows by one; as many flows as there are dealings at least."""
    visit = visit_of(stock)
    seen = 0
    for asset in list_all(stock):
        found = list_alerts_of(visit, asset)
        assert count_alerts_of(visit, asset) == visit.store.count("alert", write_alert_query(asset))
        assert len(found) == min(count_alerts_of(visit, asset), 50)
        if asset.addresses:
            count = sum(visit.store.count("flow", write_flow_query(asset, end)) for end in ("source", "destination"))
            dealings = read_dealings(visit, asset)
            seen += bool(count) and dealings is not None
            assert all(case.id for case in list_incidents_of(visit, found))
    assert seen


def test_lines_of_alerts_show_what_they_hold(stock: Console) -> None:
    """Time, severity, number and title of the alert itself; the newest of its addresses, each once."""
    visit = visit_of(stock)
    listed = [(asset, list_alerts_of(visit, asset)) for asset in list_all(stock)]
    assert any(alerts for _, alerts in listed)
    for asset, alerts in listed:
        whole = visit.store.search("alert", write_alert_query(asset), limit=50)
        records = [Record(one) for batch in whole for one in read_records(batch)]
        assert [one.id for one in alerts] == [one["event.id"] for one in records]
        for one, record in zip(alerts, records, strict=True):
            for name in ("@timestamp", "event.severity", "wanglou.alert.count"):
                assert one.record[name] == record[name]
            for language in ("zh", "en"):
                assert one.title(language) == record[f"wanglou.alert.title.{language}"]


def test_moments_come_the_newest_first(stock: Console) -> None:
    """Each with its kind; every asset was new once."""
    for asset in list_all(stock):
        moments = list_moments(visit_of(stock), asset)
        assert all(one.at_ns >= other.at_ns for one, other in itertools.pairwise(moments))


def test_points_are_drawn_with_their_values(stock: Console) -> None:
    """Values above the least of them; a point that is none is told."""
    visit = visit_of(stock)
    owners = [(asset, points) for asset in list_all(stock) if (points := name_points(visit, asset))]
    assert owners
    asset, points = owners[0]
    drawn = draw_point(visit, asset, points[0].id)
    assert all(min(one.shape, default=0.0) == 0.0 for one in drawn)
    with pytest.raises(UsageError):
        draw_first(visit, asset, "nothing")
