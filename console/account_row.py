"""An account as it is read from the ledger: who it is, what it may do and see."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from console.account_tables import ACCOUNT
from console.permission import DUTIES, ROLE_NAMES, Permission, Role, list_permissions
from console.scope import Scope
from console.security import DAY_NS, Security
from wanglou.errors import UsageError

State = Literal["active", "locked"]
Must = Literal["", "temporary", "expired"]
"""Why a password must be changed before anything else: not at all, it is a one-time secret, it is too old."""

NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")
"""Names of accounts: ASCII, so that no two look alike (RFC 8264 would allow more; names of people are ``display``)."""


@dataclass(frozen=True, slots=True)
class Account:
    """One account."""

    name: str
    display: str
    """Name of the person, as pages show it; may be empty."""
    roles: frozenset[Role]
    enterprises: frozenset[str]
    """Enterprises it is bound to; empty for the whole park, unless the role is that of an enterprise's user."""
    preferences: Mapping[str, str]
    """What pages remember: language, theme, zone of time."""
    state: State
    reason: str
    """Why it is locked."""
    created_ns: int
    password_ns: int
    """When the password was set; 0 where there is none."""
    secret_until_ns: int
    """Until when its one-time secret can be used; 0 where the password is its own."""
    has_totp: bool
    recovery_left: int
    """Recovery codes that were not used."""
    signed_ns: int
    """When it signed in last; 0 where it never did."""
    signed_origin: str
    version: int
    """Counts the changes that are no sign-ins: what an ETag says."""

    @property
    def is_active(self) -> bool:
        """True where it may sign in."""
        return self.state == "active"

    @property
    def is_machine(self) -> bool:
        """True for a sensor or the province, which have tokens and no password."""
        return any(DUTIES[role] == "machine" for role in self.roles)

    @property
    def permissions(self) -> frozenset[Permission]:
        """What it may do."""
        return list_permissions(self.roles, is_bound=not self.scope.is_whole)

    @property
    def scope(self) -> Scope:
        """What it may see."""
        return Scope(self.enterprises if self.enterprises or "enterprise_user" in self.roles else None)

    def must_change(self, security: Security, now_ns: int) -> Must:
        """Tell why its password must be changed before anything else."""
        if self.secret_until_ns:
            return "temporary"
        age_ns = now_ns - self.password_ns
        return "expired" if security.password_days and age_ns > security.password_days * DAY_NS else ""


def check_name(name: str) -> str:
    """Give the name of an account in its one spelling; raises UsageError for what can be none."""
    folded = name.strip().lower()
    if NAME.fullmatch(folded) is None:
        raise UsageError(
            f"{name[:64]!r} is no name of an account",
            do="use 1 to 64 small letters, digits and . _ - , with a letter or digit at both ends",
        )
    return folded


def read_account(row: Mapping[Any, Any]) -> Account:
    """Make an account of a row; roles of a newer program are left out."""
    roles: frozenset[Role] = frozenset(role for role in ROLE_NAMES if role in json.loads(row["roles"]))
    return Account(
        row["name"],
        row["display"],
        roles,
        frozenset(json.loads(row["enterprises"])),
        json.loads(row["preferences"]),
        "active" if row["state"] == "active" else "locked",
        row["reason"],
        row["created_ns"],
        row["password_ns"],
        row["secret_until_ns"],
        bool(row["totp"]),
        len(json.loads(row["recovery"])),
        row["signed_ns"],
        row["signed_origin"],
        row["version"],
    )


def find_row(connection: sa.Connection, name: str) -> dict[str, Any] | None:
    """Read the row of an account, or None."""
    row = connection.execute(sa.select(ACCOUNT).where(ACCOUNT.c.name == name)).mappings().first()
    return None if row is None else dict(row)
