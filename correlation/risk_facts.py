"""What a risk figure is made from: assets with the facts that expose them, and the alerts that touch them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

OPEN, ACKNOWLEDGED, CLOSED, SUPPRESSED = range(4)
"""How an alert stands."""
STATES = ("open", "acknowledged", "closed", "suppressed")
"""Names of these, in that order."""
NEVER = np.iinfo(np.int64).max
"""The time of what has not happened."""

Integers = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that exposes an asset, or one vulnerability of it."""

    kind: str
    """A key of the weights: of ``exposure.points``, or a severity of ``vulnerability.points``."""
    text: str
    """What exactly, such as the client's address; tells facts of one kind apart."""
    count: int = 1
    """Records that show it."""
    evidence: tuple[str, ...] = ()
    """``event.id`` of some of these."""


@dataclass(frozen=True, slots=True)
class Asset:
    """One asset of the register, as risk sees it."""

    enterprise: str
    id: str
    """Its key within the enterprise; empty for what alerts could be tied to no device."""
    name: str = ""
    zone: str = ""
    level: float | None = None
    """Purdue level."""
    criticality: int = 0
    """1 (least) to 5; 0 where nobody said it."""
    exposures: tuple[Fact, ...] = ()
    """At most one of a kind."""
    vulnerabilities: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class Alerts:
    """Alerts as columns, one row for each asset that an alert touches: all arrays have the same length.

    Times are nanoseconds since 1970, UTC; ``NEVER`` where something has not happened.
    """

    asset: Integers
    """Index of the asset."""
    rule: Integers
    """Index in ``rules``."""
    severity: Integers
    """0 to 100."""
    aimed: npt.NDArray[np.bool_]
    """True for the asset it was aimed at, False for the one that did it."""
    first_ns: Integers
    last_ns: Integers
    handled_ns: Integers
    """When it was first acknowledged, closed or suppressed."""
    closed_ns: Integers
    """When it was closed or suppressed."""
    suppressed: npt.NDArray[np.bool_]
    """True where closing means that it was no threat: suppressed, or a false alarm."""
    event: Integers
    """Index in ``events``."""
    rules: Sequence[str] = field(default=())
    events: Sequence[str] = field(default=())
    """``event.id`` of the alerts."""

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.asset)

    def states(self, as_of_ns: int) -> npt.NDArray[np.int8]:
        """Tell how each alert stood at that time."""
        state = np.where(self.handled_ns <= as_of_ns, ACKNOWLEDGED, OPEN)
        ended = self.closed_ns <= as_of_ns
        return np.where(ended, np.where(self.suppressed, SUPPRESSED, CLOSED), state).astype(np.int8)

    def settle(self, as_of_ns: int) -> Alerts:
        """Let all handling count at that moment: packets may be older than the people who read them."""
        times = (np.where(ns < NEVER, np.minimum(ns, as_of_ns), ns) for ns in (self.handled_ns, self.closed_ns))
        handled, closed = times
        return replace(self, handled_ns=handled, closed_ns=closed)


def empty_alerts() -> Alerts:
    """Give no alerts."""
    none, flags = np.empty(0, np.int64), np.empty(0, bool)
    return Alerts(none, none, none, flags, none, none, none, none, flags, none)
