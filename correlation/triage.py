"""Triage: what people decide about alerts, and which alerts they do not want to see for a while.

An alert is new until somebody acknowledges or closes it; that is kept in the ledger beside the store, whose records
never change. A suppression hides alerts of a rule, and of addresses where it names some, from incidents; it needs a
reason and ends by itself. It counts by the time of the alert, so that reading a capture again gives the same.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import pyarrow as pa
import sqlalchemy as sa
from numpy.typing import NDArray

from correlation.decision import Part
from correlation.triage_tables import ALERT_STATES, SUPPRESSIONS
from wanglou.audit import Actor
from wanglou.errors import UsageError
from wanglou.ledger import Ledger

AlertState = Literal["new", "acknowledged", "closed"]
ALERT_STATE_NAMES: tuple[AlertState, ...] = get_args(AlertState)
EVER_NS = -(1 << 62)
"""Beginning of a suppression that holds for alerts of all times before its end."""
_AT_ONCE = 500
"""Ids in one statement; SQLite takes up to 32,766 parameters."""


@dataclass(frozen=True, slots=True)
class Triaged:
    """What people made of one alert."""

    id: str
    state: AlertState = "new"
    assignee: str = ""
    comment: str = ""
    version: int = 0
    """Counts the changes; 0 for an alert that nobody touched."""
    enterprise: str = ""


@dataclass(frozen=True, slots=True)
class Suppression:
    """Alerts that open no incident."""

    id: str
    enterprise: str
    """Of this enterprise only; empty for all."""
    rule: str
    source: str
    destination: str
    from_ns: int
    until_ns: int
    """Alerts that were raised before it."""
    reason: str

    def select(self, table: pa.Table, raised_ns: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Mark the alerts it hides: bool[n]; ``table`` has the columns of alerts."""
        chosen = Part((), self.source, self.destination, self.rule).select(table)
        if self.enterprise:
            chosen &= np.asarray(
                [one == self.enterprise for one in table["organization.id"].to_pylist()], dtype=np.bool_
            )
        return chosen & (raised_ns >= self.from_ns) & (raised_ns < self.until_ns)


class Triage:
    """The states of alerts and the suppressions in one ledger, opened with the component TRIAGE."""

    def __init__(self, ledger: Ledger, site: str = "") -> None:
        """Keep what belongs to ``site``."""
        self._ledger, self._site = ledger, site

    def states(self, ids: Collection[str]) -> dict[str, Triaged]:
        """Give what people made of these alerts; those that nobody touched are left out."""
        found: dict[str, Triaged] = {}
        wanted = sorted(ids)
        with self._ledger.reading() as connection:
            for begin in range(0, len(wanted), _AT_ONCE):
                some = wanted[begin : begin + _AT_ONCE]
                for row in connection.execute(sa.select(ALERT_STATES).where(ALERT_STATES.c.id.in_(some))).mappings():
                    found[row["id"]] = _read_state(row)
        return found

    def set_state(
        self,
        alerts: Mapping[str, str],
        actor: Actor,
        *,
        state: AlertState | None = None,
        assignee: str | None = None,
        comment: str | None = None,
    ) -> list[Triaged]:
        """Change alerts (id to enterprise) all at once; None leaves a value as it is. Gives what they are now."""
        if state is not None and state not in ALERT_STATE_NAMES:
            raise UsageError(f"no state {state!r} of an alert", do=f"give one of {', '.join(ALERT_STATE_NAMES)}")
        given = {"state": state, "assignee": assignee, "comment": comment}
        values = {name: value for name, value in given.items() if value is not None}
        with self._ledger.change(actor) as change:
            for identity, enterprise in alerts.items():
                key = {"id": identity}
                row = change.connection.execute(sa.select(ALERT_STATES).filter_by(**key)).mappings().first()
                if row is None:
                    fresh = {"state": "new", "assignee": "", "comment": "", **values}
                    change.insert(
                        ALERT_STATES,
                        {**key, "enterprise": enterprise, "site": self._site, **fresh, "version": 1},
                        action="triaged",
                    )
                elif any(row[name] != value for name, value in values.items()):
                    change.update(ALERT_STATES, key, {**values, "version": row["version"] + 1}, action="triaged")
        states = self.states(alerts)
        return [states[one] for one in alerts]

    def suppressions(self) -> list[Suppression]:
        """List the suppressions, those that end last first."""
        chosen = sa.select(SUPPRESSIONS).where(SUPPRESSIONS.c.site == self._site)
        chosen = chosen.order_by(SUPPRESSIONS.c.until_ns.desc(), SUPPRESSIONS.c.id)
        with self._ledger.reading() as connection:
            return [_read_suppression(row) for row in connection.execute(chosen).mappings()]

    def suppress(
        self, part: Part, until_ns: int, reason: str, actor: Actor, *, from_ns: int = EVER_NS, enterprise: str = ""
    ) -> Suppression:
        """Hide alerts raised before ``until_ns``; raises UsageError where nothing is named, or no reason is given."""
        if not (part.rule or part.source or part.destination):
            raise UsageError("a suppression needs a rule or an address", do="give --rule, --source or --destination")
        if not reason.strip():
            raise UsageError("a suppression needs a reason", do="give --reason")
        if until_ns <= from_ns:
            raise UsageError("a suppression must end after it begins", do="give a later --until")
        made = Suppression(
            f"suppression-{secrets.token_hex(6)}",
            enterprise,
            part.rule,
            part.source,
            part.destination,
            from_ns,
            until_ns,
            reason.strip(),
        )
        with self._ledger.change(actor) as change:
            names = ("id", "enterprise", "rule", "source", "destination", "from_ns", "until_ns", "reason")
            change.insert(SUPPRESSIONS, {name: getattr(made, name) for name in names} | {"site": self._site})
        return made

    def lift(self, identity: str, actor: Actor) -> Suppression:
        """End a suppression before its time; raises UsageError where there is none of that id."""
        found = next((one for one in self.suppressions() if one.id == identity), None)
        if found is None:
            raise UsageError(f"no suppression {identity!r}", do="`wanglou alerts suppress --list` shows them")
        with self._ledger.change(actor) as change:
            change.delete(SUPPRESSIONS, {"id": identity}, action="lifted")
        return found


def find_suppressed(
    table: pa.Table, raised_ns: NDArray[np.int64], suppressions: Sequence[Suppression]
) -> NDArray[np.bool_]:
    """Mark the alerts that any of the suppressions hides: bool[n]."""
    hidden = np.zeros(table.num_rows, dtype=np.bool_)
    for suppression in suppressions:
        hidden |= suppression.select(table, raised_ns)
    return hidden


def _read_state(row: Mapping[Any, Any]) -> Triaged:
    names = ("id", "state", "assignee", "comment", "version", "enterprise")
    return Triaged(*(row[name] for name in names))


def _read_suppression(row: Mapping[Any, Any]) -> Suppression:
    names = ("id", "enterprise", "rule", "source", "destination", "from_ns", "until_ns", "reason")
    return Suppression(*(row[name] for name in names))
