"""What the page of identifiers shows: prefixes, who resolves and changes them, errors, and what is new."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from correlation.alert_filter import find_field, in_period, in_scope, join
from correlation.query_tree import Equal, Exists, Node, Not
from correlation.scoping import Enterprises
from correlation.store import Groups, Several, Store, Terms, Value

DATASET, HANDLE = "identifier", "handle"
MOST_LINES = 500
MOST_KNOWN = 10_000
"""Prefixes and clients that are compared with those seen before."""
BEFORE_NS = 30 * 86_400 * 10**9
"""Time before a period in which what was seen is not new: thirty days (ours, demo)."""


@dataclass(frozen=True, slots=True)
class Prefix:
    """Identifiers of one prefix."""

    prefix: str
    scheme: str
    actions: Mapping[str, int]
    """Records by ``resolved``, ``changed`` and ``mentioned``."""
    failures: int
    invalid: int
    """Identifiers that break the rules of their scheme."""

    @property
    def total(self) -> int:
        """All records."""
        return sum(self.actions.values())


@dataclass(frozen=True, slots=True)
class Actor:
    """An address that resolves or changes identifiers of a prefix."""

    enterprise: str
    address: str
    prefix: str
    action: str
    records: int
    failures: int


@dataclass(frozen=True, slots=True)
class Fault:
    """Failed transactions of the Handle protocol."""

    response: str
    operation: str
    prefix: str
    records: int


@dataclass(frozen=True, slots=True)
class Novelty:
    """What a period has that the thirty days before it had not."""

    prefixes: tuple[tuple[str, int], ...]
    clients: tuple[tuple[str, int], ...]


def _node(store: Store, dataset: str, start_ns: int | None, end_ns: int | None, enterprises: Enterprises) -> Node:
    return join(in_scope(store, dataset, enterprises), in_period(store.datasets[dataset], start_ns, end_ns))


def list_prefixes(
    store: Store, *, start_ns: int | None = None, end_ns: int | None = None, enterprises: Enterprises = None
) -> list[Prefix]:
    """List the prefixes of a period, those with most records first."""
    fields = ("identifier.prefix", "identifier.scheme", "event.action", "event.outcome", "identifier.valid")
    node = _node(store, DATASET, start_ns, end_ns, enterprises)
    actions: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    bad: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for one in store.aggregate(DATASET, Groups(fields), node):
        prefix, scheme, action, outcome, valid = one.keys
        key = (str(prefix or ""), str(scheme or ""))
        actions[key][str(action or "")] += int(one.value)
        bad[key][0] += int(one.value) if outcome == "failure" else 0
        bad[key][1] += int(one.value) if valid is False else 0
    found = [Prefix(*key, dict(its), *bad[key]) for key, its in actions.items()]
    return sorted(found, key=lambda one: (-one.total, one.prefix, one.scheme))[:MOST_LINES]


def list_actors(
    store: Store,
    action: str,
    *,
    start_ns: int | None = None,
    end_ns: int | None = None,
    enterprises: Enterprises = None,
) -> list[Actor]:
    """List who ``resolved`` or ``changed`` identifiers of which prefix, the busiest first."""
    fields = ("organization.id", "source.ip", "identifier.prefix", "event.outcome")
    is_action = Equal(find_field(store, DATASET, "event.action"), action)
    node = join(_node(store, DATASET, start_ns, end_ns, enterprises), is_action)
    found: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for one in store.aggregate(DATASET, Groups(fields), node):
        key = (str(one.keys[0] or ""), str(one.keys[1] or ""), str(one.keys[2] or ""))
        found[key][0] += int(one.value)
        found[key][1] += int(one.value) if one.keys[3] == "failure" else 0
    lines = [Actor(*key, action, *counts) for key, counts in found.items()]
    return sorted(lines, key=lambda one: (-one.records, one.enterprise, one.address, one.prefix))[:MOST_LINES]


def list_faults(
    store: Store, *, start_ns: int | None = None, end_ns: int | None = None, enterprises: Enterprises = None
) -> list[Fault]:
    """List the failed transactions of the Handle protocol by answer, operation and prefix."""
    failed = Equal(find_field(store, HANDLE, "event.outcome"), "failure")
    node = join(_node(store, HANDLE, start_ns, end_ns, enterprises), failed)
    groups = Groups(("handle.response.name", "handle.op.name", "handle.prefix"), MOST_LINES)
    found = store.aggregate(HANDLE, groups, node)
    return [Fault(*_texts(one.keys[0], one.keys[1], one.keys[2]), int(one.value)) for one in found]


def _texts(one: Value, two: Value, three: Value) -> tuple[str, str, str]:
    return str(one or ""), str(two or ""), str(three or "")


def find_novelty(store: Store, start_ns: int, end_ns: int, enterprises: Enterprises = None) -> Novelty:
    """Find the prefixes and the clients of a period that were not seen in the thirty days before it."""
    parts = {"prefixes": Terms("identifier.prefix", MOST_KNOWN), "clients": Terms("source.ip", MOST_KNOWN)}
    seen, known = (
        {str(one.key): one.parts for one in store.aggregate(DATASET, Several(parts), node)}
        for node in (
            _node(store, DATASET, start_ns, end_ns, enterprises),
            _node(store, DATASET, start_ns - BEFORE_NS, start_ns, enterprises),
        )
    )
    fresh = {}
    for name in parts:
        old = {one.key for one in known[name]}
        fresh[name] = tuple((str(one.key), int(one.value)) for one in seen[name] if one.key not in old)
    return Novelty(fresh["prefixes"], fresh["clients"])


def count_identifiers(
    store: Store, *, start_ns: int | None = None, end_ns: int | None = None, enterprises: Enterprises = None
) -> dict[str, int]:
    """Count the records by action, and those that are invalid or failed."""
    node = _node(store, DATASET, start_ns, end_ns, enterprises)
    counts = {str(one.key): int(one.value) for one in store.aggregate(DATASET, Terms("event.action"), node)}
    failed, valid = (find_field(store, DATASET, name) for name in ("event.outcome", "identifier.valid"))
    counts["failed"] = store.count(DATASET, join(node, Equal(failed, "failure")))
    is_judged = Exists(valid)
    counts["invalid"] = store.count(DATASET, join(node, is_judged, Not(Equal(valid, value=True))))
    return counts
