"""The time of a capture."""

from __future__ import annotations

from console.capture_time import find_capture_times
from console.period import parse_period
from tests.support.consoles import Console
from tests.support.visits import make_visit


def test_the_time_of_a_named_capture_is_given(console: Console) -> None:
    """All of its records lie within it; queries without a capture, or with one that is not there, have none."""
    visit = make_visit()
    visit.services = console.services
    capture = console.services.store.captures()[0]
    times = find_capture_times(visit, f'wanglou.capture:"{capture.record.identity}" AND a')
    assert times is not None
    period = parse_period(*times, visit.zone, visit.now_ns)
    assert capture.min_ns is not None
    assert capture.max_ns is not None
    assert period.start_ns <= capture.min_ns < capture.max_ns < period.end_ns
    assert find_capture_times(visit, "a") is None
    assert find_capture_times(visit, "wanglou.capture:nothing") is None


def test_the_page_offers_it(console: Console) -> None:
    """In the menu of times."""
    identity = console.services.store.captures()[0].record.identity
    page = console.as_("analyst").get("/alerts", params={"q": f'wanglou.capture:"{identity}"'})
    assert "Time of the capture" in page.text
