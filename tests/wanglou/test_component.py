"""What a stage declares."""

from __future__ import annotations

from wanglou.component import LEDGER, VERSIONS, Component


def test_revisions_are_named_for_component_and_version() -> None:
    """Four digits, so that files stand in order."""
    assert Component("notes", 12, "").revision(3) == "notes_0003"


def test_components_have_tables_of_their_own() -> None:
    """A table of one is none of the other."""
    assert Component("notes", 1, "").metadata is not Component("notes", 1, "").metadata
    assert VERSIONS.metadata is LEDGER.metadata
