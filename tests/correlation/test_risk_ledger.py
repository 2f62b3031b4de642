"""What the ledger keeps of risk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from correlation.risk import assess
from correlation.risk_formula import DAY_NS
from correlation.risk_ledger import (
    RISK,
    count_figures,
    find_figures,
    list_days,
    read_figures,
    read_history,
    save_assessment,
)
from correlation.risk_weights import load_weights
from tests.support.ledgers import ACTOR
from tests.support.risks import NOW_NS, OneAlert, make_alerts, make_assets
from wanglou.ledger import Ledger

DAY = NOW_NS // DAY_NS
ASSESSMENT = assess(
    make_assets(6), make_alerts([OneAlert(place, 0, 90, 1) for place in range(4)]), load_weights(), NOW_NS
)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """A ledger with one day of figures."""
    with Ledger(tmp_path / "ledger.db", [RISK], create=True) as opened:
        with opened.change(ACTOR) as change:
            assert save_assessment(change, "park", ASSESSMENT, "w", "m")
        yield opened


def test_figures_come_back_as_they_were(ledger: Ledger) -> None:
    """Scores, parts with their evidence, and what an asset is worth."""
    with ledger.reading() as connection:
        assert read_figures(connection, "park", DAY, "asset") == ASSESSMENT.assets
        assert read_figures(connection, "park", DAY, "enterprise") == ASSESSMENT.enterprises
        assert find_figures(connection, "park", DAY, "park") == [ASSESSMENT.park]
        assert read_history(connection, "park", ASSESSMENT.park) == [(DAY, ASSESSMENT.park)]
        assert count_figures(connection, "park", DAY, "asset", "enterprise_0") == 3


def test_figures_are_found_by_each_of_their_names(ledger: Ledger) -> None:
    """An id that two enterprises use gives both; with the enterprise before it, one; an enterprise is found too."""
    one = ASSESSMENT.assets[0]
    with ledger.reading() as connection:
        assert find_figures(connection, "park", DAY, one.subject) == [one]
        assert find_figures(connection, "park", DAY, f"{one.enterprise}/{one.subject}") == [one]
        assert [found.kind for found in find_figures(connection, "park", DAY, "enterprise_1")] == ["enterprise"]
        assert find_figures(connection, "park", DAY, "nothing") == []
        assert find_figures(connection, "elsewhere", DAY, "park") == []


def test_the_same_figures_are_not_written_again(ledger: Ledger) -> None:
    """The same outcome is no change, also of other material; other figures of the day take their place."""
    with ledger.change(ACTOR) as change:
        assert not save_assessment(change, "park", ASSESSMENT, "w", "m")
        assert not save_assessment(change, "park", ASSESSMENT, "w", "other")
        fewer = assess(make_assets(2), make_alerts([]), load_weights(), NOW_NS)
        assert save_assessment(change, "park", fewer, "w", "other")
    with ledger.reading() as connection:
        assert [day.material for day in list_days(connection)] == ["other"]
        assert count_figures(connection, "park", DAY, "asset") == 2


def test_parks_are_kept_apart(ledger: Ledger) -> None:
    """Another site has days of its own."""
    with ledger.change(ACTOR) as change:
        save_assessment(change, "other", assess([], make_alerts([]), load_weights(), NOW_NS), "w", "m")
    with ledger.reading() as connection:
        assert {day.site for day in list_days(connection)} == {"park", "other"}
        assert count_figures(connection, "other", DAY, "asset") == 0
        assert len(list_days(connection, "park")) == 1
