"""What the overview asks."""

from __future__ import annotations

from console.views.overview import lead, lead_to_alerts, name_loss
from tests.support.visits import make_visit


def test_a_number_leads_where_its_reader_may_go() -> None:
    """To the rows where there is such a page and the permission, else to the part of this page."""
    assert lead(make_visit(paths=["/alerts"]), "alerts.read", "/alerts", "#alerts", state="all") == "/alerts?state=all"
    assert lead(make_visit(paths=["/alerts"], role="leader"), "alerts.read", "/alerts", "#alerts") == "#alerts"
    assert lead(make_visit(), "alerts.read", "/alerts", "#alerts") == "#alerts"


def test_alerts_are_those_of_the_same_time() -> None:
    """Of the period as it was asked for, of any state; or of a part of it in UTC."""
    visit = make_visit(path="/", query="from=now-24h&to=now", paths=["/alerts"])
    assert lead_to_alerts(visit, "#alerts") == "/alerts?from=now-24h&to=now&state=all"
    part = lead_to_alerts(visit, "#alerts", 0, 1_500_000, severity="high")
    assert part == "/alerts?from=1970-01-01T00:00:00Z&to=1970-01-01T00:00:00.001500Z&state=all&severity=high"


def test_losses_have_words() -> None:
    """In both languages; a counter without words is told by its name."""
    assert name_loss(make_visit(language="zh"), "packets_truncated") == "捕获长度短于线路长度的报文"
    assert name_loss(make_visit(), "something_new") == "something_new"
