"""What the ledger keeps of risk: the figures of every day, with what made the recent ones, and the weights in use.

A day that is assessed again with the same outcome is not written again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import sqlalchemy as sa

from correlation.risk import COMPONENTS, Assessment, Figure, Kind, Part
from correlation.risk_formula import DAY_NS
from correlation.risk_weights import SHIPPED, Weights, load_weights, parse_weights
from wanglou.change import Change
from wanglou.component import Component

RISK = Component("risk", 1, "correlation.migrations")
"""Tables of risk."""
DAYS = sa.Table(
    "risk_days",
    RISK.metadata,
    sa.Column("site", sa.String, primary_key=True),
    sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("as_of_ns", sa.BigInteger, nullable=False),
    sa.Column("weights", sa.String, nullable=False),
    sa.Column("material", sa.String, nullable=False),
    sa.Column("digest", sa.String, nullable=False),
    info={"kind": "risk_day"},
)
FIGURES = sa.Table(
    "risk_figures",
    RISK.metadata,
    sa.Column("site", sa.String, primary_key=True),
    sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.String, primary_key=True),
    sa.Column("enterprise", sa.String, primary_key=True),
    sa.Column("subject", sa.String, primary_key=True),
    sa.Column("score", sa.Integer, nullable=False),
    *(sa.Column(name, sa.Integer, nullable=False) for name in COMPONENTS),
    sa.Column("facts", sa.String, nullable=False),
    sa.Column("parts", sa.String),
    sa.Index("risk_figures_by_subject", "site", "kind", "enterprise", "subject", "day"),
)
WEIGHTS = sa.Table(
    "risk_weights",
    RISK.metadata,
    sa.Column("site", sa.String, primary_key=True),
    sa.Column("digest", sa.String, nullable=False),
    sa.Column("text", sa.String, nullable=False),
    info={"kind": "risk_weights"},
)

PARTS_DAYS = 31
"""Assessed days of which parts are kept; of older ones the points of each component are."""
_PIECE = 2_000


@dataclass(frozen=True, slots=True)
class Day:
    """One day that was assessed."""

    site: str
    day: int
    """Days since 1970, UTC."""
    as_of_ns: int
    weights: str
    """Digest of the weights."""
    material: str
    """Digest of what was there to assess."""
    digest: str
    """Digest of the figures."""


def load_used(connection: sa.Connection, site: str) -> Weights:
    """Give the weights in use: those that were taken into use for the site, else the shipped ones."""
    text = connection.scalar(sa.select(WEIGHTS.c.text).where(WEIGHTS.c.site == site))
    return load_weights() if text is None else parse_weights(text, Path("(weights in use)"))


def use_weights(change: Change, site: str, weights: Weights) -> bool:
    """Take weights into use, audited; False when they are already."""
    held = change.connection.scalar(sa.select(WEIGHTS.c.digest).where(WEIGHTS.c.site == site))
    values = {"digest": weights.digest, "text": weights.text}
    if held is not None:
        return change.update(WEIGHTS, {"site": site}, values, action="changed")
    if weights.digest == load_weights(SHIPPED).digest:
        return False
    change.insert(WEIGHTS, {"site": site, **values}, action="used")
    return True


def drop_weights(change: Change, site: str) -> bool:
    """Go back to the shipped weights, audited; False when they are in use already."""
    if change.connection.scalar(sa.select(WEIGHTS.c.digest).where(WEIGHTS.c.site == site)) is None:
        return False
    change.delete(WEIGHTS, {"site": site}, action="dropped")
    return True


def list_days(connection: sa.Connection, site: str | None = None) -> list[Day]:
    """List the assessed days, the newest first; of every site unless one is named."""
    chosen = sa.select(DAYS).order_by(DAYS.c.as_of_ns.desc(), DAYS.c.site.desc())
    if site is not None:
        chosen = chosen.where(DAYS.c.site == site)
    return [Day(**row) for row in connection.execute(chosen).mappings()]


def save_assessment(change: Change, site: str, assessment: Assessment, weights: str, material: str) -> bool:
    """Keep the figures of a day in the place of what was kept of it; False when they are the same."""
    day = assessment.as_of_ns // DAY_NS
    rows = [_write(site, day, figure) for figure in assessment.figures()]
    digest = hashlib.sha256(json.dumps([[*row.values()] for row in rows]).encode()).hexdigest()
    facts = {"as_of_ns": assessment.as_of_ns, "weights": weights, "material": material, "digest": digest}
    key = {"site": site, "day": day}
    connection = change.connection
    held = connection.execute(sa.select(DAYS).where(DAYS.c.site == site, DAYS.c.day == day)).mappings().first()
    if held is not None and {name: held[name] for name in facts} == facts:
        return False
    if held is None or held["digest"] != digest:
        connection.execute(sa.delete(FIGURES).where(FIGURES.c.site == site, FIGURES.c.day == day))
        for start in range(0, len(rows), _PIECE):
            connection.execute(sa.insert(FIGURES), rows[start : start + _PIECE])
    connection.execute(sa.delete(DAYS).where(DAYS.c.site == site, DAYS.c.day == day))
    connection.execute(sa.insert(DAYS), {**key, **facts})
    return held is None or held["digest"] != digest


def drop_days(change: Change, site: str, recorded: Sequence[int]) -> int:
    """Forget the days since the first of those that are not among them, and count them."""
    held = {day.day for day in list_days(change.connection, site) if day.day >= recorded[0]}
    gone = held - set(recorded)
    for table in (FIGURES, DAYS):
        for day in gone:
            change.connection.execute(sa.delete(table).where(table.c.site == site, table.c.day == day))
    return len(gone)


def trim_parts(change: Change, site: str) -> None:
    """Let go of the parts of older days."""
    days = sorted((day.day for day in list_days(change.connection, site)), reverse=True)
    if len(days) > PARTS_DAYS:
        old = (FIGURES.c.site == site, FIGURES.c.day <= days[PARTS_DAYS], FIGURES.c.parts.is_not(None))
        change.connection.execute(sa.update(FIGURES).where(*old).values(parts=None))


def drop_parts(change: Change, site: str, before: int | None) -> int:
    """Let go of the parts of days before one, or of all days, and count the days: what they point at is gone."""
    told = [FIGURES.c.site == site, FIGURES.c.parts.is_not(None)]
    told += [] if before is None else [FIGURES.c.day < before]
    days = change.connection.scalar(sa.select(sa.func.count(FIGURES.c.day.distinct())).where(*told)) or 0
    if days:
        change.connection.execute(sa.update(FIGURES).where(*told).values(parts=None))
    return days


def read_figures(
    connection: sa.Connection, site: str, day: int, kind: str, *, enterprise: str | None = None, limit: int = 0
) -> list[Figure]:
    """List the figures of a kind on a day, the worst first; 0 gives all."""
    it = FIGURES.c
    chosen = sa.select(FIGURES).where(it.site == site, it.day == day, it.kind == kind)
    if enterprise is not None:
        chosen = chosen.where(it.enterprise == enterprise)
    chosen = chosen.order_by(it.score.desc(), it.enterprise, it.subject)
    return [_read(row) for row in connection.execute(chosen.limit(limit) if limit else chosen).mappings()]


def find_figures(connection: sa.Connection, site: str, day: int, name: str) -> list[Figure]:
    """Find what goes by a name: ``park``, an enterprise, an asset's id, ``enterprise/asset``, or an asset's name."""
    it = FIGURES.c
    of_day = sa.and_(it.site == site, it.day == day)
    if name == "park":
        return read_figures(connection, site, day, "park")
    enterprise, _, subject = name.partition("/")
    chosen = sa.select(FIGURES).where(
        of_day,
        sa.or_(
            sa.and_(it.kind == "enterprise", it.enterprise == name),
            sa.and_(it.kind == "asset", it.subject == name),
            sa.and_(it.kind == "asset", it.enterprise == enterprise, it.subject == subject),
        ),
    )
    found = [_read(row) for row in connection.execute(chosen.order_by(it.kind.desc(), it.enterprise)).mappings()]
    return found or [one for one in read_figures(connection, site, day, "asset") if one.name == name]


def count_figures(connection: sa.Connection, site: str, day: int, kind: str, enterprise: str | None = None) -> int:
    """Count the figures of a kind on a day."""
    it = FIGURES.c
    chosen = sa.select(sa.func.count()).where(it.site == site, it.day == day, it.kind == kind)
    return connection.scalar(chosen if enterprise is None else chosen.where(it.enterprise == enterprise)) or 0


def read_history(connection: sa.Connection, site: str, figure: Figure, limit: int = 0) -> list[tuple[int, Figure]]:
    """Give the figures of one subject by day, the newest first."""
    it = FIGURES.c
    key = (it.kind == figure.kind, it.enterprise == figure.enterprise, it.subject == figure.subject)
    chosen = sa.select(FIGURES).where(it.site == site, *key).order_by(it.day.desc())
    found = connection.execute(chosen.limit(limit) if limit else chosen).mappings()
    return [(row["day"], _read(row)) for row in found]


_FACTS = ("name", "criticality", "factor", "stated")


def _write(site: str, day: int, figure: Figure) -> dict[str, Any]:
    parts = [[*_columns(part)] for part in figure.parts]
    return {
        "site": site,
        "day": day,
        "kind": figure.kind,
        "enterprise": figure.enterprise,
        "subject": figure.subject,
        "score": figure.score,
        **{name: figure.component(name) for name in COMPONENTS},
        "facts": json.dumps([getattr(figure, name) for name in _FACTS], separators=(",", ":")),
        "parts": json.dumps(parts, separators=(",", ":")),
    }


def _columns(part: Part) -> Sequence[object]:
    named = (part.name,) if part.name else ()
    return (part.component, part.kind, part.text, part.points, part.alone, part.count, part.evidence, *named)


def _read(row: sa.RowMapping) -> Figure:
    facts = dict(zip(_FACTS, json.loads(row["facts"]), strict=True))
    held = json.loads(row["parts"]) if row["parts"] is not None else None
    if held is None:
        # Of an older day only the components are kept.
        parts = tuple(Part(name, "", "", row[name], row[name]) for name in COMPONENTS if row[name])
    else:
        parts = tuple(_read_part(*columns) for columns in held)
    kind = cast("Kind", row["kind"])
    return Figure(kind, row["enterprise"], row["subject"], row["score"], parts, **facts)


def _read_part(
    component: str, kind: str, text: str, share: int, alone: int, count: int, evidence: list[str], name: str = ""
) -> Part:
    return Part(component, kind, text, share, alone, count, tuple(evidence), name)
