"""Tables of decisions about rules."""

from __future__ import annotations

from detection.tuning_tables import RULE_EXEMPTIONS, RULE_TUNINGS, TUNING


def test_the_component_has_its_tables() -> None:
    """With the kinds that the audit names."""
    assert set(TUNING.metadata.tables) == {"rule_tunings", "rule_exemptions"}
    assert {RULE_TUNINGS.info["kind"], RULE_EXEMPTIONS.info["kind"]} == {"rule_tuning", "rule_exemption"}
