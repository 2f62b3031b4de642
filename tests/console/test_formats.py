"""How values are written on pages."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from console.formats import quote_value, write_ago, write_local, write_moment, write_segment, write_zone
from correlation.query import parse_query
from detection.alert import ALERT
from tests.support.visits import make_visit

NS = 1_790_000_000_123_456_789


def test_times_are_local_with_utc_in_the_tooltip() -> None:
    """Shanghai is eight hours ahead."""
    visit = make_visit()
    assert write_local(NS, visit) == "2026-09-21 22:13:20"
    assert write_local(NS, visit, 6) == "2026-09-21 22:13:20.123456"
    assert "2026-09-21 14:13:20.123 UTC" in write_moment(NS, visit)
    assert write_moment(None, visit) == ""
    assert write_zone(visit) == "UTC+8"


def test_how_long_ago() -> None:
    """Roughly, in the reader's words."""
    visit = make_visit(now_ns=NS)
    assert write_ago(NS - 3 * 3_600 * 10**9, visit) == "3 h ago"
    assert write_ago(NS + 1, visit) == "just now"


@given(st.text(min_size=1, max_size=40))
def test_any_value_can_be_asked_for(text: str) -> None:
    """What a filter writes is read as one value, whatever it holds."""
    if not text.isprintable() or not text.strip():
        return
    node = parse_query(f"rule.name:{quote_value(text)}", ALERT, now_ns=0)
    assert getattr(node, "value", text) == text


def test_a_segment_holds_no_slash() -> None:
    """Ids from traffic cannot lead to another path."""
    assert write_segment("a/../b?c") == "a%2F..%2Fb%3Fc"
    assert escape(write_segment("<x>")) == "%3Cx%3E"
