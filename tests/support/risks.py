"""Assets and alerts for figures of risk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from correlation.risk_facts import NEVER, Alerts, Asset, Fact
from correlation.risk_formula import DAY_NS, HOUR_NS

NOW_NS = 20_000 * DAY_NS
"""When figures are of; a midnight."""


@dataclass(frozen=True, slots=True)
class OneAlert:
    """An alert of one asset; ages are in hours before NOW_NS."""

    asset: int
    rule: int
    severity: int
    age: float
    handled: float | None = None
    """Hours from first seen to taken up."""
    closed: float | None = None
    """Hours from first seen to closing."""
    aimed: bool = True
    suppressed: bool = False


def make_alerts(alerts: Sequence[OneAlert], rules: int = 8) -> Alerts:
    """Put alerts into columns."""

    def hours(values: Sequence[float | None]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return np.array([NEVER if value is None else int(value * HOUR_NS) for value in values], np.int64)

    ages = hours([one.age for one in alerts])
    first = NOW_NS - ages
    taken, closed = hours([one.handled for one in alerts]), hours([one.closed for one in alerts])
    taken = np.where(taken == NEVER, NEVER, first + np.where(taken == NEVER, 0, taken))
    closed = np.where(closed == NEVER, NEVER, first + np.where(closed == NEVER, 0, closed))
    return Alerts(
        np.array([one.asset for one in alerts], np.int64),
        np.array([one.rule for one in alerts], np.int64),
        np.array([one.severity for one in alerts], np.int64),
        np.array([one.aimed for one in alerts], bool),
        first,
        first,
        np.minimum(taken, closed),
        closed,
        np.array([one.suppressed for one in alerts], bool),
        np.arange(len(alerts)),
        [f"rule_{number}" for number in range(rules)],
        [f"alert-{number:032x}" for number in range(len(alerts))],
    )


def make_assets(count: int, enterprises: int = 2, exposures: Sequence[Fact] = ()) -> list[Asset]:
    """Make assets of several enterprises and criticalities, all exposed alike."""
    return [
        Asset(f"enterprise_{number % enterprises}", f"10.0.{number >> 8}.{number & 255}", criticality=number % 6,
              exposures=tuple(exposures))
        for number in range(count)
    ]  # fmt: skip
