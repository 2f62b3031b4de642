"""The weights of risk, looked at and changed."""

from __future__ import annotations

import pytest

from console.refusal import Refused
from console.views.risk_weights import SECTIONS, change_weights, list_sections, read_used, reset_weights
from tests.support.consoles import Console
from tests.support.hunting import visit_of


def test_a_change_marks_its_section_and_can_be_taken_back(stock: Console) -> None:
    """Other weights are the park's own decision until the shipped ones are used again."""
    visit = visit_of(stock)
    used = read_used(visit)
    assert used.is_shipped
    sections = list_sections(used.weights)
    assert [section.name for section in sections] == list(SECTIONS)
    knob = next(knob for section in sections for knob in section.knobs if section.name == "threat")
    changed, faults = change_weights(visit, {knob.name: f"{knob.value * 0.9:g}"}, used.version)
    assert faults == {}
    assert not changed.is_shipped
    assert changed.is_newer
    assert {one.name: one.status for one in list_sections(changed.weights)}["threat"] == "local"
    with pytest.raises(Refused):
        change_weights(visit, {knob.name: "1"}, used.version)
    assert reset_weights(visit, changed.version).is_shipped


def test_what_is_no_weight_is_told_by_its_field(stock: Console) -> None:
    """And nothing changes."""
    visit = visit_of(stock)
    knob = list_sections(read_used(visit).weights)[0].knobs[0]
    used, faults = change_weights(visit, {knob.name: "much"}, "*")
    assert set(faults) == {knob.name}
    assert used.is_shipped
