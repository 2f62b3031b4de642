"""Version 2: assets have columns of what lists choose and sort them by."""

from __future__ import annotations

import json
from ipaddress import ip_address
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "assets_0002"
down_revision = "assets_0001"

_NAMES = ("name", "vendor", "model")
_WORDS = ("name", "vendor", "model", "serial", "firmware", "zone", "type", "owner")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String, nullable=False)


def upgrade() -> None:
    """Make the table anew and fill it from the documents."""
    connection = op.get_bind()
    rows = [dict(row) for row in connection.execute(sa.text("SELECT * FROM assets")).mappings()]
    op.drop_index("assets_by_enterprise", "assets")
    op.drop_table("assets")
    table = op.create_table(
        "assets",
        sa.Column("id", sa.String, primary_key=True),
        *(_text(name) for name in ("enterprise", "site", "type", "zone")),
        sa.Column("level", sa.Float),
        sa.Column("criticality", sa.Integer, nullable=False),
        *(_text(name) for name in ("state", "scope")),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.Column("first_ns", sa.BigInteger, nullable=False),
        sa.Column("last_ns", sa.BigInteger, nullable=False),
        *(_text(name) for name in (*_NAMES, "addresses", "place", "words")),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_index("assets_by_enterprise", "assets", ["enterprise", "site"])
    if rows:
        op.bulk_insert(table, [{**row, **_write(json.loads(row["document"]))} for row in rows])


def _write(asset: dict[str, Any]) -> dict[str, str]:
    ips = [str(one) for one in asset["addresses"]]
    words = [asset[name] for name in _WORDS] + [*ips, *asset["macs"]]
    columns = {"addresses": " ".join(ips), "place": _place(ips), "words": " ".join(filter(None, words)).lower()}
    return {**{name: str(asset[name]) for name in _NAMES}, **columns}


def _place(ips: list[str]) -> str:
    try:
        address = ip_address(ips[0]) if ips else None
    except ValueError:
        address = None
    if address is None:
        return "~"
    return f"{int(address) + (0xFFFF << 32 if address.version == 4 else 0):032x}"
