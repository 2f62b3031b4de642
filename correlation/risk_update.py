"""Keeps the figures of risk up to date with a store: day by day, and only where something changed."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from correlation.risk import Figure, assess
from correlation.risk_formula import DAY_NS
from correlation.risk_handling import read_handled
from correlation.risk_ledger import Day, drop_days, list_days, load_used, save_assessment, trim_parts
from correlation.risk_source import Handled, read_material
from correlation.risk_weights import Weights
from correlation.store import Capture, DateHistogram, Store
from wanglou.audit import Actor
from wanglou.ledger import Ledger
from wanglou.site import Site

MOST_DAYS = 400
"""Days of history, the newest ones."""
SETTLED_DAYS = 31
"""Days with records that an update looks at again, the newest ones; a rebuild takes all."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an update did."""

    assessed: int = 0
    """Days worked out."""
    changed: int = 0
    """Days of which a figure changed."""
    park: Figure | None = None
    """The park's figure now; None where nothing is recorded, or nothing had changed."""
    counters: Mapping[str, int] | None = None


def update(
    store: Store,
    ledger: Ledger,
    site: Site | None,
    actor: Actor,
    *,
    rebuild: bool = False,
    clock: Callable[[], int] = time.time_ns,
) -> Outcome:
    """Bring the figures up to date; looks at captures and weights only when neither they nor alerts' handling changed.

    A figure is of the end of its day, that of the newest day of the latest record, and never of a time to come.
    """
    name = site.id if site else ""
    with ledger.reading() as connection:
        weights, held = load_used(connection, name), list_days(connection, name)
        handled = read_handled(connection)
    captures = store.captures()
    material = _digest(captures, handled, site)
    if not rebuild and held and held[0].material == material and held[0].weights == weights.digest:
        return Outcome()
    latest = min(max((one.max_ns for one in captures if one.max_ns is not None), default=0), clock())
    days = find_days(store, latest)
    if not rebuild:
        days = _unsettled(days, held, weights)
    if not days:
        return _forget(ledger, name, actor)
    return _assess(store, ledger, site, actor, weights, handled, days, latest, material, rebuild=rebuild)


def _assess(
    store: Store, ledger: Ledger, site: Site | None, actor: Actor, weights: Weights, handled: Mapping[str, Handled],
    days: Sequence[int], latest_ns: int, digest: str, *, rebuild: bool,
) -> Outcome:  # fmt: skip
    name = site.id if site else ""
    material = read_material(store, weights, site, handled, latest_ns, days[0])
    found = []
    for day in days:
        as_of = min((day + 1) * DAY_NS - 1, latest_ns)
        alerts = material.alerts.settle(as_of) if day == days[-1] else material.alerts
        found.append(assess(material.at(as_of), alerts, weights, as_of))
    with ledger.change(actor) as change:
        # The newest day last: the digest of the material must not be there before all days are.
        changed = sum(save_assessment(change, name, one, weights.digest, digest) for one in found)
        if rebuild:
            changed += drop_days(change, name, days)
        trim_parts(change, name)
        if changed:
            after = {"days": changed, "park": found[-1].park.score / 100, "weights": weights.digest[:16]}
            change.record("risk.assessed", "risk", name or "park", after=after, site=name)
    return Outcome(len(days), changed, found[-1].park, material.counters)


def _forget(ledger: Ledger, site: str, actor: Actor) -> Outcome:
    """Drop all figures, where no records are left."""
    with ledger.change(actor) as change:
        gone = drop_days(change, site, ())
        if gone:
            change.record("risk.forgotten", "risk", site or "park", after={"days": gone}, site=site)
    return Outcome(0, gone)


def find_days(store: Store, latest_ns: int) -> list[int]:
    """List the days that have flows or alerts, in order, as days since 1970."""
    start_ns = max(latest_ns - MOST_DAYS * DAY_NS, 0)
    found = {
        int(str(bucket.key)) // DAY_NS
        for dataset in ("flow", "alert")
        for bucket in store.aggregate(dataset, DateHistogram(DAY_NS), start_ns=start_ns, end_ns=latest_ns + 1)
    }
    return sorted(found)


def _unsettled(days: Sequence[int], held: Sequence[Day], weights: Weights) -> list[int]:
    """Leave out what lies too far back, unless it was never assessed, or with other weights."""
    known = {day.day for day in held if day.weights == weights.digest}
    return [day for day in days if day in days[-SETTLED_DAYS:] or day not in known]


def _digest(captures: Sequence[Capture], handled: Mapping[str, Handled], site: Site | None) -> str:
    """Digest of all that figures depend on, but the weights."""
    held = [
        [one.record.identity, one.record.parser_digest, one.detection_digest, one.state, sorted(one.rows.items())]
        for one in sorted(captures, key=lambda one: one.record.identity)
    ]
    facts = sorted((event, one.taken_ns, one.closed_ns, one.suppressed) for event, one in handled.items())
    return hashlib.sha256(json.dumps([held, facts, site.digest if site else ""]).encode()).hexdigest()
