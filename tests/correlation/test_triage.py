"""Triage of alerts, and suppressions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from correlation.decision import Part
from correlation.triage import EVER_NS, Suppression, Triage, find_suppressed
from correlation.triage_tables import TRIAGE
from tests.support.alerts import READ, START_NS, WRITE, make_alert, make_columns
from tests.support.ledgers import ACTOR, list_audit
from wanglou.errors import UsageError
from wanglou.ledger import Ledger


@pytest.fixture
def ledger(place: Path | str) -> Iterator[Ledger]:
    """A new ledger, on each database."""
    with Ledger(place, [TRIAGE], create=True) as opened:
        yield opened


def test_states_are_kept_and_audited(ledger: Ledger) -> None:
    """What is not given stays; each change is a row of the audit, what changes nothing is none."""
    triage = Triage(ledger)
    triage.set_state({"alert-1": "chem", "alert-2": ""}, ACTOR, state="acknowledged", assignee="li")
    (first,) = triage.set_state({"alert-1": "chem"}, ACTOR, comment="looked at")
    assert (first.state, first.assignee, first.comment, first.version) == ("acknowledged", "li", "looked at", 2)
    triage.set_state({"alert-1": "chem"}, ACTOR, comment="looked at")
    rows = [row for row in list_audit(ledger) if row.kind == "alert"]
    assert [(row.action, row.subject, row.enterprise) for row in rows] == [
        ("alert.triaged", "alert-1", "chem"),
        ("alert.triaged", "alert-2", ""),
        ("alert.triaged", "alert-1", "chem"),
    ]
    assert set(triage.states([f"alert-{n}" for n in range(2000)])) == {"alert-1", "alert-2"}


def test_unknown_states_are_refused(ledger: Ledger) -> None:
    """There are three."""
    with pytest.raises(UsageError, match="new, acknowledged, closed"):
        Triage(ledger).set_state({"alert-1": ""}, ACTOR, state="done")  # type: ignore[arg-type] # what is tested


def test_suppressions_need_a_reason_an_end_and_a_subject(ledger: Ledger) -> None:
    """A suppression of everything, without a reason, or that never holds is refused."""
    triage = Triage(ledger)
    for part, until, reason in ((Part(), 1, "why"), (Part(rule=READ), 1, " "), (Part(rule=READ), EVER_NS, "why")):
        with pytest.raises(UsageError):
            triage.suppress(part, until, reason, ACTOR)
    assert triage.suppressions() == []


def test_suppressions_are_kept_until_they_are_lifted(ledger: Ledger) -> None:
    """They are listed, audited with their reason, and end by hand."""
    triage = Triage(ledger)
    made = triage.suppress(Part(rule=READ, source="10.0.0.9"), 99, "inventory", ACTOR, enterprise="chem")
    assert triage.suppressions() == [made]
    triage.lift(made.id, ACTOR)
    assert triage.suppressions() == []
    with pytest.raises(UsageError):
        triage.lift(made.id, ACTOR)
    assert [row.action for row in list_audit(ledger)][-2:] == ["suppression.created", "suppression.lifted"]


def test_what_a_suppression_hides() -> None:
    """All that it names must fit, and the alert's time lie in it."""
    alerts = [
        make_alert(READ, "10.0.0.9", "10.0.0.1", 0),
        make_alert(READ, "10.0.0.8", "10.0.0.1", 1),
        make_alert(WRITE, "10.0.0.9", "10.0.0.1", 2),
        make_alert(READ, "10.0.0.9", "10.0.0.1", 3, enterprise="water"),
        make_alert(READ, "10.0.0.9", "10.0.0.1", 99),
    ]
    table = make_columns(alerts)
    raised = np.array([alert["@timestamp"] for alert in alerts], dtype=np.int64)
    one = Suppression("s", "chem", READ, "10.0.0.9", "", EVER_NS, START_NS + 50 * 10**9, "why")
    assert find_suppressed(table, raised, [one]).tolist() == [True, False, False, False, False]
    assert find_suppressed(table, raised, []).any() == np.False_
