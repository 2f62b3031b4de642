"""Passwords: hashed with argon2id (RFC 9106), and the rules for new ones.

Rules and their sources are told at ``Security``. A guessable password is found by zxcvbn (Wheeler, USENIX Security
2016), which knows common passwords, words, names, dates, keyboard runs and repetitions; words of the trade and of the
account are added, as NIST SP 800-63B-4, 3.1.1.2 asks of a blocklist.
"""

from __future__ import annotations

import base64
import secrets
import string
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from threading import BoundedSemaphore
from typing import Literal, get_args

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from console.security import Security
from wanglou.errors import StoreError, UsageError

Fault = Literal["long", "unprintable", "short", "kinds", "name", "guessable", "reused"]
FAULTS: tuple[Fault, ...] = get_args(Fault)
"""What can be wrong with a new password; texts of pages lie at ``accounts.fault.<name>``."""

WAIT_S = 10.0
"""How long a password waits for others that are being hashed."""
_STRONG = 4
"""Least score of zxcvbn, its highest: 10^10 guesses or more."""
_SCORED = 72
"""Characters that zxcvbn looks at: its time grows with their cube."""
_NAMED, _NAMED_SIGNS = 4, 2
"""Letters of a name that make it part of a password; of Chinese ones, signs."""
PRODUCT = ("Wanglou", "望楼")
"""What a password shall not hold either: everybody knows where it is for."""
_BLOCKED = Path(__file__).with_name("blocked_words.txt")
_GROUPS, _GROUP = 5, 5
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Characters of secrets that are read from paper: none that look alike; 31, so 5 groups of 5 are 123 bits."""


class PasswordError(UsageError):
    """A new password that breaks rules."""

    def __init__(self, faults: Iterable[Fault], security: Security) -> None:
        """Keep the faults, in the order of FAULTS."""
        self.faults = tuple(faults)
        told = "; ".join(_TOLD[fault].format(s=security) for fault in self.faults)
        super().__init__(f"the password cannot be taken: {told}", do="choose another")


_TOLD: dict[Fault, str] = {
    "long": "it has more than {s.password_most} characters",
    "unprintable": "it holds characters that cannot be typed",
    "short": "it has less than {s.password_least} characters",
    "kinds": "it needs {s.password_kinds} of small letters, capitals, digits, other characters",
    "name": "it holds a name: of the account, the person, the site or the product",
    "guessable": "it is easily guessed",
    "reused": "it was used before",
}


class BusyError(StoreError):
    """Too many passwords are being hashed at once."""


class Hasher:
    """Hashes and verifies passwords, few at once, as each takes much memory."""

    def __init__(self, security: Security) -> None:
        """Hash by ``security``."""
        self._argon2 = PasswordHasher(
            time_cost=security.argon2_passes,
            memory_cost=security.argon2_memory_kib,
            parallelism=security.argon2_lanes,
            type=Type.ID,
        )
        self._most = security.password_most
        self._places = BoundedSemaphore(security.hashes_at_once)
        self._nobody = _make_nobody(security)

    def hash(self, password: str) -> str:
        """Hash a password with fresh salt; raises BusyError."""
        with self._place():
            return self._argon2.hash(self._encode(password))

    def verify(self, stored: str, password: str) -> bool:
        """Tell whether ``password`` is that of a hash; always hashes once. Raises BusyError."""
        with self._place():
            try:
                return self._argon2.verify(stored, self._encode(password))
            except (VerificationError, InvalidHashError):
                return False

    def verify_nobody(self, password: str) -> None:
        """Do what verifying costs where there is no hash, so that nobody learns who has an account."""
        self.verify(self._nobody, password)

    def is_outdated(self, stored: str) -> bool:
        """True where a hash was made with other parameters."""
        return self._argon2.check_needs_rehash(stored)

    def _encode(self, password: str) -> bytes:
        """Normalise (NFKC, Unicode Standard Annex 15) as NIST asks; of what nobody can have taken, nothing is left."""
        if len(password) > self._most:
            return b"\0"
        return normalise(password).encode("utf-8", "surrogatepass")

    def _place(self) -> _Place:
        return _Place(self._places)


def _make_nobody(security: Security) -> str:
    """Write a hash of the settings' parameters that no password has: random bytes where the digest goes."""
    salt, digest = (base64.b64encode(secrets.token_bytes(size)).decode().rstrip("=") for size in (16, 32))
    memory, passes, lanes = security.argon2_memory_kib, security.argon2_passes, security.argon2_lanes
    return f"$argon2id$v=19$m={memory},t={passes},p={lanes}${salt}${digest}"


class _Place:
    """A place among those who hash."""

    def __init__(self, places: BoundedSemaphore) -> None:
        """Wait for one of ``places`` when entered."""
        self._places = places

    def __enter__(self) -> None:
        if not self._places.acquire(timeout=WAIT_S):
            raise BusyError("too many sign-ins at once", do="try again in a few seconds")

    def __exit__(self, *_: object) -> None:
        self._places.release()


def normalise(password: str) -> str:
    """Give the one form of a password, whatever keyboard or system it comes from."""
    return unicodedata.normalize("NFKC", password)


def find_faults(password: str, security: Security, names: Iterable[str] = ()) -> tuple[Fault, ...]:
    """Tell what is wrong with a new password; ``names`` are those of account, person and site."""
    if len(password) > security.password_most:
        return ("long",)
    text = normalise(password)
    if not text.isprintable():
        return ("unprintable",)
    words = [part.lower() for name in (*names, *PRODUCT) for part in (name, *name.split()) if part]
    checks: tuple[tuple[Fault, bool], ...] = (
        ("short", len(text) < security.password_least),
        ("kinds", _count_kinds(text) < security.password_kinds),
        ("name", any(word in text.lower() for word in words if _is_telling(word))),
        ("guessable", _is_guessable(text, words)),
    )
    return tuple(fault for fault, is_wrong in checks if is_wrong)


def _is_telling(word: str) -> bool:
    return len(word) >= (_NAMED if word.isascii() else _NAMED_SIGNS)


def _count_kinds(text: str) -> int:
    kinds = (string.ascii_lowercase, string.ascii_uppercase, string.digits)
    named = sum(any(mark in kind for mark in text) for kind in kinds)
    return named + any(all(mark not in kind for kind in kinds) for mark in text)


def _is_guessable(text: str, words: list[str]) -> bool:
    from zxcvbn import zxcvbn  # noqa: PLC0415 - its word lists are only needed here

    if not text:
        return True
    known = [*words, *_BLOCKED.read_text(encoding="utf-8").split()]
    return int(zxcvbn(text[:_SCORED], user_inputs=known)["score"]) < _STRONG


def make_secret() -> str:
    """Make a one-time secret that can be typed: 123 random bits in five groups."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))
