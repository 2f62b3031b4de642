"""Lists of incidents as pages and the API show them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from console.views.incidents import (
    OPEN,
    count_choices,
    count_open,
    count_statuses,
    list_levels,
    list_options,
    list_rows,
    read_query,
    tell_stage,
)
from correlation.stage import STAGES
from tests.support.cases import list_cases, open_cases, visit_of
from tests.support.consoles import Console
from wanglou.errors import UsageError


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """Open a console with incidents of its own."""
    with open_cases(tmp_path_factory.mktemp("views")) as opened:
        yield opened


def test_figures_count_what_the_list_has(console: Console) -> None:
    """Open ones, by severity, and what each filter offers."""
    visit = visit_of(console)
    query = read_query(visit, 50)
    rows, counts = list_rows(visit, query).rows, count_choices(visit, query)
    assert query.asked.statuses == OPEN
    assert (
        len(rows) == counts.total == count_open(visit).total == count_statuses(visit, query) == len(list_cases(console))
    )
    assert sum(count for _, _, count, _ in list_levels(visit, counts)) == counts.total
    for stage, _ in list_options(visit, counts)["stage"]:
        one = visit_of(console, f"stage={stage.replace(' ', '+')}")
        assert len(list_rows(one, read_query(one, 50)).rows) == counts.stages[stage]


def test_no_time_is_all_time(console: Console) -> None:
    """Unless one is asked for; the control then shows it."""
    visit = visit_of(console)
    assert read_query(visit, 50).asked.start_ns is None
    assert visit.period.start == "2000-01-01"
    visit = visit_of(console, "from=now-1h")
    assert read_query(visit, 50).asked.start_ns == visit.period.start_ns


def test_an_enterprise_narrows_and_never_widens(console: Console) -> None:
    """What the guest may not see is asked for in vain."""
    visit = visit_of(console, "enterprise=chem")
    assert read_query(visit, 50).asked.enterprises == frozenset({"chem"})
    with pytest.raises(UsageError):
        read_query(visit_of(console, "level=9"), 50)


def test_every_stage_has_a_word(console: Console) -> None:
    """In both languages."""
    for language in ("zh", "en"):
        assert all(tell_stage(visit_of(console, language=language), one) for one in STAGES)
    assert tell_stage(visit_of(console), "") == ""
