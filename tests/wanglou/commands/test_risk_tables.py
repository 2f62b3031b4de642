"""How figures of risk are shown."""

from __future__ import annotations

import pytest

from correlation.risk import Figure, Part
from correlation.risk_ledger import Day
from correlation.risk_weights import EXPOSURES
from tests.support.command_line import Screen
from wanglou.commands.risk_tables import describe, history_rows, name_part, paint_score, points, write_day
from wanglou.languages import LANGUAGES, Language

DAY = Day("park", 20_000, 20_000 * 86_400 * 10**9, "w", "m", "d")


@pytest.mark.parametrize(("hundredths", "text"), [(0, "0.00"), (5, "0.05"), (1234, "12.34"), (10_000, "100.00")])
def test_points_have_two_decimals(hundredths: int, text: str) -> None:
    """Whole hundredths lose nothing."""
    assert points(hundredths) == text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_exposure_has_words(language: Language) -> None:
    """No key is shown to people."""
    for kind in EXPOSURES:
        assert name_part(Screen(language).terminal, Part("exposure", kind, "", 1, 1)) != kind


def test_a_score_is_told_by_number_and_word() -> None:
    """Never by colour alone."""
    assert paint_score(Screen().terminal, 9_000).plain == "90.00 critical"
    assert paint_score(Screen().terminal, 8_999).plain == "89.99 high"


def test_history_tells_the_change() -> None:
    """Of the oldest day there is none."""
    found = [(day, Figure("asset", "chem", "x", score)) for day, score in ((3, 1_000), (2, 1_500), (1, 1_500), (0, 20))]
    assert [row[2] for row in history_rows(Screen().terminal, found)] == ["-5.00", "", "+14.80", ""]
    assert write_day(20_000) == "2024-10-04"


def test_json_leaves_out_what_a_figure_has_not() -> None:
    """The park has no enterprise, asset or components."""
    told = describe(Figure("park", "", "", 1_234, (Part("enterprise", "chem", "", 1_234, 1_234),)), DAY)
    assert set(told) == {"@timestamp", "risk.kind", "wanglou.site", "risk.score", "risk.parts", "risk.weights"}
    assert told["risk.score"] == 12.34
