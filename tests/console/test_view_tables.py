"""The console's table of saved views."""

from __future__ import annotations

from console.view_tables import VIEW, VIEWS


def test_a_view_says_whose_it_is() -> None:
    """Its owner and its version are kept; the audit calls it a view."""
    assert {"owner", "page", "query", "is_shared", "version"} <= set(VIEW.c.keys())
    assert VIEW.info["kind"] == "view"
    assert set(VIEWS.metadata.tables) == {"saved_views"}
