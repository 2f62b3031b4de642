"""How far an attack came: tactics of ATT&CK for ICS in the order of its matrix, and the stage an alert stands for.

Many techniques serve several tactics. An alert counts as the furthest tactic of its first technique, which rules name
first because it is what they look for.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from detection.attack import load_catalogue

STAGES = (
    "Initial Access", "Execution", "Persistence", "Privilege Escalation", "Evasion", "Discovery", "Lateral Movement",
    "Collection", "Command and Control", "Inhibit Response Function", "Impair Process Control", "Impact",
)  # fmt: skip
"""Tactics from left to right (ATT&CK for ICS 18.1, matrix)."""
NO_STAGE = ""
"""Stage of an alert without a technique, such as a fault."""


@cache
def find_stage(technique: str) -> str:
    """Give the furthest tactic that a technique of version 18 serves, or NO_STAGE."""
    return max(load_catalogue().tactics("v18", [technique]), key=rank_stage, default=NO_STAGE)


def stage_of(techniques: Sequence[str] | None) -> str:
    """Give the stage of an alert by its techniques."""
    return find_stage(techniques[0]) if techniques else NO_STAGE


def rank_stage(stage: str) -> int:
    """Give a stage's place from 1; 0 for none, or one that the matrix does not have."""
    return STAGES.index(stage) + 1 if stage in STAGES else 0
