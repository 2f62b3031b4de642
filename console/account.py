"""Accounts: who may use the console, and what the administrator decides about them.

None is ever removed: it is locked, and the audit's names keep their meaning. Nobody has a default password: a new
account, and one that was reset, gets a one-time secret that must be changed at first use.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from console.account_row import Account, check_name, find_row, read_account
from console.account_tables import ACCOUNT
from console.own_account import NO_TOTP, OwnAccount, list_former, read_row, write_row
from console.password import Hasher, make_secret
from console.permission import DUTIES, Role, check_roles
from console.seal import Seal
from console.security import HOUR_NS, Security
from console.session import clean, end_sessions
from console.sign_in import Refusal, SignedIn, SignIn, lock
from console.throttle import Throttle
from console.totp import Enrolment
from wanglou.audit import Actor
from wanglou.change import Change
from wanglou.errors import ConflictError, UsageError
from wanglou.ledger import Ledger

FIRST = "admin"
"""Name of the first account."""
DISPLAY_CHARACTERS = 128
REASON_CHARACTERS = 512
PREFERENCES, PREFERENCE_CHARACTERS = 32, 256
"""Preferences of an account at most, and characters of each."""


class Accounts:
    """The accounts in one ledger, opened with the component ACCOUNTS."""

    def __init__(
        self,
        ledger: Ledger,
        security: Security | None = None,
        *,
        seal: Seal | None = None,
        clock: Callable[[], int] = time.time_ns,
        site: str = "Wanglou",
    ) -> None:
        """Keep accounts by ``security``.

        ``seal`` holds the key of second factors, ``clock`` gives nanoseconds since 1970 UTC, ``site`` is the name that
        authenticators show.
        """
        self.security = security or Security()
        self._ledger, self._clock = ledger, clock
        self._hasher = Hasher(self.security)
        self._throttle = Throttle(ledger, self.security, clock)
        self._door = SignIn(ledger, self.security, clock, self._hasher, seal)
        self._own = OwnAccount(ledger, self.security, clock, self._hasher, seal, self._door, site)

    def find(self, name: str) -> Account | None:
        """Find an account by its name, or None."""
        with self._ledger.reading() as connection:
            row = find_row(connection, name)
        return None if row is None else read_account(row)

    def list(self) -> Sequence[Account]:
        """List the accounts by name."""
        with self._ledger.reading() as connection:
            rows = connection.execute(sa.select(ACCOUNT).order_by(ACCOUNT.c.name)).mappings().all()
        return [read_account(row) for row in rows]

    def begin(self) -> tuple[Account, str] | None:
        """Make the first administrator and give its one-time secret; None where somebody has signed in, or can.

        Until somebody has, each call gives another secret, as the former one is known to nobody but who read it.
        """
        with self._ledger.reading() as connection:
            names = connection.scalars(sa.select(ACCOUNT.c.name).limit(2)).all()
        if set(names) - {FIRST}:
            return None
        secret = make_secret()
        stored = self._hasher.hash(secret)
        with self._ledger.change(Actor("system:console", socket.gethostname())) as change:
            rows = change.connection.execute(sa.select(ACCOUNT)).mappings().all()
            if any(row["name"] != FIRST or row["signed_ns"] or not row["secret_until_ns"] for row in rows):
                return None
            if rows:
                return write_row(change, dict(rows[0]), self._secret(stored), "secret_renewed"), secret
            row = self._make_row(FIRST, frozenset(("park_admin",)), frozenset(), "", stored)
            change.insert(ACCOUNT, row)
        return read_account(row), secret

    def create(
        self,
        name: str,
        roles: Collection[str],
        actor: Actor,
        *,
        enterprises: Collection[str] = (),
        display: str = "",
    ) -> tuple[Account, str]:
        """Make an account and give its one-time secret, which is empty for machines: they have tokens.

        Raises UsageError for names and roles that cannot be, and where there is such an account.
        """
        folded, wanted = check_name(name), check_roles(roles)
        named = check_enterprises(wanted, enterprises)
        secret = "" if _is_machine(wanted) else make_secret()
        stored = self._hasher.hash(secret) if secret else ""
        row = self._make_row(folded, wanted, named, display, stored)
        with self._ledger.change(actor) as change:
            if find_row(change.connection, folded) is not None:
                raise UsageError(f"there is an account {folded!r} already", do="take another name")
            change.insert(ACCOUNT, row)
        return read_account(row), secret

    def reset(self, name: str, actor: Actor, *, totp: bool = False, expected: int | None = None) -> str:
        """Give an account a one-time secret in place of its password, and with ``totp`` no second factor.

        Its sessions end and its failures are forgotten; a locked one stays locked.
        """
        secret = make_secret()
        stored = self._hasher.hash(secret)
        with self._ledger.change(actor) as change:
            row = _expect(change, name, expected)
            if _is_machine(json.loads(row["roles"])):
                raise UsageError(f"{name} is no person's account", do="machines use API tokens")
            values = {**self._secret(stored), "former": list_former(row, self.security), **(NO_TOTP if totp else {})}
            write_row(change, row, values, "reset")
            end_sessions(change, row["name"])
            self._throttle.forget(change.connection, row["name"])
        return secret

    def lock(self, name: str, reason: str, actor: Actor, *, expected: int | None = None) -> Account:
        """Lock an account: nobody signs in to it, its sessions end, its tokens are refused.

        Raises UsageError without a reason, and for the last administrator.
        """
        if not reason.strip():
            raise UsageError("locking an account needs a reason", do="give one")
        with self._ledger.change(actor) as change:
            row = _expect(change, name, expected)
            lock(change, row["name"], clean(reason.strip(), REASON_CHARACTERS))
            _keep_admin(change, row)
        return self._get(name)

    def unlock(self, name: str, actor: Actor, *, expected: int | None = None) -> Account:
        """Unlock an account and forget its failures."""
        with self._ledger.change(actor) as change:
            row = _expect(change, name, expected)
            account = write_row(change, row, {"state": "active", "reason": ""}, "unlocked")
            self._throttle.forget(change.connection, row["name"])
        return account

    def set_roles(
        self,
        name: str,
        roles: Collection[str],
        actor: Actor,
        *,
        enterprises: Collection[str] | None = None,
        expected: int | None = None,
    ) -> Account:
        """Give an account these roles, and with ``enterprises`` these alone to see; its sessions end.

        Raises UsageError for roles of several duties, and where no administrator would be left.
        """
        wanted = check_roles(roles)
        with self._ledger.change(actor) as change:
            row = _expect(change, name, expected)
            named = check_enterprises(wanted, json.loads(row["enterprises"]) if enterprises is None else enterprises)
            if _is_machine(wanted) != _is_machine(json.loads(row["roles"])):
                raise UsageError("a person's account does not become a machine's, nor the reverse", do="make another")
            values = {"roles": json.dumps(sorted(wanted)), "enterprises": json.dumps(sorted(named))}
            account = write_row(change, row, values, "entitled")
            _keep_admin(change, row)
            if account.version != row["version"]:
                end_sessions(change, row["name"])
        return account

    def set_display(self, name: str, display: str, actor: Actor, *, expected: int | None = None) -> Account:
        """Name the person of an account."""
        with self._ledger.change(actor) as change:
            row = _expect(change, name, expected)
            return write_row(change, row, {"display": clean(display.strip(), DISPLAY_CHARACTERS)}, "changed")

    def set_preferences(self, name: str, preferences: Mapping[str, str], actor: Actor) -> Account:
        """Keep what pages shall remember for an account, beside what they remember already."""
        with self._ledger.change(actor) as change:
            row = read_row(change.connection, name)
            kept = {**json.loads(row["preferences"]), **preferences}
            texts = [text for pair in kept.items() for text in pair]
            if len(kept) > PREFERENCES or any(len(text) > PREFERENCE_CHARACTERS for text in texts):
                raise UsageError("these are too many preferences, or too long ones", do="keep fewer")
            return write_row(change, row, {"preferences": json.dumps(kept, sort_keys=True)}, "changed")

    def sign_in(self, name: str, password: str, code: str, origin: str) -> SignedIn | Refusal:
        """Admit an account or refuse; ``code`` is empty where no second factor is told."""
        return self._door.sign_in(name, password, code, origin)

    def confirm(self, name: str, password: str, origin: str) -> Refusal | None:
        """Verify the password of somebody who is signed in, before something grave; None when it is right."""
        return self._door.confirm(name, password, origin)

    def change_password(self, name: str, old: str, new: str, origin: str, *, keep: str = "") -> Account | Refusal:
        """Change one's own password; see ``OwnAccount.change_password``."""
        return self._own.change_password(name, old, new, origin, keep=keep)

    def begin_totp(self, name: str, actor: Actor) -> Enrolment:
        """Give what an authenticator needs; the second factor counts from ``enrol_totp`` on."""
        return self._own.begin_totp(name, actor)

    def pending_totp(self, name: str) -> Enrolment | None:
        """Give again what ``begin_totp`` gave, after a wrong code; None where nothing was begun."""
        return self._own.pending_totp(name)

    def enrol_totp(self, name: str, code: str, actor: Actor, *, keep: str = "") -> tuple[str, ...]:
        """Begin to ask for a second factor; gives the recovery codes. See ``OwnAccount.enrol_totp``."""
        return self._own.enrol_totp(name, code, actor, keep=keep)

    def renew_recovery(self, name: str, actor: Actor) -> tuple[str, ...]:
        """Give new recovery codes; the former ones are no longer good."""
        return self._own.renew_recovery(name, actor)

    def remove_totp(self, name: str, actor: Actor, *, keep: str = "") -> Account:
        """Ask an account for no second factor any more."""
        return self._own.remove_totp(name, actor, keep=keep)

    def _get(self, name: str) -> Account:
        with self._ledger.reading() as connection:
            return read_account(read_row(connection, name))

    def _secret(self, stored: str) -> dict[str, Any]:
        now_ns = self._clock()
        until_ns = now_ns + self.security.secret_hours * HOUR_NS if stored else 0
        return {"password": stored, "password_ns": now_ns if stored else 0, "secret_until_ns": until_ns}

    def _make_row(
        self, name: str, roles: frozenset[Role], enterprises: frozenset[str], display: str, stored: str
    ) -> dict[str, Any]:
        return {
            "name": name,
            "display": clean(display.strip(), DISPLAY_CHARACTERS),
            "roles": json.dumps(sorted(roles)),
            "enterprises": json.dumps(sorted(enterprises)),
            "preferences": "{}",
            "state": "active",
            "reason": "",
            "created_ns": self._clock(),
            **self._secret(stored),
            "former": "[]",
            **NO_TOTP,
            "signed_ns": 0,
            "signed_origin": "",
            "version": 1,
        }


def check_enterprises(roles: Collection[Role], names: Collection[str]) -> frozenset[str]:
    """Give the enterprises of an account; raises UsageError for an enterprise's user without one, and empty names."""
    named = frozenset(name.strip() for name in names)
    if "" in named:
        raise UsageError("an enterprise has no name", do="give its id of the site file")
    if "enterprise_user" in roles and not named:
        raise UsageError("a user of an enterprise needs one", do="give its id of the site file")
    return named


def _is_machine(roles: Collection[str]) -> bool:
    return any(DUTIES.get(role) == "machine" for role in roles)  # type: ignore[call-overload] # of a newer program


def _expect(change: Change, name: str, version: int | None) -> dict[str, Any]:
    row = read_row(change.connection, name)
    if version is not None and row["version"] != version:
        raise ConflictError(f"account {name} was changed meanwhile", do="read it again, then decide")
    return row


def _keep_admin(change: Change, before: dict[str, Any]) -> None:
    """Refuse a change of an account after which nobody could administer; raises UsageError."""
    if before["state"] != "active" or "park_admin" not in json.loads(before["roles"]):
        return
    rows = change.connection.execute(sa.select(ACCOUNT.c.roles).where(ACCOUNT.c.state == "active")).scalars()
    if not any("park_admin" in json.loads(roles) for roles in rows):
        raise UsageError("no administrator would be left", do="make another park_admin first")
