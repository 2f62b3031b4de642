"""Decisions about rules in the ledger."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from detection.rule import Rule
from detection.tuning import Decisions, Exemption, Tuning
from detection.tuning_ledger import RuleTuning, read_decisions
from detection.tuning_tables import TUNING
from tests.support.ledgers import ACTOR, list_audit
from tests.support.rules import load, rule
from wanglou.errors import ConflictError, StoreError, UsageError
from wanglou.ledger import Ledger


@pytest.fixture
def one(tmp_path: Path) -> Rule:
    """A rule."""
    (tmp_path / "rules").mkdir()
    return load(tmp_path / "rules", rule()).rules[0]


@pytest.fixture
def tuning(place: Path | str) -> Iterator[RuleTuning]:
    """Decisions in a new ledger, on each database."""
    with Ledger(place, [TUNING], create=True) as ledger:
        yield RuleTuning(ledger)


def test_a_decision_is_kept_and_read_by_whoever_runs_rules(tuning: RuleTuning, one: Rule, place: Path | str) -> None:
    """With reason and version; the second replaces the first."""
    assert tuning.find(one.id).version == 0
    tuning.tune(one, Tuning(one.id, is_enabled=False), " noisy ", ACTOR)
    kept = tuning.tune(one, Tuning(one.id, severity=30), "less", ACTOR, expected=1)
    assert (kept.tuning, kept.reason, kept.version) == (Tuning(one.id, severity=30), "less", 2)
    made = tuning.exempt(one, Exemption("", "chem", "10.0.0.9/24"), "test bench", ACTOR)
    found = read_decisions(place)
    assert (list(found.tunings), list(found.exemptions)) == ([kept.tuning], [made.exemption])
    assert made.exemption == Exemption(one.id, "chem", "10.0.0.0/24")


def test_decisions_of_an_older_ledger_hold(tuning: RuleTuning, one: Rule, place: Path | str) -> None:
    """Those made before a bound could be moved: whoever runs rules brings the tables up and reads them."""
    tuning.tune(one, Tuning(one.id, is_enabled=False), "noisy", ACTOR)
    with tuning._ledger.transaction() as connection:
        connection.execute(sa.text("ALTER TABLE rule_tunings DROP COLUMN bound"))
        connection.execute(sa.text("UPDATE versions SET version = 1 WHERE component = 'tuning'"))
    assert list(read_decisions(place).tunings) == [Tuning(one.id, is_enabled=False)]
    with tuning._ledger.transaction() as connection:
        connection.execute(sa.text("UPDATE versions SET version = 9 WHERE component = 'tuning'"))
    with pytest.raises(StoreError, match="written in version 9"):
        read_decisions(place)


def test_everything_is_audited(tuning: RuleTuning, one: Rule) -> None:
    """Who, what, before and after, with the reason and the enterprise."""
    tuning.tune(one, Tuning(one.id, severity=30), "less", ACTOR)
    tuning.tune(one, Tuning(one.id), "as it was", ACTOR)
    made = tuning.exempt(one, Exemption("", "chem"), "test bench", ACTOR)
    tuning.lift(one.id, made.id, ACTOR)
    rows = [row for row in list_audit(tuning._ledger) if row.kind.startswith("rule_")]
    assert [row.action for row in rows] == [
        "rule_tuning.tuned", "rule_tuning.tuned", "rule_exemption.created", "rule_exemption.lifted",
    ]  # fmt: skip
    assert json.loads(rows[1].before or "")["severity"] == 30
    assert json.loads(rows[1].after or "")["reason"] == "as it was"
    assert rows[2].enterprise == "chem"
    assert {row.actor for row in rows} == {ACTOR.name}


def test_another_decision_meanwhile_is_a_conflict(tuning: RuleTuning, one: Rule) -> None:
    """Nothing changes."""
    tuning.tune(one, Tuning(one.id, severity=30), "less", ACTOR)
    with pytest.raises(ConflictError):
        tuning.tune(one, Tuning(one.id), "more", ACTOR, expected=0)
    assert tuning.find(one.id).tuning.severity == 30


def test_what_is_not_told_is_refused(tuning: RuleTuning, one: Rule) -> None:
    """A reason, what an exemption names, an exemption that is there."""
    for reason in ("", "  ", "x" * 1_001):
        with pytest.raises(UsageError):
            tuning.tune(one, Tuning(one.id), reason, ACTOR)
    with pytest.raises(UsageError):
        tuning.exempt(one, Exemption("", " "), "why", ACTOR)
    with pytest.raises(UsageError):
        tuning.exempt(one, Exemption("", "", "x"), "why", ACTOR)
    with pytest.raises(UsageError):
        tuning.lift(one.id, "exemption-0", ACTOR)
    assert tuning.decisions() == Decisions([], [])


def test_own_enterprises_see_their_exemptions(tuning: RuleTuning, one: Rule) -> None:
    """Others' are not listed."""
    for enterprise in ("chem", "auto"):
        tuning.exempt(one, Exemption("", enterprise), "why", ACTOR)
    assert [it.exemption.enterprise for it in tuning.exemptions(one.id, frozenset({"auto"}))] == ["auto"]


def test_a_ledger_without_decisions_has_none(tmp_path: Path) -> None:
    """One that is not there is not made; one of other stages stays as it is; one that cannot be read is told."""
    assert read_decisions(tmp_path / "none.db") == Decisions()
    assert not (tmp_path / "none.db").exists()
    Ledger(tmp_path / "bare.db", (), create=True).close()
    assert read_decisions(tmp_path / "bare.db") == Decisions()
    (tmp_path / "broken.db").write_bytes(b"no database" * 100)
    with pytest.raises(StoreError):
        read_decisions(tmp_path / "broken.db")
