"""Accounts as pages and the API of the administrator show and change them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from console.account_row import Account, check_name
from console.door import Door
from console.permission import DUTIES, ROLE_NAMES, ROLES, Duty, Permission, Role
from console.refusal import Refused, not_found
from console.session import Session
from console.token import NEVER_GRANTED, Token
from console.visit import Visit
from wanglou.errors import UsageError

StateChoice = Literal["all", "active", "locked"]
STATE_CHOICES: tuple[StateChoice, ...] = get_args(StateChoice)
SECRET_HEADERS: Mapping[str, str] = {"cache-control": "no-store"}
"""Headers of answers that hold a secret."""


@dataclass(frozen=True, slots=True)
class UserRow:
    """One account as a list shows it."""

    account: Account
    sessions: int
    tokens: int

    @property
    def id(self) -> str:
        """Its name."""
        return self.account.name


@dataclass(frozen=True, slots=True)
class User:
    """One account with its sessions and tokens."""

    account: Account
    sessions: Sequence[Session]
    tokens: Sequence[Token]

    @property
    def id(self) -> str:
        """Its name."""
        return self.account.name


@dataclass(frozen=True, slots=True)
class RoleRow:
    """One role: whom it is for, and what it may do."""

    name: Role
    duty: Duty
    permissions: Sequence[Permission]


def write_version(account: Account) -> str:
    """Write what changes with each change of an account: its ETag."""
    return f'"{account.version}"'


def read_version(text: str | None) -> int | None:
    """Read the ETag that an account was read with, None for any (``*``); raises Refused for none, or another's."""
    if text is None:
        raise Refused(428)
    told = text.strip().removeprefix("W/").strip('"')
    if told == "*":
        return None
    if not (told.isascii() and told.isdigit() and len(told) < 10):
        raise Refused(412, reason="conflict")
    return int(told)


def list_users(visit: Visit) -> list[UserRow]:
    """List the accounts that ``?q=``, ``?state=`` and ``?role=`` ask for, by name."""
    door = visit.services.door
    sessions = Counter(one.account.name for one in door.sessions.list())
    tokens = Counter(one.account.name for one in door.tokens.list())
    return [
        UserRow(account, sessions[account.name], tokens[account.name])
        for account in door.accounts.list()
        if _is_asked(visit, account)
    ]


def _is_asked(visit: Visit, account: Account) -> bool:
    text, state, role = visit.asked("q").strip().lower(), visit.asked("state"), visit.asked("role")
    return (
        (not text or text in account.name or text in account.display.lower() or text in account.enterprises)
        and state in ("", "all", account.state)
        and (not role or role in account.roles)
    )


def get_user(visit: Visit, name: str) -> User:
    """Give one account; raises Refused where there is none."""
    door = visit.services.door
    account = find_account(door, name)
    return User(account, door.sessions.list(account.name), door.tokens.list(account.name))


def find_account(door: Door, name: str) -> Account:
    """Find an account by its name; raises Refused where there is none."""
    try:
        account = door.accounts.find(check_name(name))
    except UsageError:
        account = None
    if account is None:
        raise not_found(name[:64])
    return account


def create_user(
    visit: Visit, name: str, roles: Collection[str], enterprises: Collection[str], display: str
) -> tuple[Account, str]:
    """Make an account; gives its one-time secret, which is empty for machines."""
    check_enterprises(visit, enterprises)
    accounts = visit.services.door.accounts
    return accounts.create(name, roles, visit.actor, enterprises=enterprises, display=display)


def entitle_user(
    visit: Visit, name: str, roles: Collection[str], enterprises: Collection[str], expected: int | None
) -> Account:
    """Give an account these roles, and these enterprises to see."""
    account = find_account(visit.services.door, name)
    check_enterprises(visit, set(enterprises) - account.enterprises)
    accounts = visit.services.door.accounts
    return accounts.set_roles(account.name, roles, visit.actor, enterprises=enterprises, expected=expected)


def check_enterprises(visit: Visit, names: Collection[str]) -> None:
    """Raise UsageError for enterprises that the site file does not name, where it names any."""
    known = {one.id for one in visit.services.site.enterprises}
    if known and (unknown := sorted(set(names) - known)):
        raise UsageError(f"no enterprise {unknown[0][:64]!r}", do=f"the site file has {', '.join(sorted(known))}")


def issue_machine_token(
    visit: Visit, name: str, label: str, permissions: Collection[str], days: int
) -> tuple[str, Token]:
    """Make a token of a machine's account, which cannot sign in to make its own.

    People make theirs: an administrator who could would act as an analyst under the analyst's name.
    """
    account = find_account(visit.services.door, name)
    if not account.is_machine:
        raise UsageError(f"{account.name} is a person's account", do="people make their own tokens")
    granted = permissions or account.permissions
    return visit.services.door.tokens.issue(account.name, label, granted, visit.actor, days=days)


def list_grants(account: Account) -> list[Permission]:
    """List what a token of an account may be granted."""
    return sorted(account.permissions - NEVER_GRANTED)


def list_roles() -> list[RoleRow]:
    """List the roles with what they may do."""
    return [RoleRow(name, DUTIES[name], sorted(ROLES[name])) for name in ROLE_NAMES]


def revoke_token(visit: Visit, account: str, identity: str) -> None:
    """End a token of that account; raises Refused where it has none of that id, as with another's."""
    tokens = visit.services.door.tokens
    if identity not in {one.id for one in tokens.list(account)}:
        raise not_found(identity[:64])
    tokens.revoke(identity, visit.actor, account=account)


def end_session(visit: Visit, account: str, identity: str) -> None:
    """End a session of that account; raises Refused where it has none of that id, as with another's."""
    sessions = visit.services.door.sessions
    if identity not in {one.id for one in sessions.list(account)}:
        raise not_found(identity[:64])
    sessions.end_one(account, identity, visit.actor)
