"""Pages of the inventory: filtered, sorted, with facets and each asset's risk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import sqlalchemy as sa

from correlation.asset_ledger import ASSET
from correlation.cursor import read_cursor, write_cursor
from correlation.risk_ledger import DAYS, FIGURES
from correlation.scoping import Enterprises, goes_on, holds_text, may_see
from wanglou.errors import UsageError

Order = Literal["name", "type", "zone", "level", "vendor", "address", "criticality", "risk", "first", "last"]
ORDERS: tuple[Order, ...] = get_args(Order)
FALLING = frozenset({"criticality", "risk", "last", "first"})
"""Orders in which the highest comes first, unless the other way is asked for."""
MOST_ROWS = 1_000
FACETS = ("type", "zone", "level", "vendor", "state", "criticality", "enterprise")
_SHOWN = ("id", "enterprise", "name", "type", "zone", "level", "vendor", "model", "addresses", "criticality", "state",
          "scope", "first_ns", "last_ns")  # fmt: skip


@dataclass(frozen=True, slots=True)
class AssetFilter:
    """What is asked for; what is empty asks for nothing."""

    text: str = ""
    """Words of the name, the addresses, vendor, model, serial number, firmware, zone, type, owner."""
    types: frozenset[str] = frozenset()
    zones: frozenset[str] = frozenset()
    levels: frozenset[float | None] = frozenset()
    """Purdue levels; None for assets without one."""
    vendors: frozenset[str] = frozenset()
    """``""`` for assets whose vendor is not known."""
    states: frozenset[str] = frozenset()
    criticalities: frozenset[int] = frozenset()
    scope: str = "inside"
    """``inside``, ``outside`` or empty for both."""
    enterprises: Enterprises = None
    site: str = ""


@dataclass(frozen=True, slots=True)
class AssetLine:
    """One asset of a list."""

    id: str
    enterprise: str
    name: str
    type: str
    zone: str
    level: float | None
    vendor: str
    model: str
    addresses: tuple[str, ...]
    criticality: int
    state: str
    scope: str
    first_ns: int
    last_ns: int
    risk: int | None
    """Hundredths of points on the last assessed day; None where it was not assessed."""


@dataclass(frozen=True, slots=True)
class AssetPage:
    """Some assets, and where the list goes on."""

    lines: tuple[AssetLine, ...]
    next: str


def list_assets(
    connection: sa.Connection,
    asked: AssetFilter,
    *,
    order: Order = "name",
    turned: bool = False,
    limit: int = 50,
    cursor: str = "",
) -> AssetPage:
    """Give a page of assets, ``turned`` from the other end; raises UsageError for what cannot be asked."""
    if order not in ORDERS:
        raise UsageError(f"no order {order!r} of assets", do=f"one of {', '.join(ORDERS)}")
    if not 0 < limit <= MOST_ROWS:
        raise UsageError(f"a page has 1 to {MOST_ROWS} assets")
    falling = (order in FALLING) is not turned
    name, value, risk = f"{order}-{falling}", _value(order), _risk(connection, asked.site)
    kinds = (int if order in ("level", "criticality", "risk", "first", "last") else str, str)
    if order == "risk":
        value = sa.func.coalesce(risk.c.score, -1)
    conditions = list(_conditions(asked))
    if place := read_cursor(cursor, name, kinds):
        conditions.append(goes_on(value, ASSET.c.id, place, falling=falling))
    its = sa.and_(risk.c.enterprise == ASSET.c.enterprise, risk.c.subject == ASSET.c.id)
    chosen = (
        sa.select(*(ASSET.c[column] for column in _SHOWN), risk.c.score.label("risk"), value.label("value"))
        .select_from(ASSET.outerjoin(risk, its))
        .where(*conditions)
        .order_by(value.desc() if falling else value, ASSET.c.id)
        .limit(limit + 1)
    )
    rows = connection.execute(chosen).mappings().all()
    last = rows[limit - 1] if len(rows) > limit else None
    follows = "" if last is None else write_cursor(name, last["value"], last["id"])
    return AssetPage(tuple(_read(row) for row in rows[:limit]), follows)


def _read(row: Mapping[Any, Any]) -> AssetLine:
    told = {name: row[name] for name in _SHOWN}
    return AssetLine(**{**told, "addresses": tuple(row["addresses"].split())}, risk=row["risk"])


def _value(order: str) -> sa.ColumnElement[Any]:
    """Give what an order sorts by; texts without their case, levels in tenths, so that no cursor holds a fraction."""
    it = ASSET.c
    if order in ("name", "type", "zone", "vendor"):
        return sa.func.lower(it[order])
    if order == "level":
        return sa.cast(sa.func.coalesce(it.level * 10, 1_000), sa.Integer)
    columns: Mapping[str, sa.ColumnElement[Any]] = {"address": it.place, "first": it.first_ns, "last": it.last_ns}
    return columns.get(order, it.criticality)


def _risk(connection: sa.Connection, site: str) -> sa.Subquery:
    """The figures of assets on the last assessed day; without a site, of the one that was assessed last."""
    it = FIGURES.c
    newest = sa.select(DAYS.c.site, DAYS.c.day).order_by(DAYS.c.as_of_ns.desc(), DAYS.c.site.desc()).limit(1)
    site, day = connection.execute(newest.where(DAYS.c.site == site) if site else newest).first() or (site, None)
    chosen = sa.select(it.enterprise, it.subject, it.score).where(it.site == site, it.day == day, it.kind == "asset")
    return chosen.subquery("risk")


def count_assets(connection: sa.Connection, asked: AssetFilter) -> int:
    """Count the assets that a filter finds."""
    return connection.scalar(sa.select(sa.func.count()).select_from(ASSET).where(*_conditions(asked))) or 0


def figure_assets(connection: sa.Connection, asked: AssetFilter) -> dict[str, list[tuple[Any, int]]]:
    """Count by each of FACETS, the commonest values first."""
    columns = [ASSET.c[name] for name in FACETS]
    found: dict[str, list[tuple[Any, int]]] = {}
    for name, column in zip(FACETS, columns, strict=True):
        count = sa.func.count()
        chosen = sa.select(column, count).where(*_conditions(asked)).group_by(column)
        rows = connection.execute(chosen.order_by(count.desc(), column))
        found[name] = [(row[0], row[1]) for row in rows]
    return found


def _conditions(asked: AssetFilter) -> Iterator[sa.ColumnElement[bool]]:
    it = ASSET.c
    if asked.site:
        yield it.site == asked.site
    yield from may_see(it.enterprise, asked.enterprises)
    if asked.scope:
        yield it.scope == asked.scope
    chosen: Sequence[tuple[sa.ColumnElement[Any], frozenset[Any]]] = (
        (it.type, asked.types),
        (it.zone, asked.zones),
        (it.vendor, asked.vendors),
        (it.state, asked.states),
        (it.criticality, asked.criticalities),
    )
    for column, wanted in chosen:
        if wanted:
            yield column.in_(sorted(wanted))
    if asked.levels:
        known = sorted(level for level in asked.levels if level is not None)
        yield sa.or_(it.level.in_(known), it.level.is_(None)) if None in asked.levels else it.level.in_(known)
    yield from holds_text(it.words, asked.text)
