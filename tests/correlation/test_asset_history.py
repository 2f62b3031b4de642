"""The history of an asset."""

from __future__ import annotations

from correlation.asset_cluster import cluster
from correlation.asset_history import MOST_EVENTS, tell_history
from tests.support.claims import HOUR_NS, claim, source


def tell(*claims: object) -> list[tuple[str, str, str, str]]:
    """Tell what happened to the one device that claims are about."""
    (one,) = cluster(source(claims))  # type: ignore[arg-type]
    events = tell_history(one, [each for _, each in one.claims], None)
    return [(event.kind, event.field, event.before, event.after) for event in events]


def test_a_value_that_follows_another_is_a_change() -> None:
    """New first, then each change in the order of time."""
    told = tell(claim("firmware", "1.0", "10.0.1.5", at=0, until=9), claim("firmware", "1.1", "10.0.1.5", at=10))
    assert told == [("new", "", "", ""), ("changed", "firmware", "1.0", "1.1")]


def test_sources_that_differ_are_no_change() -> None:
    """Two protocols may name a model differently all the time."""
    told = tell(claim("model", "M340", "10.0.1.5"), claim("model", "BMX P34", "10.0.1.5", source="opcua", at=1))
    assert told == [("new", "", "", "")]


def test_history_is_bounded() -> None:
    """The first event stays, then the latest."""
    (one,) = cluster(source([claim("firmware", f"{number:04d}", "10.0.1.5", at=number) for number in range(500)]))
    events = tell_history(one, [each for _, each in one.claims], 600 * HOUR_NS)
    assert len(events) == MOST_EVENTS
    assert (events[0].kind, events[-1].kind) == ("new", "gone")
