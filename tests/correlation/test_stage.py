"""How far an attack came."""

from __future__ import annotations

from correlation.stage import NO_STAGE, STAGES, find_stage, rank_stage, stage_of
from detection.attack import load_catalogue


def test_stages_are_the_tactics() -> None:
    """Every tactic that a technique serves has its place."""
    known = load_catalogue().techniques["v18"]
    assert {tactic for technique in known.values() for tactic in technique["tactics"]} == set(STAGES)


def test_stage_of_an_alert() -> None:
    """It is the furthest tactic of the first technique; without any there is none."""
    assert stage_of(["T0855", "T0836"]) == "Impair Process Control"
    assert stage_of(["T0846"]) == "Discovery"
    assert stage_of([]) == stage_of(None) == find_stage("T9999") == NO_STAGE


def test_ranks() -> None:
    """Impact is the last; what is no tactic comes before all."""
    assert rank_stage("Impact") == len(STAGES)
    assert rank_stage("Initial Access") == 1
    assert rank_stage("") == 0
