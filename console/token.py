"""API tokens: secrets by which programs act with a part of an account's rights.

A token holds 256 random bits; the ledger keeps only its SHA-256 (FIPS 180-4). It may do what was granted and its owner
may still do, see what was granted and its owner may still see, until it expires.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from console.account_row import Account, read_account
from console.account_tables import ACCOUNT, TOKEN
from console.own_account import read_row
from console.permission import PARK_WIDE, PERMISSIONS, Permission, check_permissions
from console.scope import Scope
from console.security import DAY_NS, MINUTE_NS, Security
from console.session import BITS, ORIGIN_CHARACTERS, clean, digest_secret
from wanglou.audit import Actor
from wanglou.errors import StoreError, UsageError
from wanglou.ledger import Ledger

PREFIX = "wanglou_"
"""How each token begins, so that it is found where it should not lie."""
NAME_CHARACTERS = 64
USED_NS = MINUTE_NS
"""How exactly the last use is kept."""
NEVER_GRANTED: frozenset[Permission] = frozenset({"account.own", "tokens.manage"})
"""What only people do: a token neither changes its owner's password nor makes tokens that outlive it."""


@dataclass(frozen=True, slots=True)
class Token:
    """One API token."""

    id: str
    name: str
    """What its owner calls it."""
    account: Account
    """Its owner."""
    granted: frozenset[Permission]
    enterprises: frozenset[str] | None
    """Enterprises it was granted; None for all that its owner may see."""
    created_ns: int
    expires_ns: int
    used_ns: int
    """When it was used last, to a minute; 0 for never."""
    used_origin: str

    @property
    def permissions(self) -> frozenset[Permission]:
        """What it may do now."""
        permitted = self.granted & self.account.permissions
        return permitted if self.scope.is_whole else permitted - PARK_WIDE

    @property
    def scope(self) -> Scope:
        """What it may see now."""
        return self.account.scope.restrict(self.enterprises)

    def is_expired(self, now_ns: int) -> bool:
        """True from its end on."""
        return now_ns >= self.expires_ns


class Tokens:
    """The tokens in one ledger, opened with the component ACCOUNTS."""

    def __init__(
        self, ledger: Ledger, security: Security | None = None, clock: Callable[[], int] = time.time_ns
    ) -> None:
        """Keep tokens; ``clock`` gives nanoseconds since 1970 UTC."""
        self._ledger, self._security, self._clock = ledger, security or Security(), clock

    def issue(
        self,
        account: str,
        name: str,
        permissions: Collection[str],
        actor: Actor,
        *,
        enterprises: Collection[str] | None = None,
        days: int = 0,
    ) -> tuple[str, Token]:
        """Make a token of an account and give its secret, which is shown once; ``days`` 0 is the usual life.

        Raises UsageError for more than the account may do or see, for a life beyond the longest, and for too many.
        """
        granted = check_permissions(permissions)
        secret = PREFIX + secrets.token_urlsafe(BITS // 8)
        now_ns = self._clock()
        with self._ledger.change(actor) as change:
            owner = read_account(read_row(change.connection, account))
            self._check(owner, name, granted, enterprises, days)
            kept = change.connection.scalar(
                sa.select(sa.func.count()).select_from(TOKEN).where(TOKEN.c.account == owner.name)
            )
            if (kept or 0) >= self._security.tokens_each:
                raise UsageError(f"{owner.name} has {kept} tokens", do="revoke those that are not used")
            row = {
                "id": f"token-{secrets.token_hex(6)}",
                "digest": digest_secret(secret),
                "account": owner.name,
                "name": clean(name.strip(), NAME_CHARACTERS),
                "permissions": json.dumps(sorted(granted)),
                "enterprises": None if enterprises is None else json.dumps(sorted(set(enterprises))),
                "created_ns": now_ns,
                "expires_ns": now_ns + (days or self._security.token_days) * DAY_NS,
                "used_ns": 0,
                "used_origin": "",
            }
            change.insert(TOKEN, row, action="issued")
        return secret, _read(row, owner)

    def _check(
        self,
        owner: Account,
        name: str,
        granted: frozenset[Permission],
        enterprises: Collection[str] | None,
        days: int,
    ) -> None:
        if not name.strip() or not granted:
            raise UsageError("a token needs a name and a permission", do="say what it is for and what it may do")
        if beyond := sorted((granted - owner.permissions) | (granted & NEVER_GRANTED)):
            raise UsageError(f"{owner.name} cannot grant {', '.join(beyond)}", do="ask for what the account may do")
        if enterprises is not None and not all(owner.scope.admits(one) and one for one in enterprises):
            raise UsageError(f"{owner.name} cannot see all of these enterprises", do="name those it may see")
        if enterprises is not None and granted & PARK_WIDE:
            told = ", ".join(sorted(granted & PARK_WIDE))
            raise UsageError(f"{told} concerns the whole park", do="leave it out, or name no enterprises")
        if not 0 <= days <= self._security.token_days_most:
            raise UsageError(f"a token lives {self._security.token_days_most} days at most", do="give fewer days")
        if not owner.is_active:
            raise UsageError(f"{owner.name} is locked", do="unlock it first")

    def find(self, secret: str, origin: str = "") -> Token | None:
        """Find the token of a secret and note that it was used; None where it expired, or never was."""
        if not secret.startswith(PREFIX):
            return None
        now_ns = self._clock()
        chosen = _select().where(TOKEN.c.digest == digest_secret(secret), TOKEN.c.expires_ns > now_ns)
        with self._ledger.reading() as connection:
            found = connection.execute(chosen.where(ACCOUNT.c.state == "active")).first()
        if found is None:
            return None
        token = _split(found)
        if now_ns - token.used_ns < USED_NS:
            return token
        values = {"used_ns": now_ns, "used_origin": clean(origin, ORIGIN_CHARACTERS)}
        with suppress(StoreError), self._ledger.transaction() as connection:  # what can be read is still given
            connection.execute(sa.update(TOKEN).where(TOKEN.c.id == token.id).values(values))
        return token

    def get(self, identity: str) -> Token | None:
        """Find a token that is still good by its id; None where it expired, or never was."""
        chosen = _select().where(TOKEN.c.id == identity, TOKEN.c.expires_ns > self._clock())
        with self._ledger.reading() as connection:
            found = connection.execute(chosen.where(ACCOUNT.c.state == "active")).first()
        return None if found is None else _split(found)

    def revoke(self, identity: str, actor: Actor, *, account: str = "") -> None:
        """End a token, of that account where one is given; raises UsageError where there is none of that id."""
        with self._ledger.change(actor) as change:
            chosen = sa.select(TOKEN.c.account).where(TOKEN.c.id == identity)
            owner = change.connection.scalar(chosen)
            if owner is None or account not in ("", owner):
                raise UsageError(f"no token {identity[:64]!r}", do="it may have been revoked already")
            change.delete(TOKEN, {"id": identity}, action="revoked")

    def list(self, account: str = "") -> Sequence[Token]:
        """List the tokens, expired ones too, of one account or of all, the newest first."""
        chosen = _select().order_by(TOKEN.c.created_ns.desc(), TOKEN.c.id)
        if account:
            chosen = chosen.where(TOKEN.c.account == account)
        with self._ledger.reading() as connection:
            return [_split(found) for found in connection.execute(chosen)]


def _select() -> sa.Select[Any]:
    return sa.select(TOKEN, ACCOUNT).join(ACCOUNT, ACCOUNT.c.name == TOKEN.c.account)


def _split(found: sa.Row[Any]) -> Token:
    mine = len(TOKEN.c)
    account = read_account(dict(zip(ACCOUNT.c.keys(), found[mine:], strict=True)))
    return _read(dict(zip(TOKEN.c.keys(), found[:mine], strict=True)), account)


def _read(row: dict[str, Any], account: Account) -> Token:
    enterprises = None if row["enterprises"] is None else frozenset(json.loads(row["enterprises"]))
    times = (row["created_ns"], row["expires_ns"], row["used_ns"], row["used_origin"])
    granted = frozenset(PERMISSIONS) & frozenset(json.loads(row["permissions"]))  # those that there are still
    return Token(row["id"], row["name"], account, granted, enterprises, *times)
