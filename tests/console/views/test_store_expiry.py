"""What would go from the store at once."""

from __future__ import annotations

import time

import pytest

from console.views.store_expiry import MOST_DAYS, USUAL_DAYS, expire, find_expiry, read_days
from tests.support.cases import visit_of
from tests.support.consoles import Console
from wanglou.errors import UsageError


def test_a_preview_adds_up_and_removes_nothing(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer days that stay are more that go; as many as there are at most."""
    later_ns = time.time_ns() + 30 * 86_400 * 10**9
    monkeypatch.setattr(console.services, "clock", lambda: later_ns)
    visit = visit_of(console)
    whole = sum(sum(one.rows.values()) for one in console.services.store.captures())
    few, many = find_expiry(visit, 1), find_expiry(visit, MOST_DAYS)
    assert many.days == []
    assert 0 < few.records <= whole
    assert few.size_bytes > 0
    assert sum(sum(one.rows.values()) for one in console.services.store.captures()) == whole


@pytest.mark.parametrize("days", ["0", "-1", "x", "36501", "1e3", "9" * 9])
def test_what_is_no_number_of_days_is_refused(console: Console, days: str) -> None:
    """With words; without one it is what the settings say, or a usual one."""
    assert read_days(visit_of(console)) == USUAL_DAYS
    assert read_days(visit_of(console, "days=7")) == 7
    with pytest.raises(UsageError, match="no number of days"):
        read_days(visit_of(console, f"days={days}"))


@pytest.mark.parametrize("before", ["", "x", "2026-13-01", "9999-01-01", "20261121T00"])
def test_what_is_no_day_is_refused(console: Console, before: str) -> None:
    """Nor one that is yet to come; no job is made."""
    with pytest.raises(UsageError):
        expire(visit_of(console), before)
