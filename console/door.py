"""Who is at the door: sessions and tokens become guests, and guests sign in, sign out and change what is their own."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from console.account import Accounts
from console.account_row import Account
from console.scope import Scope, ScopedStore
from console.seal import Seal
from console.security import MINUTE_NS, Security
from console.session import Session, Sessions
from console.sign_in import Refusal
from console.token import Token, Tokens
from console.totp import Enrolment
from correlation.store import Store
from wanglou.audit import Actor
from wanglou.errors import UsageError
from wanglou.ledger import Ledger

Duty = Literal["", "password"]
"""What somebody must do before anything else: choose a password of their own."""
SWEEP_NS = 10 * MINUTE_NS
"""How often sessions that are over are removed, at a sign-in; our own choice."""


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody who was let in: a person with a session, or a program with a token."""

    account: Account
    permissions: frozenset[str]
    scope: Scope
    id: str
    """Id of the session or the token."""
    csrf: str = ""
    """What forms of the session carry; empty for programs."""
    duty: Duty = ""
    is_program: bool = False

    @property
    def name(self) -> str:
        """Name of the account."""
        return self.account.name

    @property
    def display(self) -> str:
        """What pages call the person."""
        return self.account.display or self.account.name


@dataclass(frozen=True, slots=True)
class Entry:
    """What came of an attempt to sign in, or to change a password."""

    cookie: str = ""
    """Value of the session's cookie; empty where it was refused."""
    wait_s: int = 0
    """Seconds to wait before another attempt, where there were too many."""
    previous_ns: int = 0
    """When the account had signed in before; 0 for never."""
    previous_origin: str = ""
    failures: int = 0
    """Failed attempts since then."""


class Door:
    """Accounts, sessions and tokens in one ledger, opened with the component ACCOUNTS."""

    def __init__(
        self,
        ledger: Ledger,
        *,
        key: Path | None = None,
        site: str = "",
        security: Security | None = None,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        """Keep the door; ``key`` is the file of the key that seals second factors, ``site`` what apps call us."""
        self.security, self._clock = security or Security(), clock
        self._swept_ns = 0
        seal = None if key is None else Seal(key)
        self.accounts = Accounts(ledger, self.security, seal=seal, clock=clock, site=site or "Wanglou")
        self.sessions = Sessions(ledger, self.security, clock)
        self.tokens = Tokens(ledger, self.security, clock)

    def find_session(self, cookie: str, *, is_used: bool = True) -> Guest | None:
        """Find who holds a session that is still good, and note that it is used, unless a page asks by itself."""
        session = self.sessions.find(cookie, is_used=is_used)
        return None if session is None else self._seat(session)

    def find_token(self, secret: str, origin: str) -> Guest | None:
        """Find which program holds a token that is still good."""
        token = self.tokens.find(secret, origin)
        return None if token is None else _bound(token)

    def sign_in(self, name: str, password: str, code: str, origin: str, agent: str = "", old: str = "") -> Entry:
        """Try to sign in; a session begins where it succeeds, and that of the cookie ``old`` ends."""
        done = self.accounts.sign_in(name, password, code, origin)
        if isinstance(done, Refusal):
            return Entry(wait_s=done.retry_after_s)
        self._sweep()
        cookie, _ = self.sessions.begin(done.account, origin, agent, old=old)
        return Entry(cookie, 0, done.previous_ns, done.previous_origin, done.failures)

    def sign_out(self, cookie: str) -> None:
        """End a session."""
        self.sessions.end(cookie)

    def change_password(self, guest: Guest, cookie: str, old: str, new: str, origin: str) -> Entry:
        """Change a password and give its session another cookie; raises PasswordError with what is wrong with it."""
        done = self.accounts.change_password(guest.name, old, new, origin, keep=guest.id)
        if isinstance(done, Refusal):
            return Entry(wait_s=done.retry_after_s)
        return Entry(self._rotate(cookie))

    def begin_totp(self, guest: Guest, actor: Actor) -> Enrolment:
        """Make a secret for a second factor; it holds from the first code that is given back."""
        return self.accounts.begin_totp(guest.name, actor)

    def enrol_totp(self, guest: Guest, cookie: str, code: str, actor: Actor) -> tuple[str, tuple[str, ...]]:
        """Take the second factor into use; gives the session's new cookie and the recovery codes, shown once."""
        codes = self.accounts.enrol_totp(guest.name, code, actor, keep=guest.id)
        return self._rotate(cookie), codes

    def remove_totp(self, guest: Guest, password: str, actor: Actor) -> Entry | None:
        """Ask for no second factor any more, if the password is right; gives what refused it, or None."""
        refused = self.accounts.confirm(guest.name, password, actor.origin)
        if refused is not None:
            return Entry(wait_s=refused.retry_after_s)
        self.accounts.remove_totp(guest.name, actor, keep=guest.id)
        return None

    def scoped(self, store: Store, guest: Guest | None) -> Store:
        """Give the store as a guest may read it; nobody reads anything."""
        return ScopedStore(store, guest.scope if guest else Scope(frozenset()), self._clock)

    def _sweep(self) -> None:
        """Remove sessions that are over, now and then: they are refused anyway, but would stay in the ledger."""
        now_ns = self._clock()
        if now_ns - self._swept_ns > SWEEP_NS:
            self._swept_ns = now_ns
            self.sessions.sweep()

    def _rotate(self, cookie: str) -> str:
        rotated = self.sessions.rotate(cookie)
        if rotated is None:
            raise UsageError("the session has ended", do="sign in again")
        return rotated[0]

    def _seat(self, session: Session) -> Guest:
        account = session.account
        must = account.must_change(self.security, self._clock())
        duty: Duty = "password" if must else ""
        return Guest(account, account.permissions, account.scope, session.id, session.csrf, duty)


def _bound(token: Token) -> Guest:
    return Guest(token.account, token.permissions, token.scope, token.id, is_program=True)
