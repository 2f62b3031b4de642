"""Accounts of the demonstration: one of each main role, with passwords that are made anew at each start."""

from __future__ import annotations

from collections.abc import Sequence

from console.account import Accounts
from console.account_row import Account
from console.password import make_secret
from console.permission import Role
from console.sign_in import Refusal
from wanglou.audit import Actor
from wanglou.errors import ConflictError

ACTOR = Actor("system:demonstration", "")
ROLES: Sequence[tuple[str, Role, tuple[str, ...]]] = (
    ("analyst", "analyst", ()),
    ("chem", "enterprise_user", ("chem",)),
    ("leader", "leader", ()),
    ("admin", "park_admin", ()),
    ("auditor", "auditor", ()),
)
"""Names, roles, and the enterprises of park.yaml that an account is bound to."""


def prepare_accounts(accounts: Accounts) -> list[tuple[Account, Role, str]]:
    """Make the accounts, those that are there keeping all but their passwords; gives each with role and password."""
    return [_prepare(accounts, name, role, enterprises) for name, role, enterprises in ROLES]


def _prepare(accounts: Accounts, name: str, role: Role, enterprises: tuple[str, ...]) -> tuple[Account, Role, str]:
    if accounts.find(name) is None:
        _, secret = accounts.create(name, (role,), ACTOR, enterprises=enterprises)
    else:
        secret = accounts.reset(name, ACTOR, totp=True)
    password = make_password()
    changed = accounts.change_password(name, secret, password, ACTOR.origin)
    if isinstance(changed, Refusal):
        raise ConflictError(f"the password of {name} cannot be set", do="try again in some minutes")
    return changed, role, password


def make_password() -> str:
    """Make a password that can be typed and has what the rules ask for: letters, a digit or capital, other signs."""
    return make_secret().capitalize()
