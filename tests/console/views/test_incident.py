"""One incident as its page shows it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.datastructures import FormData

from console.refusal import Refused
from console.views.incident import (
    check_form,
    count_stages,
    draw_stages,
    get_case,
    list_form_choices,
    list_history_rows,
    list_steps,
    read_form,
    read_values,
    tell_values,
)
from tests.support.cases import list_cases, open_cases, visit_of
from tests.support.consoles import Console


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """Open a console with incidents of its own."""
    with open_cases(tmp_path_factory.mktemp("views")) as opened:
        yield opened


def test_stages_are_the_matrix(console: Console) -> None:
    """Twelve, those reached marked, one of them the furthest, with all lines of the timeline."""
    for case in list_cases(console):
        stages = draw_stages(visit_of(console), case)
        assert len(stages) == 12
        assert sum(one.is_reached for one in stages) == count_stages(case)
        assert [one.name for one in stages if one.is_furthest] == [case.incident.stage]
        assert sum(one.lines for one in stages) == len(case.incident.timeline)


def test_only_what_the_person_changed_is_written(console: Console) -> None:
    """A field that is as it was shown is left alone, whatever it is now."""
    visit, case = visit_of(console), list_cases(console)[0]
    visit.form = FormData([("comment", "x"), ("was_comment", ""), ("assignee", "a"), ("was_assignee", "a")])
    typed, changed = read_form(visit, case)
    assert changed == {"comment"}
    assert check_form(visit, case, typed, changed).values == {"comment": "x"}


def test_each_choice_of_the_form_can_be_saved(console: Console) -> None:
    """What the selects offer is what the check takes."""
    visit, case = visit_of(console), list_cases(console)[0]
    for name, options in list_form_choices(visit, case).items():
        for value, word in options:
            typed = {**read_values(case), "verdict": "attack", name: value}
            assert word
            assert name not in check_form(visit, case, typed, {name, "verdict"}).faults
    assert set(tell_values(visit, read_values(case))) == set(read_values(case))


def test_the_history_is_told_in_both_languages(console: Console) -> None:
    """A line for each row of the audit, none in the other language."""
    case = list_cases(console)[0]
    rows = list_history_rows(visit_of(console), case)
    for language, word in (("zh", "由告警归并而成"), ("en", "Made of alerts")):
        steps = list_steps(visit_of(console, language=language), case)
        assert len(steps) == len(rows)
        assert steps[-1].text == word


def test_what_is_not_there(console: Console) -> None:
    """404."""
    with pytest.raises(Refused):
        get_case(visit_of(console), "incident-none")
