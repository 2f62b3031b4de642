"""What people change of their own account: the password and the second factor."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from console.account_row import Account, find_row, read_account
from console.account_tables import ACCOUNT
from console.password import Hasher, PasswordError, find_faults
from console.permission import DUTIES
from console.seal import Seal
from console.security import Security
from console.session import end_sessions
from console.sign_in import Refusal, SignIn
from console.totp import Enrolment, digest_recovery, make_enrolment, make_recovery, match_code, write_enrolment
from wanglou.audit import Actor
from wanglou.change import Change
from wanglou.errors import ConflictError, StoreError, UsageError
from wanglou.ledger import Ledger


class OwnAccount:
    """Changes of one's own; each ends the account's other sessions, and the page rotates the one it came in."""

    def __init__(
        self,
        ledger: Ledger,
        security: Security,
        clock: Callable[[], int],
        hasher: Hasher,
        seal: Seal | None,
        door: SignIn,
        site: str,
    ) -> None:
        """Change accounts of ``ledger``; ``site`` is what authenticators show."""
        self._ledger, self._security, self._clock = ledger, security, clock
        self._hasher, self._seal, self._door, self._site = hasher, seal, door, site

    def change_password(self, name: str, old: str, new: str, origin: str, *, keep: str = "") -> Account | Refusal:
        """Change a password whose ``old`` one is told; sessions end but for the id ``keep``.

        Raises PasswordError with all that is wrong with ``new``. Wrong old ones are throttled as sign-ins are.
        """
        row = self._door.read_confirmed(name, old, origin)
        if isinstance(row, Refusal):
            return row
        self._check(new, row)
        values = {
            "password": self._hasher.hash(new),
            "former": list_former(row, self._security),
            "password_ns": self._clock(),
            "secret_until_ns": 0,
        }
        actor = Actor(f"user:{row['name']}", origin)
        return self._change(row, values, actor, "password_changed", keep)

    def _check(self, new: str, row: dict[str, Any]) -> None:
        faults = find_faults(new, self._security, (row["name"], row["display"], self._site))
        used = [row["password"], *json.loads(list_former(row, self._security))]
        if not faults and any(self._hasher.verify(one, new) for one in dict.fromkeys(used)):
            faults = ("reused",)
        if faults:
            raise PasswordError(faults, self._security)

    def begin_totp(self, name: str, actor: Actor) -> Enrolment:
        """Give what an authenticator needs; the second factor counts from ``enrol_totp`` on."""
        row = self._read(name)
        if any(DUTIES.get(role) == "machine" for role in json.loads(row["roles"])):
            raise UsageError(f"{name} is no person's account", do="machines use API tokens")
        if self._seal is None:
            raise StoreError("no key for second factors was given", do="name the key's file in the settings")
        made = make_enrolment(row["name"], self._site)
        self._change(row, {"totp_asked": self._seal.seal(made.secret, row["name"])}, actor, "totp_begun", None)
        return made

    def pending_totp(self, name: str) -> Enrolment | None:
        """Give again what ``begin_totp`` gave, after a wrong code; None where nothing was begun."""
        row = self._read(name)
        if not row["totp_asked"]:
            return None
        return write_enrolment(self._door.open_secret(row["totp_asked"], row["name"]), row["name"], self._site)

    def enrol_totp(self, name: str, code: str, actor: Actor, *, keep: str = "") -> tuple[str, ...]:
        """Begin to ask for a second factor, once its first code is right; gives the recovery codes, shown once.

        Raises UsageError for a wrong code, and where ``begin_totp`` was not called.
        """
        row = self._read(name)
        if not row["totp_asked"]:
            raise UsageError("no second factor was begun", do="begin again")
        secret = self._door.open_secret(row["totp_asked"], row["name"])
        match = match_code(secret, code, self._clock(), 0, (), row["name"])
        if not match.step:
            raise UsageError("the code is wrong", do="look at the clock of the device, then type the next code")
        codes = make_recovery()
        values = {"totp": row["totp_asked"], "totp_asked": "", "totp_step": match.step}
        self._change(row, values | _keep_digests(row, codes), actor, "totp_enrolled", keep)
        return codes

    def renew_recovery(self, name: str, actor: Actor) -> tuple[str, ...]:
        """Give new recovery codes; the former ones are no longer good."""
        row = self._read(name)
        if not row["totp"]:
            raise UsageError(f"{name} has no second factor", do="enrol one first")
        codes = make_recovery()
        self._change(row, _keep_digests(row, codes), actor, "recovery_renewed", None)
        return codes

    def remove_totp(self, name: str, actor: Actor, *, keep: str = "") -> Account:
        """Ask for no second factor any more."""
        return self._change(self._read(name), NO_TOTP, actor, "totp_removed", keep)

    def _read(self, name: str) -> dict[str, Any]:
        with self._ledger.reading() as connection:
            return read_row(connection, name)

    def _change(
        self, seen: dict[str, Any], values: dict[str, Any], actor: Actor, action: str, keep: str | None
    ) -> Account:
        """Change an account that is as it was seen; ``keep`` None leaves its sessions."""
        with self._ledger.change(actor) as change:
            row = read_row(change.connection, seen["name"])
            if row["version"] != seen["version"]:
                raise ConflictError(f"account {seen['name']} was changed meanwhile", do="read it again, then decide")
            account = write_row(change, row, values, action)
            if keep is not None:
                end_sessions(change, row["name"], but=keep)
        return account


NO_TOTP = {"totp": "", "totp_asked": "", "totp_step": 0, "recovery": "[]"}
"""Columns of an account without a second factor."""


def list_former(row: dict[str, Any], security: Security) -> str:
    """Give the hashes of former passwords, as they are kept once the present one is another: no one-time secrets."""
    present = [row["password"]] if row["password"] and not row["secret_until_ns"] else []
    return json.dumps([*present, *json.loads(row["former"])][: security.passwords_kept])


def read_row(connection: Any, name: str) -> dict[str, Any]:
    """Read the row of an account; raises UsageError where there is none."""
    row = find_row(connection, name)
    if row is None:
        raise UsageError(f"no account {name[:64]!r}", do="`wanglou user list` shows them")
    return row


def write_row(change: Change, row: dict[str, Any], values: dict[str, Any], action: str) -> Account:
    """Change columns of an account, if any differ, and count the version; gives what it is then."""
    if any(row[name] != value for name, value in values.items()):
        values = {**values, "version": row["version"] + 1}
        change.update(ACCOUNT, {"name": row["name"]}, values, action=action)
    return read_account({**row, **values})


def _keep_digests(row: dict[str, Any], codes: Iterable[str]) -> dict[str, Any]:
    return {"recovery": json.dumps([digest_recovery(row["name"], code) for code in codes])}
