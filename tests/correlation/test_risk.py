"""Figures of risk: what they promise, whatever the alerts and assets."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from correlation.risk import MOST_PARTS, OTHERS, Assessment, assess
from correlation.risk_facts import Asset, Fact, empty_alerts
from correlation.risk_weights import EXPOSURES, Weights, load_weights, parse_weights
from tests.support.risks import NOW_NS, OneAlert, make_alerts, make_assets

WEIGHTS = load_weights()
HARSH = parse_weights(
    WEIGHTS.text.replace("points: 60", "points: 95").replace("repeat: 0.25", "repeat: 0.9")
    .replace("next_rule: 0.5", "next_rule: 0.9").replace("closed: 0,", "closed: 0.5,"),
    Path("harsh.yaml"),
)  # fmt: skip
EITHER = st.sampled_from([WEIGHTS, HARSH])
ASSETS = 5

hours = st.floats(0, 2_000, allow_nan=False)
exposures = st.lists(st.sampled_from(EXPOSURES), unique=True, max_size=len(EXPOSURES)).map(
    lambda kinds: tuple(Fact(kind, "10.9.9.9", 1, ("a-flow-0-0",)) for kind in kinds)
)


@st.composite
def alerts(draw: st.DrawFn) -> OneAlert:
    """Make an alert, handled or not."""
    handled = draw(st.none() | hours)
    closed = draw(st.none() | hours)
    return OneAlert(
        draw(st.integers(0, ASSETS - 1)), draw(st.integers(0, 3)), draw(st.integers(0, 100)), draw(hours), handled,
        closed, draw(st.booleans()), draw(st.booleans()),
    )  # fmt: skip


assets = st.lists(
    st.builds(
        Asset,
        enterprise=st.sampled_from(["", "chem", "water"]),
        id=st.just(""),
        criticality=st.integers(0, 5),
        exposures=exposures,
        vulnerabilities=st.lists(
            st.builds(Fact, kind=st.sampled_from(["critical", "low"]), text=st.sampled_from("ab")), max_size=2
        ).map(tuple),
    ),
    min_size=ASSETS,
    max_size=ASSETS,
).map(lambda found: [replace(asset, id=f"10.0.0.{place}") for place, asset in enumerate(found)])


def scores(assessment: Assessment) -> dict[tuple[str, str, str], int]:
    """Scores by kind, enterprise and subject."""
    return {(one.kind, one.enterprise, one.subject): one.score for one in assessment.figures()}


@given(assets, st.lists(alerts(), max_size=25), EITHER)
@settings(max_examples=150, deadline=None)
def test_figures_lie_between_0_and_100_and_their_parts_add_up_to_them(
    found: list[Asset], some: list[OneAlert], weights: Weights
) -> None:
    """Scores are 0 to 10,000 hundredths, and the points of the parts are the score to the last digit."""
    for figure in assess(found, make_alerts(some), weights, NOW_NS).figures():
        assert 0 <= figure.score <= 10_000
        assert sum(part.points for part in figure.parts) == figure.score
        assert all(part.points >= 0 for part in figure.parts)


@given(assets, st.lists(alerts(), max_size=20), alerts(), EITHER)
@settings(max_examples=150, deadline=None)
def test_one_more_alert_never_lowers_a_figure(
    found: list[Asset], some: list[OneAlert], more: OneAlert, weights: Weights
) -> None:
    """Whatever the alert and wherever it belongs, no figure is lower with it."""
    before = scores(assess(found, make_alerts(some), weights, NOW_NS))
    after = scores(assess(found, make_alerts([*some, more]), weights, NOW_NS))
    assert all(after[key] >= score for key, score in before.items())


@given(assets, st.lists(alerts(), min_size=1, max_size=20), EITHER, st.data())
@settings(max_examples=200, deadline=None)
def test_handling_an_alert_or_handling_it_sooner_never_raises_a_figure(
    found: list[Asset], some: list[OneAlert], weights: Weights, data: st.DataObject
) -> None:
    """Taking up, closing and suppressing an alert, each at any time before what was, raise nothing."""
    place = data.draw(st.integers(0, len(some) - 1))
    alert = some[place]
    what = data.draw(st.sampled_from(["handled", "closed"]))
    was = alert.handled if what == "handled" else alert.closed
    sooner = data.draw(hours if was is None else st.floats(0, was, allow_nan=False))
    better = replace(alert, handled=sooner) if what == "handled" else replace(alert, closed=sooner)
    if data.draw(st.booleans()):
        better = replace(better, suppressed=True)
    before = scores(assess(found, make_alerts(some), weights, NOW_NS))
    after = scores(assess(found, make_alerts([*some[:place], better, *some[place + 1 :]]), weights, NOW_NS))
    assert all(after[key] <= score for key, score in before.items())


@given(assets, st.lists(alerts(), max_size=15), st.randoms(use_true_random=False))
@settings(max_examples=80, deadline=None)
def test_figures_do_not_depend_on_any_order(found: list[Asset], some: list[OneAlert], random: Random) -> None:
    """Assets and alerts in another order give the same scores."""
    before = scores(assess(found, make_alerts(some), WEIGHTS, NOW_NS))
    order = list(range(len(found)))
    random.shuffle(order)
    moved = [replace(alert, asset=order.index(alert.asset)) for alert in some]
    random.shuffle(moved)
    after = scores(assess([found[place] for place in order], make_alerts(moved), WEIGHTS, NOW_NS))
    assert before == after


@given(assets, st.lists(alerts(), max_size=15), EITHER)
@settings(max_examples=80, deadline=None)
def test_nothing_is_an_average(found: list[Asset], some: list[OneAlert], weights: Weights) -> None:
    """Enterprises are at least at their worst asset, the park at its worst enterprise; harmless ones change nothing."""
    before = assess(found, make_alerts(some), weights, NOW_NS)
    for enterprise in before.enterprises:
        assert enterprise.score >= max(one.score for one in before.assets if one.enterprise == enterprise.enterprise)
    assert before.park.score >= max(one.score for one in before.enterprises)
    quiet = [Asset(one.enterprise, f"10.1.0.{place}") for place, one in enumerate(found)]
    after = assess([*found, *quiet], make_alerts(some), weights, NOW_NS)
    assert (after.park.score, [one.score for one in after.enterprises]) == (
        before.park.score,
        [one.score for one in before.enterprises],
    )


def test_one_bad_asset_among_ten_thousand_shows() -> None:
    """The park is as bad as its one bad device."""
    found = make_assets(10_000)
    bad = assess(found, make_alerts([OneAlert(5, 0, 100, 0)]), WEIGHTS, NOW_NS)
    assert bad.park.score == bad.assets[0].score == 6_000
    assert bad.assets[0].subject == found[5].id


@pytest.mark.parametrize("severity", [20, 60, 100])
def test_a_flood_of_equal_alerts_does_not_saturate(severity: int) -> None:
    """Ten thousand alerts of one rule count little more than a handful, and far less than a few different ones."""
    found = [Asset("chem", "10.0.0.1", criticality=5)]
    one, flood, several = (
        assess(found, make_alerts(some), WEIGHTS, NOW_NS).assets[0].score
        for some in (
            [OneAlert(0, 0, severity, 0)],
            [OneAlert(0, 0, severity, 0)] * 10_000,
            [OneAlert(0, rule, severity, 0) for rule in range(4)],
        )
    )
    assert one < flood < several
    assert flood <= 7_100


def test_an_ignored_alert_fades_but_its_neglect_stays() -> None:
    """After a year nothing of the threat is left, and all of what leaving it counts."""
    found = [Asset("chem", "10.0.0.1", criticality=5)]
    figure = assess(found, make_alerts([OneAlert(0, 0, 100, 24 * 365)]), WEIGHTS, NOW_NS).assets[0]
    assert (figure.component("threat"), figure.component("handling"), figure.score) == (0, 2_500, 2_500)


def test_an_alert_in_time_costs_no_handling() -> None:
    """Until its time is over an alert is a threat only; taken up in time it never counts as left."""
    found = [Asset("chem", "10.0.0.1", criticality=5)]
    for alert in (OneAlert(0, 0, 95, 3.9), OneAlert(0, 0, 95, 500, handled=3), OneAlert(0, 0, 60, 71)):
        assert assess(found, make_alerts([alert]), WEIGHTS, NOW_NS).assets[0].component("handling") == 0


def test_alerts_of_later_do_not_count_yet() -> None:
    """A figure is of its moment."""
    found = [Asset("chem", "10.0.0.1", criticality=5)]
    assert assess(found, make_alerts([OneAlert(0, 0, 100, -1)]), WEIGHTS, NOW_NS).park.score == 0


def test_exposure_and_criticality_by_hand() -> None:
    """35 and 12 points alone make 100 * (1 - 0.65 * 0.88) together, times what the asset is worth."""
    facts = (Fact("internet", "8.8.8.8", 3, ("a", "b")), Fact("open_control", "modbus"))
    for criticality, factor in ((5, 1.0), (4, 0.85), (0, 0.7), (1, 0.4)):
        asset = Asset("chem", "10.0.0.1", criticality=criticality, exposures=facts)
        figure = assess([asset], empty_alerts(), WEIGHTS, NOW_NS).assets[0]
        assert figure.score == int(10_000 * factor * (1 - 0.65 * 0.88) + 0.5)
        assert [part.kind for part in figure.parts] == ["internet", "open_control"]
        assert figure.parts[0].evidence == ("a", "b")
        assert figure.parts[0].alone == int(factor * 3_500 + 0.5)
        assert figure.stated == bool(criticality)


def test_parts_name_their_alerts_strongest_first() -> None:
    """A part of a rule points at its strongest alerts, and counts all of them."""
    some = [OneAlert(0, 2, severity, 0) for severity in (10, 90, 50)]
    part = assess([Asset("", "x")], make_alerts(some), WEIGHTS, NOW_NS).assets[0].parts[0]
    assert (part.component, part.kind, part.count) == ("threat", "rule_2", 3)
    assert part.evidence == tuple(f"alert-{number:032x}" for number in (1, 2, 0))


def test_very_many_parts_are_told_together() -> None:
    """What is beyond the limit is one part for each component, and all still adds up."""
    some = [OneAlert(0, rule, 90, 100) for rule in range(60)]
    figure = assess([Asset("", "x")], make_alerts(some, rules=60), WEIGHTS, NOW_NS).assets[0]
    assert MOST_PARTS < len(figure.parts) <= MOST_PARTS + 2
    assert {part.kind for part in figure.parts[MOST_PARTS:]} == {OTHERS}
    assert sum(part.count for part in figure.parts) == 120
    assert sum(part.points for part in figure.parts) == figure.score


def test_nothing_gives_a_park_at_0() -> None:
    """Without assets there is a park at 0, without parts."""
    assessment = assess([], empty_alerts(), WEIGHTS, NOW_NS)
    assert (assessment.park.score, assessment.park.parts, [*assessment.assets]) == (0, (), [])


def test_time_for_a_more_severe_alert_is_never_longer() -> None:
    """However the hours are edited, raising an alert's severity never lowers its figure."""
    text = WEIGHTS.text.replace("critical: 4, high", "critical: 4000, high")
    weights = parse_weights(text, Path("w.yaml"))
    found = [Asset("", "x")]
    figures = [
        assess(found, make_alerts([OneAlert(0, 0, severity, 60)]), weights, NOW_NS).park.score
        for severity in range(101)
    ]
    assert all(before <= after for before, after in itertools.pairwise(figures))
    assert np.max(figures) > 0
