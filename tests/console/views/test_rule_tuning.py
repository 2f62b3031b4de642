"""Deciding about rules."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from console.refusal import Refused
from console.views.rule_detail import tell_rule
from console.views.rule_tuning import Decision, decide, exempt, lift, read_form, write_form
from detection.tuning import Tuning
from tests.console.views.test_rules import visit_of
from tests.support.consoles import Console
from wanglou.errors import UsageError

NAME, BOUNDED = "modbus_malformed_storm", "mqtt_message_too_large"
WRITTEN = Decision(True, None, None, None)


@pytest.fixture(autouse=True)
def as_written(console: Console) -> Iterator[None]:
    """Leave the rule as its file has it."""
    yield
    decide(visit_of(console), NAME, WRITTEN, "end of a test")


@pytest.mark.parametrize("tuning", [Tuning("x"), Tuning("x", False, 0, 2, 10**9, 9), Tuning("x", severity=100)])
def test_forms_tell_decisions_and_back(tuning: Tuning) -> None:
    """What a form says is what was decided."""
    assert read_form(write_form(tuning)).tuning("x") == tuning


@pytest.mark.parametrize("text", ["x", "-1", "1.5", "٣", "9" * 13])
def test_what_is_no_number_is_refused(text: str) -> None:
    """In words."""
    for name in ("severity", "count", "timespan", "bound"):
        with pytest.raises(UsageError, match="no whole number"):
            read_form({name: text})


def test_what_the_file_says_is_no_decision(console: Console) -> None:
    """Its own threshold, time and severity leave the rule as it is written."""
    visit = visit_of(console)
    kept = decide(visit, NAME, Decision(True, 72, 20, 60.0), "the same")
    assert not kept.tuning.is_effective
    assert console.services.rules.tuned().digest == console.services.rules.written.digest
    assert decide(visit, NAME, Decision(True, 72, 21, 60.0), "more").tuning.count == 21


def test_a_bound_is_moved_and_put_back(console: Console) -> None:
    """The number of the rule's file is no decision; cases run with what was decided."""
    visit = visit_of(console)
    moved = decide(visit, BOUNDED, Decision(True, None, None, None, 100_000), "short messages here")
    assert moved.tuning.bound == 100_000
    assert console.services.rules.tuned().digest != console.services.rules.written.digest
    story = tell_rule(visit, BOUNDED)
    assert story.bound is not None
    assert (story.bound.number, story.bound.label("en")) == (262_144, "message length in bytes")
    assert [case.tuned_alerts for case in story.cases] == [1, 1, 0]
    with pytest.raises(UsageError, match="is no bound"):
        decide(visit, BOUNDED, Decision(True, None, None, None, 1), "too short")
    assert not decide(visit, BOUNDED, Decision(True, None, None, None, 262_144), "as written").tuning.is_effective


def test_exemptions_name_enterprises_of_the_site(console: Console) -> None:
    """Another is refused; what is lifted cannot be lifted again."""
    visit = visit_of(console)
    with pytest.raises(UsageError, match="no enterprise"):
        exempt(visit, NAME, "nobody", "", "", "why")
    made = exempt(visit, NAME, "chem", "", "", "why")
    lift(visit, NAME, made.id)
    with pytest.raises(Refused):
        lift(visit, NAME, made.id)
