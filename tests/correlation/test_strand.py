"""Strands of alerts over time."""

from __future__ import annotations

import numpy as np

from correlation.alert_facts import NOBODY, read_facts
from correlation.strand import make_strands, number_columns
from tests.support.alerts import READ, SCAN, SECOND_NS, SILENT, STORM, WRITE, make_alert, make_columns


def test_strands_by_actor_and_pause() -> None:
    """A pause is counted from the latest end, not from the last start."""
    alerts = [
        make_alert(WRITE, "10.0.0.9", "10.0.0.1", 0, lasts_s=100),
        make_alert(READ, "10.0.0.9", "10.0.0.2", 5),
        make_alert(READ, "10.0.0.9", "10.0.0.2", 110),
        make_alert(READ, "10.0.0.9", "10.0.0.3", 121),
    ]
    facts = read_facts(make_columns(alerts))
    strands = make_strands(facts, 10 * SECOND_NS)
    assert strands.of_alert.tolist() == [0, 0, 0, 1]
    assert [sorted(facts.names[code] for code in targets) for targets in strands.targets] == [
        ["10.0.0.1", "10.0.0.2"],
        ["10.0.0.3"],
    ]
    assert strands.severity.tolist() == [75, 45]
    assert (strands.end[0] - strands.start[0]) // SECOND_NS == 110


def test_strands_without_an_actor() -> None:
    """What only a victim tells is by victim and suspect; what tells neither is by rule."""
    alerts = [
        make_alert(SILENT, None, "10.0.0.1"),
        make_alert(STORM, "10.0.0.8", "10.0.0.1", 1),
        make_alert(STORM, "10.0.0.9", "10.0.0.1", 2),
        make_alert(SCAN, None, None, 3),
        make_alert(WRITE, None, None, 4),
    ]
    strands = make_strands(read_facts(make_columns(alerts)), SECOND_NS * 60)
    assert sorted(strands.of_alert.tolist()) == [0, 1, 2, 3, 4]
    assert set(strands.actor.tolist()) == {NOBODY}


def test_no_strands() -> None:
    """No alerts give none."""
    assert len(make_strands(read_facts(make_columns([])), 1)) == 0


def test_columns_of_large_numbers() -> None:
    """Distinct columns are numbered in their order, also where a product of their values would not fit."""
    keys = np.array([[2**40, 0, 2**40, 1], [2**40, 5, 2**40, 5], [7, 2**40, 7, 0]], dtype=np.int64)
    assert number_columns(keys).tolist() == [2, 0, 2, 1]
    assert number_columns(np.zeros((3, 0), dtype=np.int64)).tolist() == []
