"""Accounts with cheap passwords, a clock that tests move, and somebody to act."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pyotp

from console.account import Accounts
from console.account_row import Account
from console.account_tables import ACCOUNTS
from console.seal import KEY_FILE, Seal
from console.security import SECOND_NS, Security
from console.session import Sessions
from console.sign_in import SignedIn
from console.throttle import Throttle
from console.token import Tokens
from tests.support.ledgers import list_audit
from wanglou.audit import Actor, AuditRow
from wanglou.ledger import Ledger

BEGIN_NS = 1_790_000_000 * SECOND_NS
CHEAP = Security(argon2_passes=1, argon2_memory_kib=8, argon2_lanes=1)
"""A hash takes a tenth of a millisecond."""
ADMIN = Actor("user:root", "10.0.0.1")
HERE, THERE = "10.0.0.7", "203.0.113.9"
PASSWORD = "Tall-Crane 47 over the Basin"  # noqa: S105 - of nobody
OTHER = "nine Herons, 3 reeds & a heron"


@dataclass
class Clock:
    """Gives the time that a test says it is."""

    now_ns: int = BEGIN_NS

    def __call__(self) -> int:
        """Tell the time."""
        return self.now_ns

    def pass_by(self, seconds: float) -> None:
        """Let time pass."""
        self.now_ns += int(seconds * SECOND_NS)


@dataclass
class Office:
    """Everything about accounts over one ledger."""

    ledger: Ledger
    folder: Path
    security: Security = CHEAP
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        """Open what works on the ledger."""
        self.seal = Seal(self.folder / KEY_FILE)
        self.accounts = Accounts(self.ledger, self.security, seal=self.seal, clock=self.clock, site="Park")
        self.sessions = Sessions(self.ledger, self.security, self.clock)
        self.tokens = Tokens(self.ledger, self.security, self.clock)
        self.throttle = Throttle(self.ledger, self.security, self.clock)

    def add(self, name: str = "li", *roles: str, enterprises: tuple[str, ...] = ()) -> Account:
        """Make an account whose password is PASSWORD."""
        _, secret = self.accounts.create(name, roles or ("analyst",), ADMIN, enterprises=enterprises)
        changed = self.accounts.change_password(name, secret, PASSWORD, HERE)
        assert isinstance(changed, Account), changed
        return changed

    def enter(self, name: str = "li", password: str = PASSWORD, code: str = "", origin: str = HERE) -> SignedIn:
        """Sign in, which must succeed."""
        done = self.accounts.sign_in(name, password, code, origin)
        assert isinstance(done, SignedIn), done
        return done

    def enrol(self, name: str = "li") -> tuple[pyotp.TOTP, tuple[str, ...]]:
        """Give an account a second factor; gives what makes its codes, and the recovery codes."""
        device = pyotp.TOTP(self.accounts.begin_totp(name, ADMIN).secret)
        codes = self.accounts.enrol_totp(name, self.code(device), ADMIN)
        self.clock.pass_by(60)
        return device, codes

    def code(self, device: pyotp.TOTP, steps: int = 0) -> str:
        """Give the code of now, or of so many steps later."""
        return device.at(self.clock.now_ns // SECOND_NS, counter_offset=steps)

    def audit(self, kind: str = "account") -> list[AuditRow]:
        """Rows of the audit of one kind."""
        return [row for row in list_audit(self.ledger) if row.kind == kind]

    def actions(self, kind: str = "account") -> list[str]:
        """What was done, without the kind."""
        return [row.action.partition(".")[2] for row in self.audit(kind)]


def open_office(place: Path | str, folder: Path, security: Security = CHEAP) -> Office:
    """Open accounts over a new ledger."""
    clock = Clock()
    return Office(Ledger(place, [ACCOUNTS], create=True, clock=clock), folder, security, clock)
