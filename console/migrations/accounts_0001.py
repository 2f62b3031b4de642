"""Version 1: accounts, their sessions and tokens, and failed sign-ins."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "accounts_0001"
down_revision = None


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String, nullable=False)


def _long_text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False)


def _digest() -> sa.Column[str]:
    return sa.Column("digest", sa.String(64), nullable=False, unique=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "accounts",
        sa.Column("name", sa.String, primary_key=True),
        _text("display"),
        *(_long_text(name) for name in ("roles", "enterprises", "preferences")),
        *(_text(name) for name in ("state", "reason")),
        _number("created_ns"),
        *(_long_text(name) for name in ("password", "former")),
        *(_number(name) for name in ("password_ns", "secret_until_ns")),
        *(_long_text(name) for name in ("totp", "totp_asked")),
        _number("totp_step"),
        _long_text("recovery"),
        _number("signed_ns"),
        _text("signed_origin"),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.String, primary_key=True),
        _digest(),
        _text("account"),
        *(_number(name) for name in ("began_ns", "seen_ns")),
        *(_text(name) for name in ("origin", "agent")),
    )
    op.create_index("ix_sessions_account", "sessions", ["account"])
    op.create_table(
        "tokens",
        sa.Column("id", sa.String, primary_key=True),
        _digest(),
        *(_text(name) for name in ("account", "name")),
        _long_text("permissions"),
        sa.Column("enterprises", sa.Text),
        *(_number(name) for name in ("created_ns", "expires_ns", "used_ns")),
        _text("used_origin"),
    )
    op.create_index("ix_tokens_account", "tokens", ["account"])
    op.create_table(
        "throttles",
        sa.Column("kind", sa.String, primary_key=True),
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("failures", sa.Integer, nullable=False),
        *(_number(name) for name in ("last_ns", "until_ns")),
    )
    op.create_index("throttles_by_age", "throttles", ["kind", "last_ns"])
