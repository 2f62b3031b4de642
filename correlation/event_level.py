"""The level of an incident as GB/T 20986 ranks it: importance of what is hit against the loss.

The matrix is that of GB/Z 20986-2007; of the edition of 2023 the factors are known (importance of the object, loss,
social harm) but not the table. What traffic tells of importance and loss is little: the level is a proposal that people
confirm or change, and how it is guessed here is ours (demo).
"""

from __future__ import annotations

from typing import Literal

from correlation.stage import rank_stage

Importance = Literal["special", "important", "ordinary"]
"""特别重要, 重要, 一般."""
Loss = Literal["extreme", "severe", "large", "small"]
"""特别严重, 严重, 较大, 较小."""

LEVELS = {
    1: ("特别重大", "especially major"),
    2: ("重大", "major"),
    3: ("较大", "considerable"),
    4: ("一般", "ordinary"),
}
"""Level I to IV, in Chinese and in our English."""
MATRIX: dict[Importance, dict[Loss, int]] = {
    "special": {"extreme": 1, "severe": 2, "large": 3, "small": 4},
    "important": {"extreme": 2, "severe": 3, "large": 4, "small": 4},
    "ordinary": {"extreme": 3, "severe": 4, "large": 4, "small": 4},
}
"""GB/Z 20986-2007: importance of the object and loss to level."""
SAFETY_RULES = frozenset({"modbus_safety_range_write"})
"""Rules that tell of safety functions; what they protect is 特别重要 here (ours, demo)."""
CONTROL_DATASETS = frozenset({"modbus", "opcua"})
"""Protocols of controllers; what speaks them is 重要 here (ours, demo)."""
SEVERE_SEVERITY = 80
"""Severity from which an act on the process counts as 严重; below it as 较大 (ours, demo)."""


def guess_importance(rules: frozenset[str], datasets: frozenset[str]) -> Importance:
    """Guess how important what was hit is, from the rules and protocols that tell of it."""
    if rules & SAFETY_RULES:
        return "special"
    return "important" if datasets & CONTROL_DATASETS else "ordinary"


def guess_loss(stage: str, severity: int) -> Loss:
    """Guess the loss: small until the process or its protection is touched."""
    if rank_stage(stage) < rank_stage("Inhibit Response Function"):
        return "small"
    return "severe" if severity >= SEVERE_SEVERITY else "large"


def propose_level(importance: Importance, loss: Loss) -> int:
    """Give the level, 1 (worst) to 4."""
    return MATRIX[importance][loss]
