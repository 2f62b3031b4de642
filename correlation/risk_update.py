"""Keeps the figures of risk up to date with a store: day by day, and only where something changed."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, field

import sqlalchemy as sa

from correlation.risk import Assessment, Figure, assess
from correlation.risk_devices import Known
from correlation.risk_formula import DAY_NS
from correlation.risk_handling import read_handled
from correlation.risk_ledger import DAYS, Day, drop_days, drop_parts, list_days, load_used, save_assessment, trim_parts
from correlation.risk_source import Handled, Material, read_material
from correlation.risk_weights import Weights
from correlation.store import Capture, DateHistogram, Store
from correlation.triage import Suppression
from wanglou.audit import Actor
from wanglou.ledger import Ledger
from wanglou.site import Site

MOST_DAYS = 400
"""Days of history, the newest ones."""
_GONE = "gone"  # instead of a digest: nothing is there that figures could be made of
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
    counters: Mapping[str, int] = field(default_factory=dict)
    """What was left out, see ``Material.counters``."""


def update(
    store: Store,
    ledger: Ledger,
    site: Site | None,
    actor: Actor,
    *,
    register: Sequence[Known] = (),
    suppressed: Sequence[Suppression] = (),
    rebuild: bool = False,
    clock: Callable[[], int] = time.time_ns,
) -> Outcome:
    """Bring the figures up to date; looks at captures and weights only when neither they nor alerts' handling changed.

    A figure is of the end of its day, that of the newest day of the latest record, and never of a time to come.
    Days before the first record stay as they are, as history outlives the records. ``register`` holds the devices as a
    register of assets has them, ``suppressed`` tells which alerts nobody wants to see: they never counted.
    """
    name = site.id if site else ""
    with ledger.reading() as connection:
        weights, held = load_used(connection, name), list_days(connection, name)
        handled = read_handled(connection)
    captures = store.captures()
    material = _digest(captures, handled, site, register, suppressed)
    if not rebuild and held and held[0].material == material and held[0].weights == weights.digest:
        return Outcome()
    latest = min(max((one.max_ns for one in captures if one.max_ns is not None), default=0), clock())
    recorded = find_days(store, latest)
    if not recorded:
        _forget(ledger, actor, name)
        return Outcome()
    days = recorded if rebuild else _unsettled(recorded, held, weights)
    read = read_material(store, weights, site, handled, latest, days[0], register, suppressed)
    found = list(_assess(read, weights, days, latest))
    with ledger.change(actor) as change:
        changed = sum(save_assessment(change, name, one, weights.digest, material) for one in found)
        changed += drop_days(change, name, recorded)
        trim_parts(change, name)
        drop_parts(change, name, recorded[0])
        if changed:
            after = {"days": changed, "park": found[-1].park.score / 100, "weights": weights.digest[:16]}
            change.record("risk.assessed", "risk", name or "park", after=after, site=name)
    return Outcome(len(days), changed, found[-1].park, read.counters)


def _forget(ledger: Ledger, actor: Actor, site: str) -> None:
    """Keep the figures as history, without what they were made of: none of it is there any more."""
    with ledger.reading() as connection:
        held = list_days(connection, site)
    if held and held[0].material != _GONE:
        with ledger.change(actor) as change:
            change.connection.execute(sa.update(DAYS).where(DAYS.c.site == site).values(material=_GONE))
            if days := drop_parts(change, site, None):
                change.record("risk.forgotten", "risk", site or "park", after={"days": days}, site=site)


def _assess(material: Material, weights: Weights, days: Sequence[int], latest_ns: int) -> Iterator[Assessment]:
    """Work out each day as it ended; on the newest one all handling counts, as people may read old packets."""
    for day in days:
        as_of = min((day + 1) * DAY_NS - 1, latest_ns)
        alerts = material.alerts.settle(as_of) if day == days[-1] else material.alerts
        yield assess(material.at(as_of), alerts, weights, as_of)


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


def _digest(
    captures: Sequence[Capture],
    handled: Mapping[str, Handled],
    site: Site | None,
    register: Sequence[Known],
    suppressed: Sequence[Suppression],
) -> str:
    """Digest of all that figures depend on, but the weights."""
    held = [
        [one.record.identity, one.record.parser_digest, one.detection_digest, one.state, sorted(one.rows.items())]
        for one in sorted(captures, key=lambda one: one.record.identity)
    ]
    facts = sorted((event, one.taken_ns, one.closed_ns, one.suppressed) for event, one in handled.items())
    known = sorted(json.dumps(astuple(one)) for one in register)
    hidden = sorted(json.dumps(astuple(one)) for one in suppressed)
    told = [held, facts, site.digest if site else "", known, *([hidden] if hidden else [])]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()
