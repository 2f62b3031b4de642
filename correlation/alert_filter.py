"""Which alerts a page shows: a query text with what chips and controls add, as one checked tree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import get_args

import sqlalchemy as sa

from correlation.alert_states import AlertStates
from correlation.incident_tables import MEMBERS
from correlation.query import parse_query
from correlation.query_tree import Among, And, Between, Equal, Everything, Exists, Node, Not, Or
from correlation.store import Store
from detection.rule import Level
from parsers.schema import Dataset, Field
from wanglou.errors import UsageError

LEVELS: tuple[str, ...] = tuple(reversed(get_args(Level)))
"""Severities by name, the worst first."""
DATASET = "alert"


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """What is asked for; what is empty asks for nothing."""

    text: str = ""
    """In the query language."""
    levels: frozenset[str] = frozenset()
    states: frozenset[str] = frozenset()
    assignee: str | None = None
    """Name of who looks after it; ``""`` for alerts without anybody, None for all."""
    start_ns: int | None = None
    end_ns: int | None = None
    enterprises: frozenset[str] | None = None
    """Whose alerts may be seen at all; None for the whole park."""
    ids: tuple[str, ...] = ()
    """Only these alerts."""
    incident: str = ""
    """Only the alerts of this incident."""


def find_field(store: Store, dataset: str, name: str) -> Field:
    """Find a field that a dataset is known to have; raises UsageError where a store lacks it."""
    schema = store.datasets.get(dataset)
    field = schema.field(name) if schema else None
    if field is None:
        raise UsageError(f"{dataset} has no field {name!r}")
    return field


def join(*nodes: Node) -> Node:
    """Ask for all of several queries."""
    parts = tuple(node for node in nodes if not isinstance(node, Everything))
    return And(parts) if len(parts) > 1 else parts[0] if parts else Everything()


def any_of(field: Field, values: frozenset[str] | tuple[str, ...]) -> Node:
    """Ask for any of some values; of none there is nothing."""
    parts = tuple(Equal(field, one) for one in sorted(values))
    return Or(parts) if len(parts) > 1 else parts[0] if parts else Not(Everything())


def in_scope(store: Store, dataset: str, enterprises: frozenset[str] | None) -> Node:
    """Ask for the records of these enterprises; None is the whole park, the empty set nothing."""
    return Everything() if enterprises is None else any_of(find_field(store, dataset, "organization.id"), enterprises)


def of_enterprise(store: Store, dataset: str, enterprise: str) -> Node:
    """Ask for the records of one enterprise; of none where the name is empty."""
    field = find_field(store, dataset, "organization.id")
    return Equal(field, enterprise) if enterprise else Not(Exists(field))


def in_period(dataset: Dataset, start_ns: int | None, end_ns: int | None) -> Node:
    """Ask for a stretch of time, the end not included."""
    if start_ns is None and end_ns is None:
        return Everything()
    time = next(field for field in dataset.fields if field.name == "@timestamp")
    return Between(time, start_ns, end_ns, low_included=True, high_included=False)


def _in_incident(connection: sa.Connection, identity: Field, incident: str) -> Node:
    members = "\n".join(connection.scalars(sa.select(MEMBERS.c.alert).where(MEMBERS.c.incident == incident)))
    return Among(identity, members) if members else Not(Everything())


class AlertQueries:
    """Makes queries of filters; keeps the copy of the states that they need."""

    def __init__(self, store: Store, states: AlertStates, clock: Callable[[], int]) -> None:
        """Ask ``store``; ``clock`` gives what ``now`` means in a text, nanoseconds since 1970."""
        self.store, self.states, self._clock = store, states, clock

    def compile(self, connection: sa.Connection, asked: AlertFilter) -> Node:
        """Check a filter; raises QueryError at the text's character, UsageError for other values that cannot be."""
        if unknown := asked.levels - set(LEVELS):
            raise UsageError(f"no severity {min(unknown)!r}", do=f"one of {', '.join(LEVELS)}")
        schema = self.store.datasets[DATASET]
        identity, level = (find_field(self.store, DATASET, name) for name in ("event.id", "rule.level"))
        self.states.refresh(connection)
        return join(
            in_scope(self.store, DATASET, asked.enterprises),
            in_period(schema, asked.start_ns, asked.end_ns),
            any_of(level, asked.levels) if asked.levels else Everything(),
            any_of(identity, asked.ids) if asked.ids else Everything(),
            _in_incident(connection, identity, asked.incident) if asked.incident else Everything(),
            parse_query(asked.text, schema, now_ns=self._clock()),
            self.states.narrow(identity, asked.states, asked.assignee, asked.enterprises),
        )
