"""What the ledger keeps of accounts, their sessions and tokens, and of failed sign-ins."""

from __future__ import annotations

import sqlalchemy as sa

from wanglou.component import Component

ACCOUNTS = Component("accounts", 1, "console.migrations")
"""Tables of accounts."""

_SECRET = {"secret": True}

ACCOUNT = sa.Table(
    "accounts",
    ACCOUNTS.metadata,
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("display", sa.String, nullable=False),
    sa.Column("roles", sa.Text, nullable=False),
    sa.Column("enterprises", sa.Text, nullable=False),
    sa.Column("preferences", sa.Text, nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("reason", sa.String, nullable=False),
    sa.Column("created_ns", sa.BigInteger, nullable=False),
    sa.Column("password", sa.Text, nullable=False, info=_SECRET),
    sa.Column("former", sa.Text, nullable=False, info=_SECRET),
    sa.Column("password_ns", sa.BigInteger, nullable=False),
    sa.Column("secret_until_ns", sa.BigInteger, nullable=False),
    sa.Column("totp", sa.Text, nullable=False, info=_SECRET),
    sa.Column("totp_asked", sa.Text, nullable=False, info=_SECRET),
    sa.Column("totp_step", sa.BigInteger, nullable=False, info=_SECRET),
    sa.Column("recovery", sa.Text, nullable=False, info=_SECRET),
    sa.Column("signed_ns", sa.BigInteger, nullable=False),
    sa.Column("signed_origin", sa.String, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    info={"kind": "account"},
)
"""Accounts; none is ever removed, so that the audit's names keep their meaning. Lists are JSON, sorted.

``secret_until_ns`` is above 0 while the password is a one-time secret; ``totp`` is sealed, ``totp_asked`` too while the
first code is awaited; ``totp_step`` is the last step whose code was used; ``recovery`` holds digests.
"""
SESSION = sa.Table(
    "sessions",
    ACCOUNTS.metadata,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False, unique=True, info=_SECRET),
    sa.Column("account", sa.String, nullable=False, index=True),
    sa.Column("began_ns", sa.BigInteger, nullable=False),
    sa.Column("seen_ns", sa.BigInteger, nullable=False),
    sa.Column("origin", sa.String, nullable=False),
    sa.Column("agent", sa.String, nullable=False),
    info={"kind": "session"},
)
"""Sessions, by the digest of their cookie."""
TOKEN = sa.Table(
    "tokens",
    ACCOUNTS.metadata,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False, unique=True, info=_SECRET),
    sa.Column("account", sa.String, nullable=False, index=True),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("permissions", sa.Text, nullable=False),
    sa.Column("enterprises", sa.Text),
    sa.Column("created_ns", sa.BigInteger, nullable=False),
    sa.Column("expires_ns", sa.BigInteger, nullable=False),
    sa.Column("used_ns", sa.BigInteger, nullable=False),
    sa.Column("used_origin", sa.String, nullable=False),
    info={"kind": "token"},
)
"""API tokens, by the digest of their secret; ``enterprises`` is NULL for all that the owner may see."""
THROTTLE = sa.Table(
    "throttles",
    ACCOUNTS.metadata,
    sa.Column("kind", sa.String, primary_key=True),
    sa.Column("key", sa.String, primary_key=True),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("last_ns", sa.BigInteger, nullable=False),
    sa.Column("until_ns", sa.BigInteger, nullable=False),
    sa.Index("throttles_by_age", "kind", "last_ns"),
)
"""Failed sign-ins by account, by name that is no account's (digested), and by origin; and how many were not audited."""
