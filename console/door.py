"""Who is at the door: what the frame asks of accounts, sessions and tokens, and nothing more of them.

``Door`` is fulfilled by ``console.entrance`` over the accounts in the ledger, and by a small one of the tests' own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

from correlation.store import Store

Duty = Literal["", "password", "totp"]
"""What somebody must do before anything else: choose a password of their own, or set up a second factor."""


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody who was let in: a person with a session, or a program with a token."""

    name: str
    permissions: frozenset[str]
    enterprises: frozenset[str] | None = None
    """Enterprises whose records it may see; None for those of the whole park."""
    csrf: str = ""
    """What forms of the session carry; empty for programs."""
    roles: tuple[str, ...] = ()
    duty: Duty = ""
    is_program: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """What came of an attempt to sign in."""

    cookie: str = ""
    """Value of the session's cookie; empty where it was refused."""
    needs_code: bool = False
    """True where name and password are right and the code of the second factor is wanted."""
    wait_s: int = 0
    """Seconds to wait before another attempt, where there were too many."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A second factor that is being set up."""

    secret: str
    """In base 32, as apps take it."""
    address: str
    """The ``otpauth://`` address of it."""
    recovery: tuple[str, ...] = field(default=())


class Door(Protocol):
    """Accounts, sessions and tokens as the frame needs them."""

    def find_session(self, cookie: str, origin: str) -> Guest | None:
        """Find who holds a session that is still good, and note that it is used."""

    def find_token(self, secret: str, origin: str) -> Guest | None:
        """Find which program holds a token that is still good."""

    def sign_in(self, name: str, password: str, code: str, origin: str) -> Entry:
        """Try to sign in; a session begins where it succeeds."""

    def sign_out(self, cookie: str, origin: str) -> None:
        """End a session."""

    def change_password(self, guest: Guest, old: str, new: str, origin: str) -> str:
        """Change a password and give the new session's cookie; raises UsageError with what is wrong with it."""

    def begin_totp(self, guest: Guest) -> Enrolment:
        """Make a secret for a second factor; it holds from the first code that is given back."""

    def confirm_totp(self, guest: Guest, secret: str, code: str, origin: str) -> bool:
        """Take the second factor into use where the code fits."""

    def scoped(self, store: Store, enterprises: frozenset[str] | None) -> Store:
        """Give the store as somebody of these enterprises may read it."""
