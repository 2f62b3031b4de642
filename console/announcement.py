"""What a worker, or a replay on the command line, tells open pages: alerts at once, then what later stages changed."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Sequence

import sqlalchemy as sa

from console import feed
from console.job_tables import FEED
from correlation.store import Store, Terms
from wanglou.ledger import Ledger
from wanglou.stages import StageReport

MOST_ANNOUNCED = 100
"""Incidents that are announced one by one; of more, pages load their lists anew by ``capture.changed``."""
_MOST_ENTERPRISES = 1000
_SEVERITIES = 101


def announce_alerts(ledger: Ledger, store: Store, identity: str, subject: str, *, site: str = "") -> None:
    """Tell how many alerts a capture has, and how bad they are, for each enterprise; ``subject`` is the job's id."""
    of_capture = f'wanglou.capture:"{identity}"'
    rest = _grade(store, of_capture)
    found: dict[str, Counter[int]] = {}
    for one in store.aggregate("alert", Terms("organization.id", _MOST_ENTERPRISES), of_capture):
        if one.key:
            found[str(one.key)] = _grade(store, f'{of_capture} AND organization.id:"{one.key}"')
            rest -= found[str(one.key)]
    if rest:  # alerts that the site file gives to no enterprise are the park's own
        found[""] = rest
    with ledger.transaction() as connection:
        now = time.time_ns()
        for enterprise, grades in found.items():
            body = {"capture": identity, "alerts": grades.total(), "severity": max(grades)}
            feed.publish(connection, now, feed.ALERTS_MADE, subject, body, enterprise=enterprise, site=site)


def announce_replay(
    ledger: Ledger, store: Store, stages: StageReport, identities: Sequence[str], fresh: Collection[str]
) -> bool:
    """Tell what a replay on the command line changed; False, and nothing is told, where no console ever ran.

    ``identities`` are the captures it was about, ``fresh`` those of them whose alerts it made.
    """
    with ledger.reading() as connection:
        if not sa.inspect(connection).has_table(FEED.name):
            return False
    for place, identity in enumerate(identities):
        capture = store.state(identity)
        if identity in fresh:
            announce_alerts(ledger, store, identity, "")
        if capture is not None:
            announce_stages(ledger, StageReport() if place else stages, identity, capture.record.enterprise)
    return True


def _grade(store: Store, query: str) -> Counter[int]:
    """Count alerts by severity."""
    grades = store.aggregate("alert", Terms("event.severity", _SEVERITIES), query)
    return Counter({int(str(one.key)): int(one.value) for one in grades})


def announce_stages(
    ledger: Ledger, stages: StageReport, identity: str = "", enterprise: str | None = None, *, site: str = ""
) -> None:
    """Tell which incidents changed, and to each enterprise concerned that a capture, its assets and its risk did.

    ``enterprise`` is that of the capture, None where no single one was read; ``identity`` then is empty.
    """
    concerned = {of for _, of in stages.changed_incidents} | ({enterprise} if enterprise is not None else set())
    told = {feed.CAPTURE_CHANGED: (identity, {"incidents": len(stages.changed_incidents)})}
    if any(stages.assets.changes.values()):
        told[feed.ASSETS_CHANGED] = ("", dict(stages.assets.changes))
    if stages.risk.changed:
        told[feed.RISK_CHANGED] = ("", {})
    with ledger.transaction() as connection:
        now = time.time_ns()
        for incident, of in stages.changed_incidents[:MOST_ANNOUNCED]:
            feed.publish(connection, now, feed.INCIDENT_CHANGED, incident, enterprise=of, site=site)
        for one in sorted(concerned):
            for kind, (subject, facts) in told.items():
                feed.publish(connection, now, kind, subject, facts, enterprise=one, site=site)
