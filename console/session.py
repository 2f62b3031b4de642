"""Sessions: who is signed in, in which browser, since when.

A cookie holds 256 random bits; the ledger keeps only its SHA-256 (FIPS 180-4). A session ends when it idles, when it is
old, when its account is locked or gets other rights, and when somebody ends it. The CSRF token is an HMAC (RFC 2104) of
the cookie, so it belongs to that session alone and is not kept.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from console.account_row import Account, find_row, read_account
from console.account_tables import ACCOUNT, SESSION
from console.security import MINUTE_NS, Security
from wanglou.audit import Actor
from wanglou.change import Change
from wanglou.errors import ConflictError, StoreError, UsageError
from wanglou.ledger import Ledger

BITS = 256
SEEN_NS = MINUTE_NS
"""How exactly the last request is kept: a session may end that much before its idle time is over."""
AGENT_CHARACTERS = 256
ORIGIN_CHARACTERS = 128


@dataclass(frozen=True, slots=True)
class Session:
    """One session of an account."""

    id: str
    account: Account
    csrf: str
    """What forms of this session send back; empty in lists, where the cookie is not known."""
    began_ns: int
    seen_ns: int
    """When a request came last, to a minute."""
    origin: str
    agent: str
    """What the browser calls itself."""

    def admits(self, csrf: str) -> bool:
        """True where this is the session's CSRF token."""
        return bool(self.csrf) and hmac.compare_digest(self.csrf.encode(), csrf.encode(errors="replace"))


def digest_secret(secret: str) -> str:
    """Digest a cookie or token: 256 random bits need neither salt nor stretching."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def make_csrf(cookie: str) -> str:
    """Give the CSRF token that belongs to a cookie: 64 hexadecimal digits."""
    return hmac.digest(cookie.encode(errors="replace"), b"wanglou csrf", "sha256").hex()


def make_cookie() -> str:
    """Give a new cookie: 256 random bits, 43 characters of base64url (RFC 4648, 5)."""
    return secrets.token_urlsafe(BITS // 8)


class Sessions:
    """The sessions in one ledger, opened with the component ACCOUNTS."""

    def __init__(
        self, ledger: Ledger, security: Security | None = None, clock: Callable[[], int] = time.time_ns
    ) -> None:
        """Keep sessions; ``clock`` gives nanoseconds since 1970 UTC."""
        self._ledger, self._security, self._clock = ledger, security or Security(), clock

    def begin(self, account: Account, origin: str, agent: str = "", *, old: str = "") -> tuple[str, Session]:
        """Begin a session of an account that has signed in; gives the cookie too.

        ``old`` is the cookie that the browser had: that session ends. Raises ConflictError where the account was
        locked, reset or given other rights since it signed in.
        """
        cookie = make_cookie()
        now_ns = self._clock()
        with self._ledger.change(_actor(account, origin)) as change:
            known = find_row(change.connection, account.name)
            if known is None or known["state"] != "active" or known["version"] != account.version:
                raise ConflictError(f"account {account.name} was changed meanwhile", do="sign in again")
            if old:
                _end(change, SESSION.c.digest == digest_secret(old))
            _make_room(change, account.name, self._security.sessions_each)
            row = _make_row(cookie, account.name, now_ns, now_ns, origin, agent)
            change.insert(SESSION, row, action="began")
        return cookie, _read(row, account, cookie)

    def find(self, cookie: str, *, is_used: bool = True) -> Session | None:
        """Find the session of a cookie; None where it has ended or never was.

        That it was used is noted, unless a page asked by itself: a page left open must not keep its session alive.
        """
        now_ns = self._clock()
        chosen = sa.select(SESSION, ACCOUNT).join(ACCOUNT, ACCOUNT.c.name == SESSION.c.account)
        with self._ledger.reading() as connection:
            found = connection.execute(
                chosen.where(SESSION.c.digest == digest_secret(cookie), *self._living(now_ns))
            ).first()
        if found is None:
            return None
        row, account = _split(found)
        if not account.is_active:
            return None
        if is_used and now_ns - row["seen_ns"] >= SEEN_NS:
            with suppress(StoreError), self._ledger.transaction() as connection:  # what can be read is still shown
                connection.execute(sa.update(SESSION).where(SESSION.c.id == row["id"]).values(seen_ns=now_ns))
            row["seen_ns"] = now_ns
        return _read(row, account, cookie)

    def rotate(self, cookie: str) -> tuple[str, Session] | None:
        """Give a session another cookie, after its account's password or second factor changed; None where it ended."""
        found = self.find(cookie)
        if found is None:
            return None
        fresh = make_cookie()
        with self._ledger.change(_actor(found.account, found.origin)) as change:
            present = sa.select(SESSION.c.id).where(SESSION.c.digest == digest_secret(cookie))
            if change.connection.scalar(present) is None:  # ended, or rotated by another request
                return None
            change.update(SESSION, {"id": found.id}, {"digest": digest_secret(fresh)}, action="rotated")
        return fresh, replace(found, csrf=make_csrf(fresh))

    def end(self, cookie: str) -> bool:
        """End the session of a cookie: sign out; gives whether there was one."""
        found = self.find(cookie)
        if found is None:
            return False
        with self._ledger.change(_actor(found.account, found.origin)) as change:
            return bool(_end(change, SESSION.c.id == found.id))

    def end_one(self, account: str, identity: str, actor: Actor) -> None:
        """End a session of an account by its id; raises UsageError where it has none of that id."""
        with self._ledger.change(actor) as change:
            if not _end(change, SESSION.c.account == account, SESSION.c.id == identity):
                raise UsageError(f"no session {identity[:64]!r}", do="it may have ended already")

    def end_all(self, account: str, actor: Actor, *, but: str = "") -> int:
        """End the sessions of an account, but for that id; gives how many there were."""
        with self._ledger.change(actor) as change:
            return end_sessions(change, account, but=but)

    def list(self, account: str = "") -> Sequence[Session]:
        """List the sessions that have not ended, of one account or of all, those used last first."""
        chosen = sa.select(SESSION, ACCOUNT).join(ACCOUNT, ACCOUNT.c.name == SESSION.c.account)
        chosen = chosen.where(*self._living(self._clock()), ACCOUNT.c.state == "active")
        if account:
            chosen = chosen.where(SESSION.c.account == account)
        with self._ledger.reading() as connection:
            rows = connection.execute(chosen.order_by(SESSION.c.seen_ns.desc(), SESSION.c.id)).all()
        return [_read(*_split(row)) for row in rows]

    def sweep(self) -> int:
        """Remove the sessions that idled or grew old; gives how many. For a task that runs now and then."""
        now_ns = self._clock()
        with self._ledger.change(Actor("system:sessions", "")) as change:
            return _end(change, sa.not_(sa.and_(*self._living(now_ns))), action="expired")

    def _living(self, now_ns: int) -> tuple[sa.ColumnElement[bool], ...]:
        return (
            SESSION.c.seen_ns > now_ns - self._security.idle_ns,
            SESSION.c.began_ns > now_ns - self._security.absolute_ns,
        )


def end_sessions(change: Change, account: str, *, but: str = "") -> int:
    """End the sessions of an account within a change of its rights, but for that id; gives how many there were."""
    return _end(change, SESSION.c.account == account, SESSION.c.id != but)


def _end(change: Change, *conditions: sa.ColumnElement[bool], action: str = "ended") -> int:
    ended = change.connection.scalars(sa.select(SESSION.c.id).where(*conditions)).all()
    for identity in ended:
        change.delete(SESSION, {"id": identity}, action=action)
    return len(ended)


def _make_room(change: Change, account: str, most: int) -> None:
    chosen = sa.select(SESSION.c.id).where(SESSION.c.account == account)
    kept = change.connection.scalars(chosen.order_by(SESSION.c.seen_ns.desc(), SESSION.c.id)).all()
    for identity in kept[most - 1 :]:
        change.delete(SESSION, {"id": identity}, action="displaced")


def _make_row(cookie: str, account: str, began_ns: int, seen_ns: int, origin: str, agent: str) -> dict[str, Any]:
    return {
        "id": f"session-{secrets.token_hex(8)}",
        "digest": digest_secret(cookie),
        "account": account,
        "began_ns": began_ns,
        "seen_ns": seen_ns,
        "origin": clean(origin, ORIGIN_CHARACTERS),
        "agent": clean(agent, AGENT_CHARACTERS),
    }


def clean(text: str, characters: int) -> str:
    """Cut a text of a request and take out what is not printable."""
    return "".join(mark if mark.isprintable() else "?" for mark in text[:characters])


def _actor(account: Account, origin: str) -> Actor:
    return Actor(f"user:{account.name}", origin)


def _split(found: sa.Row[Any]) -> tuple[dict[str, Any], Account]:
    mine = len(SESSION.c)
    row = dict(zip(SESSION.c.keys(), found[:mine], strict=True))
    return row, read_account(dict(zip(ACCOUNT.c.keys(), found[mine:], strict=True)))


def _read(row: dict[str, Any], account: Account, cookie: str = "") -> Session:
    csrf = make_csrf(cookie) if cookie else ""
    return Session(row["id"], account, csrf, row["began_ns"], row["seen_ns"], row["origin"], row["agent"])
