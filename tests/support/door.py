"""A door of the tests' own: accounts in memory, so that pages can be tried without those of the ledger."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace

from console.door import Enrolment, Entry, Guest
from console.permission import ROLES, Role
from correlation.store import Store
from wanglou.errors import UsageError

PASSWORD = "correct horse battery"  # noqa: S105 - of the tests


def make_guest(name: str, *roles: Role, enterprises: frozenset[str] | None = None) -> Guest:
    """Make somebody with these roles."""
    permissions: frozenset[str] = frozenset().union(*(ROLES[role] for role in roles))
    return Guest(name, permissions, enterprises, roles=roles)


@dataclass
class FakeDoor:
    """Lets in those of ``guests`` by the one password; keeps sessions and tokens in dicts."""

    guests: dict[str, Guest] = field(default_factory=dict)
    sessions: dict[str, Guest] = field(default_factory=dict)
    tokens: dict[str, Guest] = field(default_factory=dict)
    is_scoped: bool = True

    def admit(self, guest: Guest) -> str:
        """Begin a session and give its cookie."""
        cookie = secrets.token_urlsafe(16)
        self.sessions[cookie] = replace(guest, csrf=f"csrf-{cookie}")
        return cookie

    def issue(self, guest: Guest) -> str:
        """Issue a token."""
        secret = secrets.token_urlsafe(16)
        self.tokens[secret] = replace(guest, is_program=True)
        return secret

    def find_session(self, cookie: str, origin: str) -> Guest | None:
        """Find a session."""
        del origin
        return self.sessions.get(cookie)

    def find_token(self, secret: str, origin: str) -> Guest | None:
        """Find a token."""
        del origin
        return self.tokens.get(secret)

    def sign_in(self, name: str, password: str, code: str, origin: str) -> Entry:
        """Let in by the one password; ``totp`` also needs the code 123456."""
        del origin
        guest = self.guests.get(name)
        if guest is None or password != PASSWORD:
            return Entry()
        if name == "totp" and code != "123456":
            return Entry(needs_code=True)
        return Entry(self.admit(guest))

    def sign_out(self, cookie: str, origin: str) -> None:
        """End a session."""
        del origin
        self.sessions.pop(cookie, None)

    def change_password(self, guest: Guest, old: str, new: str, origin: str) -> str:
        """Take any password of twelve characters."""
        del origin
        if old != PASSWORD or len(new) < 12:
            raise UsageError("the password is too short", do="give at least 12 characters")
        return self.admit(replace(guest, duty=""))

    def begin_totp(self, guest: Guest) -> Enrolment:
        """Give the same secret always."""
        return Enrolment("JBSWY3DPEHPK3PXP", f"otpauth://totp/Wanglou:{guest.name}?secret=JBSWY3DPEHPK3PXP")

    def confirm_totp(self, guest: Guest, secret: str, code: str, origin: str) -> bool:
        """Take the code 123456."""
        del guest, secret, origin
        return code == "123456"

    def scoped(self, store: Store, enterprises: frozenset[str] | None) -> Store:
        """Give the store itself; tenants are tested where they are kept apart."""
        del enterprises
        return store
