"""What the wall view asks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.views import wall
from console.views.wall import ASPECT, Place, place_enterprises, rank_kinds, read_aspect, take_period
from tests.support.consoles import Console
from tests.support.hunting import visit_of
from tests.support.visits import NOW_NS, make_visit
from wanglou.addresses import Ranges
from wanglou.site import Enterprise, Name

MINUTE_NS = 60 * 10**9


def make(identity: str, x: float | None = None, y: float | None = None) -> Enterprise:
    """Make an enterprise at a place."""
    return Enterprise(identity, Name(identity, identity), Ranges([]), x, y)


def test_enterprises_stand_where_the_site_file_says() -> None:
    """The highest risk is drawn last; one without a place, or without an entry, stands in the grid."""
    places = place_enterprises([make("a", 50, 20), make("b"), make("c", 0, 100)], {"a": 9_000, "d": 100}, 2.0)
    by_name = {one.enterprise: one for one in places}
    assert places[-1].enterprise == "a"
    assert (by_name["a"].x, by_name["a"].y, by_name["a"].tone) == (100, 20, "critical")
    assert (by_name["c"].x, by_name["c"].y, by_name["c"].score) == (0, 100, None)
    assert (by_name["d"].x, by_name["d"].tone) == (50, "low")
    assert by_name["b"].x == 150


@given(st.dictionaries(st.text(min_size=1, max_size=5), st.integers(0, 10_000), max_size=300))
def test_every_place_is_on_the_map(scores: dict[str, int]) -> None:
    """However many there are, and no two share a place in the grid."""
    places = place_enterprises([], scores)
    assert all(0 < one.x < 100 * ASPECT and 0 < one.y < 100 for one in places)
    assert len({(one.x, one.y) for one in places}) == len(places) <= 200
    assert sum(one.is_named for one in places) <= 12


@pytest.mark.parametrize(
    ("plan", "aspect"),
    [
        ('<svg viewBox="0 0 200 100">', 2.0),
        ('<svg viewBox="-5,-5 30 40.0">', 0.75),
        ('<svg viewBox="0 0 9999 1">', 4.0),
        ('<svg viewBox="0 0 0 1">', ASPECT),
        ('<svg viewBox="0 0 1.2.3 1">', ASPECT),
        ("", ASPECT),
    ],
)
def test_the_map_is_as_wide_as_its_plan(plan: str, aspect: float) -> None:
    """Within bounds, and some width where the plan tells none."""
    assert read_aspect(plan) == aspect


@pytest.mark.parametrize("looked_at", [1, 5, 1_000])
def test_kinds_have_the_words_of_their_newest_alert(
    stock: Console, monkeypatch: pytest.MonkeyPatch, looked_at: int
) -> None:
    """Whether it is among the newest of all alerts or not."""
    monkeypatch.setattr(wall, "MOST_LOOKED_AT", looked_at)
    visit = visit_of(stock)
    kinds = rank_kinds(visit, visit.period)
    assert len(kinds) > 1
    for kind in kinds:
        (newest,) = visit.store.search("alert", f'rule.name:"{kind.rule}"', limit=1)
        record = newest.to_pylist()[0]
        assert (kind.title_zh, kind.title_en) == (record["wanglou.alert.title.zh"], record["wanglou.alert.title.en"])
        assert kind.severity == record["event.severity"]
        assert list(kind.techniques) == (record["threat.technique.id"] or [])
        assert kind.count == visit.store.count("alert", f'rule.name:"{kind.rule}"')


def test_it_is_about_a_day() -> None:
    """Unless another time is asked for; it begins with a minute."""
    for query, seconds in (("", 86_400), ("from=now-1h", 3_600)):
        start_ns = NOW_NS - seconds * 10**9
        assert take_period(make_visit(query=query)).start_ns == start_ns - start_ns % MINUTE_NS


def test_marks_grow_with_risk() -> None:
    """A place of no risk is seen too."""
    assert Place("a", 0, 0, 0, True).radius < Place("a", 0, 0, 10_000, True).radius
    assert Place("a", 0, 0, None, True).radius > 5
