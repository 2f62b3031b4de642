"""Files of assets: looked at, then taken."""

from __future__ import annotations

from console.views.asset_import import take_file
from tests.support.consoles import Console
from tests.support.hunting import visit_of


def test_a_trial_tells_what_would_change_and_changes_nothing(stock: Console) -> None:
    """Rows, assets that change, those that are declared; a second trial tells the same."""
    visit = visit_of(stock)
    content = b"addresses,owner\n10.20.1.31,Li\n10.99.0.9,Li\n"
    first = take_file(visit, content, "chem", "plan", is_trial=True)
    assert (first.rows, first.changed, first.declared, first.is_taken) == (2, 2, 1, False)
    assert {change.field for change in first.changes} == {"owner"}
    assert take_file(visit, content, "chem", "plan", is_trial=True) == first


def test_faults_are_told_by_line_in_the_readers_language(stock: Console) -> None:
    """Also rows of enterprises that the guest may not see."""
    bound = visit_of(stock, enterprises=frozenset({"chem"}))
    found = take_file(bound, b"addresses,enterprise\n10.20.1.12,machining\nx,chem\n", "", "", is_trial=False)
    assert found.faults
    assert not found.is_taken
    assert all(fault.text for fault in found.faults)
