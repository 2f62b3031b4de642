"""Alerts as columns."""

from __future__ import annotations

from correlation.risk_facts import ACKNOWLEDGED, CLOSED, OPEN, SUPPRESSED, empty_alerts
from correlation.risk_formula import HOUR_NS
from tests.support.risks import NOW_NS, OneAlert, make_alerts


def test_how_alerts_stood_at_a_moment() -> None:
    """What was done later had not been done yet."""
    alerts = make_alerts(
        [
            OneAlert(0, 0, 50, 10),
            OneAlert(0, 0, 50, 10, handled=2),
            OneAlert(0, 0, 50, 10, handled=2, closed=6),
            OneAlert(0, 0, 50, 10, closed=6, suppressed=True),
        ]
    )
    assert alerts.states(NOW_NS).tolist() == [OPEN, ACKNOWLEDGED, CLOSED, SUPPRESSED]
    assert alerts.states(NOW_NS - 5 * HOUR_NS).tolist() == [OPEN, ACKNOWLEDGED, ACKNOWLEDGED, OPEN]


def test_settled_handling_counts_at_once() -> None:
    """What people did after the last packet counts at the last packet; what nobody did stays undone."""
    alerts = make_alerts([OneAlert(0, 0, 50, 10, closed=400), OneAlert(0, 0, 50, 10)])
    assert alerts.states(NOW_NS).tolist() == [OPEN, OPEN]
    assert alerts.settle(NOW_NS).states(NOW_NS).tolist() == [CLOSED, OPEN]


def test_no_alerts() -> None:
    """Columns of no rows."""
    assert len(empty_alerts()) == 0
    assert empty_alerts().states(0).tolist() == []
