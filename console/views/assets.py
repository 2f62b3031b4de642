"""The inventory as pages and the API show it: what is asked for, rows with risk, facets, and what people say of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast, get_args
from urllib.parse import quote, unquote

import sqlalchemy as sa

from console.refusal import Refused, not_found
from console.visit import Visit
from correlation.asset import EDITABLE, LEVELS, TYPES, Asset, State
from correlation.asset_csv import MOST_CHARACTERS, parse_value
from correlation.asset_detail import find_asset
from correlation.asset_list import (
    FACETS,
    FALLING,
    AssetFilter,
    AssetLine,
    AssetPage,
    Order,
    count_assets,
    figure_assets,
    list_assets,
)
from correlation.inventory import Inventory
from wanglou.errors import UsageError

SCOPES = ("inside", "outside", "all")
STATES: tuple[State, ...] = get_args(State)
GRADES = (1, 2, 3, 4, 5)
"""Criticality, very low to very high."""
NONE = "-"
"""How the address says that a value is wanted that assets do not have: no level, vendor or zone."""
MOST_CHOICES = 40
"""Values of a facet that are offered, the commonest first."""
_FIELDS = {"type": "types", "zone": "zones", "level": "levels", "vendor": "vendors", "state": "states",
           "criticality": "criticalities", "enterprise": "enterprises"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class AssetQuery:
    """What a list of assets was asked for."""

    asked: AssetFilter
    chosen: Mapping[str, Sequence[str]]
    """By facet, as the address writes them."""
    scope: str = "inside"


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a facet."""

    value: str
    """As the address writes it."""
    word: str
    count: int
    is_chosen: bool
    toggled: str
    """The facet's parameter with this value turned over."""


@dataclass(frozen=True, slots=True)
class Facet:
    """Values of one facet with their counts."""

    name: str
    choices: Sequence[Choice]

    @property
    def chosen(self) -> list[Choice]:
        """Those that are asked for."""
        return [one for one in self.choices if one.is_chosen]


def write_token(value: object) -> str:
    """Write a value of a facet so that commas may stand between several."""
    if value is None or value == "":
        return NONE
    return quote(f"{value:g}" if isinstance(value, float) else str(value), safe=" ")


def _read_token(name: str, token: str) -> Any:
    """Read a value back; raises UsageError for what no asset can have."""
    text = "" if token == NONE else unquote(token)
    allowed: Mapping[str, Sequence[str]] = {
        "type": TYPES,
        "state": STATES,
        "criticality": [str(grade) for grade in GRADES],
        "level": [f"{level:g}" for level in LEVELS],
    }
    if name == "level" and not text:
        return None
    if name in allowed and text not in allowed[name]:
        raise UsageError(f"no {name} {text[:40]!r} of assets", do=f"give one of {', '.join(allowed[name])}")
    return float(text) if name == "level" else int(text) if name == "criticality" else text


def read_query(visit: Visit) -> AssetQuery:
    """Read what the address asks for: ``q``, ``scope``, and the facets, several values with commas."""
    chosen = {name: [one for one in visit.asked(name).split(",") if one][:MOST_CHOICES] for name in FACETS}
    values = {name: frozenset(_read_token(name, token) for token in tokens) for name, tokens in chosen.items()}
    scope = visit.asked("scope", "inside")
    if scope not in SCOPES:
        raise UsageError(f"no scope {scope[:40]!r} of assets", do=f"give one of {', '.join(SCOPES)}")
    enterprises = visit.scope.restrict(values.pop("enterprise") or None).enterprises
    fields: dict[str, Any] = {_FIELDS[name]: found for name, found in values.items()}
    asked = AssetFilter(
        visit.asked("q"), scope="" if scope == "all" else scope, enterprises=enterprises, **fields
    )  # fmt: skip
    return AssetQuery(asked, {name: tokens for name, tokens in chosen.items() if tokens}, scope)


def list_page(visit: Visit, query: AssetQuery, sort: str, limit: int, cursor: str) -> AssetPage:
    """Give one page of assets; ``sort`` is the name of an order, after ``-`` where the highest comes first."""
    name = cast("Order", sort.removeprefix("-"))
    is_turned = sort.startswith("-") is not (name in FALLING)
    with visit.ledger.reading() as connection:
        return list_assets(connection, query.asked, order=name, turned=is_turned, limit=limit, cursor=cursor)


def count_page(visit: Visit, query: AssetQuery) -> int:
    """Count what a list was asked for."""
    with visit.ledger.reading() as connection:
        return count_assets(connection, query.asked)


def list_facets(visit: Visit, query: AssetQuery) -> list[Facet]:
    """Give the facets; the values of one are counted over what the others leave."""
    with visit.ledger.reading() as connection:
        counted = figure_assets(connection, query.asked)
        for name in query.chosen:
            free: dict[str, Any] = {_FIELDS[name]: visit.enterprises if name == "enterprise" else frozenset()}
            freed = replace(query.asked, **free)
            counted[name] = figure_assets(connection, freed)[name]
    return [_make_facet(visit, name, counted[name], query.chosen.get(name, ())) for name in FACETS]


def _make_facet(visit: Visit, name: str, counted: Sequence[tuple[Any, int]], chosen: Sequence[str]) -> Facet:
    counts = {write_token(value): (value, count) for value, count in counted[:MOST_CHOICES]}
    for token in chosen:
        counts.setdefault(token, (_read_token(name, token), 0))
    choices = []
    for token, (value, count) in counts.items():
        is_chosen = token in chosen
        kept = [one for one in chosen if one != token] if is_chosen else [*chosen, token]
        choices.append(Choice(token, name_value(visit, name, value), count, is_chosen, ",".join(kept)))
    return Facet(name, choices)


def name_value(visit: Visit, name: str, value: Any) -> str:
    """Give the words for a value of an asset's field."""
    if value is None or value == "":
        return visit.say("assets.unknown")
    if name in ("type", "state", "scope"):
        return visit.say(f"assets.{name}_{value}")
    if name == "criticality":
        return visit.say(f"assets.grade_{value}")
    if name == "level":
        return f"L{value:g}"
    if name == "enterprise":
        return visit.services.name_enterprise(str(value), visit.language)
    return str(value)


def call_asset(asset: Asset | AssetLine) -> str:
    """Give what an asset is called: its name, else its address, else what names it."""
    if asset.name:
        return asset.name
    if isinstance(asset, Asset) and "/" in asset.key:
        return asset.key.partition(":")[2]
    return asset.addresses[0] if asset.addresses else asset.id


def get_asset(visit: Visit, identity: str) -> Asset:
    """Find one asset; raises Refused (404) where there is none, or it is not the guest's to see."""
    with visit.ledger.reading() as connection:
        found = find_asset(connection, identity, visit.enterprises)
    if found is None:
        raise not_found()
    return found


def list_stated(asset: Asset) -> dict[str, Any]:
    """Give what people say of an asset, by field."""
    return {name: getattr(asset, name) for name in EDITABLE if name in asset.edited}


def version_of(asset: Asset) -> str:
    """Give the ETag: it changes with what people say of the asset, and not with what traffic tells."""
    told = json.dumps([asset.id, list_stated(asset)], sort_keys=True, ensure_ascii=False)
    return f'"{hashlib.sha256(told.encode()).hexdigest()[:16]}"'


def read_values(given: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Read fields of a form: values, None for what is empty, and what is wrong, by field."""
    values: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for name in EDITABLE:
        if name not in given:
            continue
        text = given[name].strip()
        try:
            if len(text) > MOST_CHARACTERS or not text.replace("\n", " ").isprintable():
                raise ValueError(f"at most {MOST_CHARACTERS} printable characters")  # noqa: TRY301 - told as any other
            values[name] = parse_value(name, text)
        except ValueError as error:
            faults[name] = str(error)
    return values, faults


def check_values(given: Mapping[str, Any]) -> dict[str, Any]:
    """Check fields that a program sent; raises UsageError for the first that is wrong."""
    written = {name: "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
               for name, value in given.items()}  # fmt: skip
    values, faults = read_values(written)
    for name, fault in faults.items():
        raise UsageError(f"{name}: {fault}")
    return values


def choose_changes(asset: Asset, values: Mapping[str, Any]) -> dict[str, Any]:
    """Give the fields in which ``values`` differ from what people say of the asset now."""
    stated = list_stated(asset)
    return {name: value for name, value in values.items() if value != stated.get(name)}


def edit_asset(visit: Visit, asset: Asset, values: Mapping[str, Any], expected: str, reason: str = "") -> Asset:
    """Say what an asset is, None to take back what was said; raises Refused (412) where it is not as ``expected``."""
    changes = choose_changes(asset, values)
    if expected != "*" and version_of(asset) != expected:
        raise Refused(412, reason="conflict")
    if changes:
        others = dict.fromkeys(changes)  # what was said by another of its keys is taken back
        edits = [(asset.enterprise, key, changes if key == asset.key else others) for key in asset.keys]
        Inventory(visit.store, visit.ledger, visit.actor).edit(edits, reason, check=_check(visit, asset, expected))
    return get_asset(visit, asset.id)


def _check(visit: Visit, asset: Asset, expected: str) -> Callable[[sa.Connection], None]:
    """Look again inside the transaction, where nobody else writes."""

    def look(connection: sa.Connection) -> None:
        now = find_asset(connection, asset.id, visit.enterprises)
        if now is None or (expected != "*" and version_of(now) != expected):
            raise Refused(412, reason="conflict")

    return look
