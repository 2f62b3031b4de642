"""Made-up assets, figures of risk, triage and incidents, written through the doors of their stages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import sqlalchemy as sa

from bench.console_park import DAY_NS, DAYS, END_NS, START_NS, Enterprise
from correlation.asset import Asset, Event, make_id
from correlation.asset_ledger import replace_assets
from correlation.decision import Part as Chosen
from correlation.incident_scopes import group_scope
from correlation.incident_tables import INCIDENT
from correlation.incidents import Incidents
from correlation.reconciliation import Reconciliation
from correlation.risk import Assessment, Figure, Part
from correlation.risk_ledger import save_assessment
from correlation.risk_weights import load_weights
from correlation.triage import Triage
from wanglou.audit import Actor
from wanglou.ledger import Ledger

ACTOR = Actor("system:bench", "")
PEOPLE = ("analyst", "li.na", "wang.wei", "zhao.min")
KINDS = (
    ("plc", 1.0),
    ("rtu", 1.0),
    ("hmi", 2.0),
    ("scada", 2.0),
    ("engineering", 2.0),
    ("historian", 3.0),
    ("server", 3.0),
    ("gateway", 3.5),
    ("client", 4.0),
    ("sensor", 0.0),
)
VENDORS = ("Siemens", "Schneider Electric", "Supcon", "Hollysys", "Rockwell Automation", "")


def make_assets(enterprise: Enterprise) -> list[Asset]:
    """One asset for each address."""
    return [_make_asset(enterprise, number, ip) for number, ip in enumerate(enterprise.addresses)]


def _make_asset(enterprise: Enterprise, number: int, ip: str) -> Asset:
    kind, level = KINDS[0] if number < 40 else KINDS[number % len(KINDS)]
    vendor, mac = (
        VENDORS[number % len(VENDORS)],
        f"02-00-{enterprise.number:02X}-00-{number // 256:02X}-{number % 256:02X}",
    )
    key, first = f"ip:{ip}", START_NS + number % DAYS * DAY_NS // 2
    history = (Event(first, "new"), Event(first + DAY_NS, "changed", "firmware", "1.0", "1.1"))
    return Asset(
        make_id(enterprise.name, key), enterprise.name, "", key, (key, f"mac:{mac}"), f"{kind.upper()}-{number:04d}",
        kind, (ip,), (mac,), vendor, f"Model {number % 40}", f"1.{number % 9}", f"SN{number:06d}",
        f"{enterprise.name}-line{number % 12}", None if number % 50 == 49 else level, number % 5 + 1, "", "",
        "inside", "gone" if number % 97 == 0 else "active", 0.9, "", first, END_NS - number * 10**9,
        (("seen", ip),), {"vendor": (vendor,) if vendor else (), "model": (f"Model {number % 40}",)}, (), history,
    )  # fmt: skip


def save_register(ledger: Ledger, park: Sequence[Enterprise]) -> None:
    """Keep the assets, and a figure of risk for each on each of the thirty days."""
    assets = [asset for enterprise in park for asset in make_assets(enterprise)]
    with ledger.transaction() as connection:
        replace_assets(connection, assets)
    chance, weights = np.random.default_rng(7), load_weights()
    base = chance.beta(1.2, 6, len(assets)) * 10_000
    for day in range(DAYS):
        scores = np.clip(base + chance.normal(0, 300, len(assets)), 0, 9_900).astype(int).tolist()
        assessment = _assess(park, assets, scores, START_NS + (day + 1) * DAY_NS - 1)
        with ledger.change(ACTOR) as change:
            save_assessment(change, "", assessment, weights.digest, str(day))


def _assess(park: Sequence[Enterprise], assets: Sequence[Asset], scores: Sequence[int], as_of_ns: int) -> Assessment:
    figures = [
        Figure(
            "asset",
            one.enterprise,
            one.id,
            score,
            (Part("threat", "rule", "10.0.0.1", score, score),),
            one.name,
            one.criticality,
            0.8,
        )
        for one, score in zip(assets, scores, strict=True)
    ]
    figures.sort(key=lambda figure: (-figure.score, figure.enterprise, figure.subject))
    worst = {enterprise.name: next(one for one in figures if one.enterprise == enterprise.name) for enterprise in park}
    enterprises = [
        Figure("enterprise", name, "", one.score, (Part("asset", name, one.subject, one.score, one.score),))
        for name, one in worst.items()
    ]
    whole = max(one.score for one in enterprises)
    return Assessment(
        as_of_ns,
        Figure("park", "", "", whole, (Part("enterprise", park[0].name, "", whole, whole),)),
        enterprises,
        figures,
    )


def save_incidents(ledger: Ledger, capture: str, alerts: pa.Table, wanted: int) -> None:
    """Group the alerts of the capture's ``wanted`` busiest sources into incidents; a third of them are closed."""
    counts = alerts["source.ip"].combine_chunks().value_counts().to_pylist() if alerts.num_rows else []
    busiest = sorted((one for one in counts if one["values"]), key=lambda one: -one["counts"])[3 : 3 + wanted]
    names = {one["values"] for one in busiest}
    chosen = [place for place, ip in enumerate(alerts["source.ip"].to_pylist()) if ip in names]
    found = list(group_scope(alerts.take(pa.array(chosen, pa.int64()))))
    with ledger.change(ACTOR) as change:
        Reconciliation(change, [capture]).run([replace(one, scope=capture) for one in found])
    incidents = Incidents(ledger)
    with ledger.reading() as connection:
        its = list(connection.scalars(sa.select(INCIDENT.c.id).where(INCIDENT.c.scope == capture)))
    for identity in its[::3]:
        incidents.set_state(identity, ACTOR, status="closed", verdict="false_positive", assignee=PEOPLE[0])


def save_triage(ledger: Ledger, alerts: dict[str, str], closed: float = 0.8) -> None:
    """Take up alerts (id to enterprise): most are closed, the others acknowledged, by several people."""
    triage, ids = Triage(ledger), list(alerts)
    for number, who in enumerate(PEOPLE):
        its = ids[number :: len(PEOPLE)]
        border = int(len(its) * closed)
        for state, some in (("closed", its[:border]), ("acknowledged", its[border:])):
            triage.set_state({one: alerts[one] for one in some}, ACTOR, state=state, assignee=who)  # type: ignore[arg-type]


def save_suppressions(ledger: Ledger, rules: Sequence[str]) -> None:
    """Suppress a few rules for a while."""
    for number, rule in enumerate(rules):
        until = END_NS + number * DAY_NS
        Triage(ledger).suppress(Chosen(rule=rule), until, "known maintenance", ACTOR, from_ns=END_NS - DAY_NS)
