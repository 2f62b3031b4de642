"""What a look at a store tells."""

from __future__ import annotations

from correlation.finding import Finding


def test_a_fine_finding_advises_nothing() -> None:
    """Advice is for what is wrong."""
    assert Finding("version", "fine", "9").do == ""
