"""The one control of time."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.period import MINUTE_NS, parse_period, write_local
from wanglou.errors import UsageError

NOW_NS = 1_790_000_000 * 10**9
WHOLE_NS = NOW_NS + 40 * 10**9
"""The whole minute after it."""
SHANGHAI = ZoneInfo("Asia/Shanghai")


def test_presets_end_now() -> None:
    """The default is a stretch up to now; ends that move are no absolute ones."""
    period = parse_period("", "", SHANGHAI, NOW_NS, "7d")
    assert (period.end_ns, period.start_ns) == (WHOLE_NS, WHOLE_NS - (7 * 24 * 60 + 1) * MINUTE_NS)
    assert period.preset == "7d"
    assert not period.is_absolute


def test_times_without_an_offset_are_local() -> None:
    """Eight hours lie between Shanghai and UTC; an offset that is given holds."""
    local = parse_period("2026-11-21T08:00", "2026-11-21T09:00:00.5", SHANGHAI, NOW_NS)
    utc = parse_period("2026-11-21T00:00Z", "2026-11-21T01:00:00.5+00:00", SHANGHAI, NOW_NS)
    assert (local.start_ns, local.end_ns) == (utc.start_ns, utc.end_ns)
    assert local.is_absolute
    assert write_local(local.start_ns, SHANGHAI) == "2026-11-21T08:00:00"


@pytest.mark.parametrize(("start", "end"), [("now", "now"), ("tomorrow", ""), ("now-1y", ""), ("9999-01-01", ""),
                                            ("2026-11-21", "2026-11-20"), ("now-999999d", "")])  # fmt: skip
def test_what_is_no_stretch_is_refused(start: str, end: str) -> None:
    """Every one with a sentence, none with an error of its own."""
    with pytest.raises(UsageError):
        parse_period(start, end, SHANGHAI, NOW_NS)


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_text_is_read_or_refused(start: str, end: str) -> None:
    """Hostile addresses raise nothing but UsageError."""
    try:
        period = parse_period(start, end, SHANGHAI, NOW_NS)
    except UsageError:
        return
    assert period.start_ns < period.end_ns


def test_bars_are_few_and_of_whole_minutes() -> None:
    """Whatever the stretch, at most 96 bars; a day's are whole minutes, which rollups answer."""
    for hours in (1, 24, 24 * 30, 24 * 365 * 100):
        period = parse_period(f"now-{hours}h", "now", SHANGHAI, NOW_NS)
        interval = period.interval_ns()
        assert (period.end_ns - period.start_ns) / interval <= 97
        assert hours < 2 or interval % MINUTE_NS == 0 or hours > 24 * 365
