"""The states of all alerts that people took up, in memory: what a filter by state or person needs of the ledger.

They are sparse, some ten thousand among a million alerts, and no store has them. The copy follows the ledger by its
audit: each look reads the changes since the last one, in the snapshot of the caller's connection.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable
from typing import Any

import sqlalchemy as sa

from correlation.query_tree import Among, Everything, Node, Not
from correlation.triage import ALERT_STATE_NAMES, AlertState
from correlation.triage_tables import ALERT_STATES
from parsers.schema import Field
from wanglou.audit import AUDIT, read_head
from wanglou.errors import UsageError

NEW: AlertState = "new"
MOST_CHANGES = 5_000
"""Changes since the last look beyond which everything is read anew."""
MOST_TEXTS = 16
"""Lists of ids that are kept until a state changes: who asks differently each time finds all made anew."""
_AT_ONCE = 500
"""Ids in one statement."""
Key = tuple[str, str, str]
"""State, assignee and enterprise."""


class AlertStates:
    """A copy of what people made of alerts; any number of threads may use it."""

    def __init__(self, site: str = "") -> None:
        """Begin empty; the first look reads all states of ``site``."""
        self._site, self._lock = site, threading.Lock()
        self._seq = -1
        self._keys: dict[str, Key] = {}
        self._shared: dict[Key, Key] = {}
        self._texts: dict[tuple[frozenset[str], str | None, frozenset[str] | None], tuple[bool, str]] = {}

    def refresh(self, connection: sa.Connection) -> None:
        """Take over what changed."""
        with self._lock:
            head = read_head(connection).count
            if head == self._seq:
                return
            fresh = self._changed(connection, head)
            if fresh is None:
                self._keys.clear()
                self._take(connection.execute(self._select()))
            else:
                for begin in range(0, len(fresh), _AT_ONCE):
                    some = fresh[begin : begin + _AT_ONCE]
                    self._take(connection.execute(self._select().where(ALERT_STATES.c.id.in_(some))))
            if fresh is None or fresh:
                self._texts.clear()
            self._seq = head

    def _select(self) -> sa.Select[tuple[str, str, str, str]]:
        table = ALERT_STATES.c
        chosen = sa.select(table.id, table.state, table.assignee, table.enterprise)
        return chosen.where(table.site == self._site)

    def _changed(self, connection: sa.Connection, head: int) -> list[str] | None:
        """List the alerts that changed since the last look; None where all are to be read."""
        if self._seq < 0 or not 0 <= head - self._seq <= MOST_CHANGES:
            return None
        chosen = sa.select(AUDIT.c.subject).where(AUDIT.c.seq > self._seq, AUDIT.c.kind == "alert").distinct()
        return list(connection.scalars(chosen))

    def _take(self, rows: Iterable[Any]) -> None:
        for identity, *rest in rows:
            key = (rest[0], rest[1], rest[2])
            self._keys[identity] = self._shared.setdefault(key, key)

    def count(self) -> int:
        """Count the alerts that people took up."""
        return len(self._keys)

    def narrow(
        self, field: Field, states: Collection[str], assignee: str | None, enterprises: frozenset[str] | None = None
    ) -> Node:
        """Give the query for alerts in any of ``states`` that are assigned so; ``""`` is nobody, None anybody.

        ``field`` is ``event.id``. Where only alerts of some ``enterprises`` are asked for, those known to be of others
        are not named.
        Raises UsageError for a state that cannot be.
        """
        if unknown := set(states) - set(ALERT_STATE_NAMES):
            raise UsageError(f"no state {min(unknown)!r} of an alert", do=f"one of {', '.join(ALERT_STATE_NAMES)}")
        wanted = frozenset(states) or frozenset(ALERT_STATE_NAMES)
        if len(wanted) == len(ALERT_STATE_NAMES) and assignee is None:
            return Everything()
        with self._lock:
            is_within, text = self._choose(wanted, assignee, enterprises)
        if not text:
            return Not(Everything()) if is_within else Everything()
        return Among(field, text) if is_within else Not(Among(field, text))

    def _choose(
        self, states: frozenset[str], assignee: str | None, enterprises: frozenset[str] | None
    ) -> tuple[bool, str]:
        """Give ids, and whether they are those that fit or, where untouched alerts fit, those that do not."""
        asked = (states, assignee, enterprises)
        if asked not in self._texts:
            is_within = NEW not in states or bool(assignee)
            near = {key for key in self._shared if enterprises is None or not key[2] or key[2] in enterprises}
            fits = {key for key in near if key[0] in states and (assignee is None or key[1] == assignee)}
            named = fits if is_within else near - fits
            if len(self._texts) >= MOST_TEXTS:
                self._texts.clear()
            self._texts[asked] = (is_within, "\n".join(one for one, key in self._keys.items() if key in named))
        return self._texts[asked]
