"""Signing in: name, password and code in, an account or a refusal out.

A refusal never says what was wrong, and costs the same whether there is such an account or not: one password is hashed
and one code compared each time, and each refusal is audited.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from console.account_row import Account, Must, find_row, read_account
from console.account_tables import ACCOUNT
from console.password import BusyError, Hasher
from console.permission import DUTIES
from console.seal import Seal
from console.security import Security
from console.session import ORIGIN_CHARACTERS, clean, end_sessions
from console.throttle import Attempt, Delay, Throttle
from console.totp import Match, match_code
from wanglou.audit import Actor
from wanglou.change import Change
from wanglou.errors import StoreError
from wanglou.ledger import Ledger

LONGEST_NAME = 64
_BUSY_S = 5


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A sign-in that was right; its session is begun by ``Sessions.begin``."""

    account: Account
    must_change: Must
    """Why the password must be changed before anything else; empty where it need not."""
    previous_ns: int
    """When the account had signed in before; 0 for never."""
    previous_origin: str
    failures: int
    """Failed sign-ins since then."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A sign-in that was not."""

    reason: Literal["wrong", "throttled"]
    """Name, password or code is wrong, or the account is locked; or it came too early."""
    retry_after_s: int = 0
    """Seconds to wait before the next attempt."""


class SignIn:
    """The door: verifies who somebody is."""

    def __init__(
        self,
        ledger: Ledger,
        security: Security,
        clock: Callable[[], int],
        hasher: Hasher,
        seal: Seal | None,
    ) -> None:
        """Verify accounts of ``ledger``; ``seal`` opens second factors."""
        self._ledger, self._security, self._clock = ledger, security, clock
        self._hasher, self._seal = hasher, seal
        self._throttle = Throttle(ledger, security, clock)

    def sign_in(self, name: str, password: str, code: str, origin: str) -> SignedIn | Refusal:
        """Admit an account or refuse; whatever the texts."""
        known = self._verify(name, password, code, origin)
        if isinstance(known, Refusal):
            return known
        row, match, attempt = known
        admitted = self._admit(row, match, attempt, password, origin)
        if admitted is None:
            return self._refuse(row["name"], attempt, origin)
        now_ns = self._clock()
        previous = (row["signed_ns"], row["signed_origin"], attempt.failures - 1)
        return SignedIn(admitted, admitted.must_change(self._security, now_ns), *previous)

    def confirm(self, name: str, password: str, origin: str) -> Refusal | None:
        """Verify the password of somebody who is signed in, before something grave; throttled as a sign-in is."""
        known = self.read_confirmed(name, password, origin)
        return known if isinstance(known, Refusal) else None

    def read_confirmed(self, name: str, password: str, origin: str) -> dict[str, Any] | Refusal:
        """Give the row of an account whose password was verified."""
        known = self._verify(name, password, None, origin)
        if isinstance(known, Refusal):
            return known
        with self._ledger.transaction() as connection:
            self._throttle.release(connection, known[2])
        return known[0]

    def _verify(
        self, name: str, password: str, code: str | None, origin: str
    ) -> tuple[dict[str, Any], Match, Attempt] | Refusal:
        """Verify password and code (None where none is asked), counting the attempt."""
        folded = name.strip().lower()[: LONGEST_NAME + 1]
        attempt = self._throttle.enter(folded, origin)
        if isinstance(attempt, Delay):
            return Refusal("throttled", attempt.seconds)
        now_ns = self._clock()
        with self._ledger.reading() as connection:
            row = find_row(connection, folded)
        usable = row is not None and _is_usable(row, now_ns)
        try:
            is_right = self._verify_password(row["password"] if row is not None and usable else "", password)
        except BusyError:
            with self._ledger.transaction() as connection:
                self._throttle.release(connection, attempt)
            return Refusal("throttled", _BUSY_S)
        match = self._match(row if is_right else None, code or "", now_ns)
        is_enough = code is None or row is None or not row["totp"] or match.is_good
        if row is None or not (usable and is_right and is_enough):
            return self._refuse(folded if row is not None else "", attempt, origin)
        return row, match, attempt

    def _verify_password(self, stored: str, password: str) -> bool:
        if stored:
            return self._hasher.verify(stored, password)
        self._hasher.verify_nobody(password)
        return False

    def _match(self, row: dict[str, Any] | None, code: str, now_ns: int) -> Match:
        if row is None or not row["totp"]:
            return match_code("", code, now_ns, 0, (), "")
        secret = self.open_secret(row["totp"], row["name"])
        return match_code(secret, code, now_ns, row["totp_step"], json.loads(row["recovery"]), row["name"])

    def open_secret(self, sealed: str, account: str) -> str:
        """Open the secret of an account's second factor; raises StoreError where no key was given."""
        if self._seal is None:
            raise StoreError("no key for second factors was given", do="name the key's file in the settings")
        return self._seal.open(sealed, account)

    def _admit(
        self, seen: dict[str, Any], match: Match, attempt: Attempt, password: str, origin: str
    ) -> Account | None:
        """Note the sign-in, unless the account changed meanwhile or its code was used by another sign-in."""
        is_outdated = self._hasher.is_outdated(seen["password"])
        fresh = self._hasher.hash(password) if is_outdated and not seen["secret_until_ns"] else ""
        with self._ledger.change(Actor(f"user:{seen['name']}", origin)) as change:
            row = find_row(change.connection, seen["name"])
            if row is None or not _is_same(row, seen) or not _is_unused(row, match):
                return None
            values: dict[str, Any] = {
                "signed_ns": self._clock(),
                "signed_origin": clean(origin, ORIGIN_CHARACTERS),
            }
            if match.step:
                values["totp_step"] = match.step
            if match.recovery:
                left = [one for one in json.loads(row["recovery"]) if one != match.recovery]
                values["recovery"] = json.dumps(left)
                change.record("account.recovery_code_used", "account", row["name"], after={"left": len(left)})
            if fresh:
                values["password"] = fresh
            if not change.update(ACCOUNT, {"name": row["name"]}, values, action="signed_in"):
                change.record("account.signed_in", "account", row["name"])  # within one tick of the clock
            self._throttle.forgive(change.connection, attempt)
        return read_account({**row, **values})

    def _refuse(self, name: str, attempt: Attempt, origin: str) -> Refusal:
        """Audit a refusal; lock the account that was failed too often. Names that are no account's are not written."""
        untold = self._throttle.count_refusal()
        if untold is None and attempt.failures < self._security.most_failures:
            return Refusal("wrong")
        with self._ledger.change(Actor(f"user:{name or '?'}", origin)) as change:
            if untold is not None:
                facts = {"failures": attempt.failures, **({"untold": untold} if untold else {})}
                change.record("account.refused", "account", name, after=facts)
            if name and attempt.failures >= self._security.most_failures:
                lock(change, name, f"{attempt.failures} failed sign-ins in a row")
        return Refusal("wrong")


def lock(change: Change, name: str, reason: str) -> None:
    """Lock an account and end its sessions."""
    row = find_row(change.connection, name)
    if row is None or row["state"] != "active":
        return
    values = {"state": "locked", "reason": reason, "version": row["version"] + 1}
    change.update(ACCOUNT, {"name": name}, values, action="locked")
    end_sessions(change, name)


def _is_usable(row: dict[str, Any], now_ns: int) -> bool:
    is_in_time = not row["secret_until_ns"] or now_ns < row["secret_until_ns"]
    is_machine = any(DUTIES.get(role) == "machine" for role in json.loads(row["roles"]))
    return row["state"] == "active" and bool(row["password"]) and is_in_time and not is_machine


def _is_same(row: dict[str, Any], seen: dict[str, Any]) -> bool:
    return all(row[name] == seen[name] for name in ("password", "state", "roles", "totp", "secret_until_ns"))


def _is_unused(row: dict[str, Any], match: Match) -> bool:
    if match.recovery:
        return match.recovery in json.loads(row["recovery"])
    return not match.step or match.step > row["totp_step"]
