"""Merging and splitting incidents, and taking either back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from console.refusal import Refused
from console.views.incident import get_case
from console.visit import Visit
from correlation.case import Case
from correlation.decision import Part
from correlation.incident_detail import addresses_of, list_decisions_of, list_mergeable
from wanglou.errors import UsageError

MOST_MERGED = 50
"""Incidents that are merged at once."""
MOST_CHOSEN = 500
"""Alerts that one split names."""
PARTS = ("source", "destination", "rule")


@dataclass(frozen=True, slots=True)
class Decided:
    """What a merge or a split did."""

    case: Case
    """The incident that stays."""
    seqs: tuple[int, ...]
    """Numbers of the decisions, to take them back by."""
    others: tuple[str, ...] = ()
    """Incidents that went into it, or came out of it."""


@dataclass(frozen=True, slots=True)
class Made:
    """One decision about an incident, as its page tells it."""

    seq: int
    kind: Literal["merge", "split"]
    part: Part


@dataclass(frozen=True, slots=True)
class Candidate:
    """One incident that may be merged with another."""

    case: Case
    shared: tuple[str, ...]
    """Addresses that both name."""


def merge_cases(visit: Visit, into: str, others: Sequence[str], expected: str | None = None) -> Decided:
    """Make incidents one; raises Refused (404, 412) and UsageError."""
    if not 0 < len(others) <= MOST_MERGED:
        raise UsageError(f"{len(others)} incidents are chosen", do=f"choose 1 to {MOST_MERGED}")
    kept = check_version(get_case(visit, into), expected)
    going = [get_case(visit, one).id for one in dict.fromkeys(others) if one != kept.id]
    before = _seqs(visit, kept)
    case = visit.services.incidents.merge(visit.services.store, kept.id, going, visit.actor)
    return Decided(case, tuple(sorted(_seqs(visit, case) - before)), tuple(going))


def split_case(visit: Visit, identity: str, part: Part, expected: str | None = None) -> Decided:
    """Take a part out of an incident; raises Refused (404, 412) and UsageError."""
    if len(part.alerts) > MOST_CHOSEN:
        raise UsageError(f"{len(part.alerts)} alerts are chosen", do=f"choose 1 to {MOST_CHOSEN}")
    kept = check_version(get_case(visit, identity), expected)
    before = _seqs(visit, kept)
    case, fresh = visit.services.incidents.split(visit.services.store, kept.id, part, visit.actor)
    return Decided(case, tuple(sorted(_seqs(visit, case) - before)), tuple(one.id for one in fresh))


def undo_decisions(visit: Visit, identity: str, seqs: Iterable[int], expected: str | None = None) -> Case | None:
    """Take decisions back; gives the incident as it is then, None where it is no more."""
    case = check_version(get_case(visit, identity), expected)
    return visit.services.incidents.undo(visit.services.store, case.id, seqs, visit.actor)


def check_version(case: Case, expected: str | None) -> Case:
    """Give the incident; raises Refused (412) where it has no longer the ETag expected."""
    if expected is not None and expected != f'"{case.version}"':
        raise Refused(412, reason="conflict")
    return case


def list_made(visit: Visit, case: Case) -> list[Made]:
    """List the merges and splits that made an incident what it is."""
    with visit.ledger.reading() as connection:
        found = list_decisions_of(connection, case)
    return [Made(kept.seq, kept.decision.kind, kept.decision.part) for kept in found]


def _seqs(visit: Visit, case: Case) -> set[int]:
    return {one.seq for one in list_made(visit, case)}


def list_candidates(visit: Visit, case: Case) -> list[Candidate]:
    """List the incidents that may be merged with one, the likeliest first."""
    with visit.ledger.reading() as connection:
        found = list_mergeable(connection, case)
    its = addresses_of(case)
    return [Candidate(one, tuple(sorted(its & addresses_of(one)))) for one in found]


def count_parts(case: Case) -> dict[str, list[tuple[str, int]]]:
    """Count the alerts by source, destination and rule, as far as the timeline tells, the most first."""
    counts: dict[str, Counter[str]] = {name: Counter() for name in PARTS}
    for moment in case.incident.timeline:
        for name in PARTS:
            counts[name][getattr(moment, name)] += moment.alerts
    return {
        name: [(value, count) for value, count in counter.most_common() if value] for name, counter in counts.items()
    }
