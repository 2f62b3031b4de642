"""Assets in the ledger: what each capture claimed, what people decided, and the assets that follow from both.

Claims and assets are made again from the store at any time; decisions are not, and each is audited on its own.
"""

from __future__ import annotations

import json
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import astuple
from ipaddress import ip_address
from typing import Any

import sqlalchemy as sa

from correlation.asset import Asset, read_asset
from correlation.asset_claim import Claim
from correlation.asset_cluster import Sourced
from correlation.assets import Decisions
from wanglou.change import Change
from wanglou.component import Component

ASSETS = Component("assets", 2, "correlation.migrations")
"""Tables of assets."""

ASSET = sa.Table(
    "assets",
    ASSETS.metadata,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("enterprise", sa.String, nullable=False),
    sa.Column("site", sa.String, nullable=False),
    sa.Column("type", sa.String, nullable=False),
    sa.Column("zone", sa.String, nullable=False),
    sa.Column("level", sa.Float),
    sa.Column("criticality", sa.Integer, nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("scope", sa.String, nullable=False),
    sa.Column("confidence", sa.Float, nullable=False),
    sa.Column("first_ns", sa.BigInteger, nullable=False),
    sa.Column("last_ns", sa.BigInteger, nullable=False),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("vendor", sa.String, nullable=False),
    sa.Column("model", sa.String, nullable=False),
    sa.Column("addresses", sa.String, nullable=False),
    sa.Column("place", sa.String, nullable=False),
    sa.Column("words", sa.String, nullable=False),
    sa.Column("document", sa.Text, nullable=False),
    sa.Index("assets_by_enterprise", "enterprise", "site"),
    info={"kind": "asset"},
)
"""One row for each asset; ``document`` holds all of it as JSON, the other columns what it is chosen and sorted by.

``addresses`` are joined by spaces, ``place`` is the first one as 32 hexadecimal digits, ``words`` is what a text is
looked for in, in small letters.
"""
SOURCE = sa.Table(
    "asset_sources",
    ASSETS.metadata,
    sa.Column("capture", sa.String, primary_key=True),
    sa.Column("enterprise", sa.String, nullable=False),
    sa.Column("site", sa.String, nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("dropped", sa.Integer, nullable=False),
    sa.Column("claims", sa.Text, nullable=False),
    info={"kind": "asset_source"},
)
"""What each capture claimed; ``state`` says which records of it that was made of."""
DECISION = sa.Table(
    "asset_decisions",
    ASSETS.metadata,
    sa.Column("enterprise", sa.String, primary_key=True),
    sa.Column("key", sa.String, primary_key=True),
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("site", sa.String, nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    info={"kind": "asset_decision"},
)
"""What people decided of the asset that a key leads to: a field of it, ``merge <key>`` or ``split``; JSON values."""
SETTING = sa.Table(
    "asset_settings",
    ASSETS.metadata,
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
"""The facts of the site file that were given last, and the counters of the last resolution."""

_COLUMNS = ("id", "enterprise", "site", "type", "zone", "level", "criticality", "state", "scope", "confidence",
            "first_ns", "last_ns", "name", "vendor", "model")  # fmt: skip
MERGE, SPLIT = "merge", "split"
REVISION = "revision"
"""Setting that is another one after each change of the assets; missing before the first."""


def write_json(value: object) -> str:
    """Write a value as JSON without spaces."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def list_assets(connection: sa.Connection) -> list[Asset]:
    """Read all assets, by enterprise and id."""
    chosen = sa.select(ASSET.c.document).order_by(ASSET.c.enterprise, ASSET.c.id)
    return [read_asset(json.loads(document)) for document in connection.scalars(chosen)]


def count_assets(connection: sa.Connection) -> int:
    """Count all assets."""
    return int(connection.scalar(sa.select(sa.func.count()).select_from(ASSET)) or 0)


def list_states(connection: sa.Connection) -> dict[str, str]:
    """Say of which records the claims of each capture were made."""
    rows = connection.execute(sa.select(SOURCE.c.capture, SOURCE.c.state))
    return {row.capture: row.state for row in rows}


def list_claims(connection: sa.Connection, enterprises: Collection[str] | None = None) -> list[Sourced]:
    """Read the claims of all captures, or those about some enterprises."""
    chosen = sa.select(SOURCE.c.capture, SOURCE.c.claims).order_by(SOURCE.c.capture)
    if enterprises is not None:
        # A capture that was declared an enterprise's claims nothing of others.
        chosen = chosen.where(SOURCE.c.enterprise.in_(sorted({"", *enterprises})))
    return [
        (capture, claim)
        for capture, text in connection.execute(chosen)
        for claim in (Claim(*values) for values in json.loads(text))
        if enterprises is None or claim.enterprise in enterprises
    ]


def find_enterprises(connection: sa.Connection, captures: Iterable[str]) -> set[str]:
    """Tell of which enterprises captures claim anything."""
    found: set[str] = set()
    for capture in captures:
        text = connection.scalar(sa.select(SOURCE.c.claims).where(SOURCE.c.capture == capture))
        found |= {values[0] for values in json.loads(text or "[]")}
    return found


def count_dropped(connection: sa.Connection) -> int:
    """Count the claims that were more than a capture may have."""
    return int(connection.scalar(sa.select(sa.func.coalesce(sa.func.sum(SOURCE.c.dropped), 0))) or 0)


def save_source(
    connection: sa.Connection, capture: str, enterprise: str, state: str, claims: Sequence[Claim], dropped: int
) -> None:
    """Put what a capture claims in the place of what it claimed before."""
    connection.execute(sa.delete(SOURCE).where(SOURCE.c.capture == capture))
    told = write_json([astuple(claim) for claim in claims])
    connection.execute(sa.insert(SOURCE).values(capture=capture, enterprise=enterprise, site="", state=state,
                                                dropped=dropped, claims=told))  # fmt: skip


def remove_sources(connection: sa.Connection, captures: Iterable[str]) -> None:
    """Forget what captures claimed."""
    for capture in captures:
        connection.execute(sa.delete(SOURCE).where(SOURCE.c.capture == capture))


def list_decisions(connection: sa.Connection) -> dict[str, Decisions]:
    """Read what people decided, by enterprise."""
    edits: dict[str, dict[str, dict[str, Any]]] = defaultdict(lambda: defaultdict(dict))
    merges: dict[str, list[tuple[str, str]]] = defaultdict(list)
    splits: dict[str, list[str]] = defaultdict(list)
    for row in connection.execute(sa.select(DECISION).order_by(DECISION.c.enterprise, DECISION.c.key, DECISION.c.name)):
        word, _, other = row.name.partition(" ")
        if word == MERGE:
            merges[row.enterprise].append((row.key, other))
        elif word == SPLIT:
            splits[row.enterprise].append(row.key)
        else:
            edits[row.enterprise][row.key][row.name] = json.loads(row.value)
    enterprises = {*edits, *merges, *splits}
    return {name: Decisions(dict(edits[name]), tuple(merges[name]), tuple(splits[name])) for name in enterprises}


def decide(change: Change, enterprise: str, key: str, name: str, value: object, reason: str) -> bool:
    """Keep a decision, audited; False where it was so already. A value of None takes the decision back."""
    primary = {"enterprise": enterprise, "key": key, "name": name}
    chosen = sa.select(DECISION.c.value).where(*(DECISION.c[column] == wanted for column, wanted in primary.items()))
    known = change.connection.scalar(chosen)
    if value is None:
        if known is not None:
            change.delete(DECISION, primary, action="withdrawn")
        return known is not None
    if known is None:
        change.insert(DECISION, {**primary, "site": "", "value": write_json(value), "reason": reason})
        return True
    return known != write_json(value) and change.update(DECISION, primary, {"value": write_json(value),
                                                                            "reason": reason})  # fmt: skip


def read_setting(connection: sa.Connection, name: str) -> Any:
    """Read a setting, None where there is none."""
    text = connection.scalar(sa.select(SETTING.c.value).where(SETTING.c.name == name))
    return None if text is None else json.loads(text)


def read_revision(connection: sa.Connection) -> str | None:
    """Give what is another text after each change of the assets; None before the first."""
    found = read_setting(connection, REVISION)
    return None if found is None else str(found)


def save_setting(connection: sa.Connection, name: str, value: object) -> None:
    """Keep a setting."""
    connection.execute(sa.delete(SETTING).where(SETTING.c.name == name))
    connection.execute(sa.insert(SETTING).values(name=name, value=write_json(value)))


def write_columns(asset: Mapping[str, Any]) -> dict[str, str]:
    """Give what an asset is found and sorted by, of its document."""
    ips = [str(one) for one in asset["addresses"]]
    words = [asset[name] for name in ("name", "vendor", "model", "serial", "firmware", "zone", "type", "owner")]
    words = [word for word in [*words, *ips, *asset["macs"]] if word]
    return {"addresses": " ".join(ips), "place": _write_place(ips), "words": " ".join(words).lower()}


def _write_place(ips: Sequence[str]) -> str:
    """Write the first address so that texts sort as addresses do, IPv4 ones mapped into IPv6; others come last."""
    try:
        address = ip_address(ips[0]) if ips else None
    except ValueError:
        address = None
    if address is None:
        return "~"
    return f"{int(address) + (0xFFFF << 32 if address.version == 4 else 0):032x}"


def replace_assets(
    connection: sa.Connection, assets: Sequence[Asset], enterprises: Collection[str] | None = None
) -> Mapping[str, int]:
    """Let the assets, or those of some enterprises, be these; the rest stay untouched.

    Gives how many are ``new``, ``changed`` and ``removed``.
    """
    wanted = {asset.id: write_json(asset.write()) for asset in assets}
    chosen = sa.select(ASSET.c.id, ASSET.c.document)
    rows = connection.execute(chosen if enterprises is None else chosen.where(ASSET.c.enterprise.in_(enterprises)))
    known = {row.id: row.document for row in rows}
    stale = [asset_id for asset_id, document in known.items() if wanted.get(asset_id) != document]
    fresh = [asset for asset in assets if known.get(asset.id) != wanted[asset.id]]
    if stale or fresh:
        save_setting(connection, REVISION, uuid.uuid4().hex)
    if stale:
        connection.execute(
            sa.delete(ASSET).where(ASSET.c.id == sa.bindparam("stale")), [{"stale": one} for one in stale]
        )
    if fresh:
        made = [
            {
                **{name: getattr(one, name) for name in _COLUMNS},
                **write_columns(one.write()),
                "document": wanted[one.id],
            }
            for one in fresh
        ]
        connection.execute(sa.insert(ASSET), made)
    return {"new": len(wanted.keys() - known.keys()), "changed": len(wanted.keys() & {*stale}),
            "removed": len(known.keys() - wanted.keys())}  # fmt: skip
