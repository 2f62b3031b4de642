"""The second factor: time-based one-time passwords (RFC 6238, by pyotp), and recovery codes for a lost device.

A code is good for its step of 30 s and one before and after it (RFC 6238, 5.2), and once: the step of the last code
that was used is kept, and no code of it or of an earlier one is good again.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

import pyotp

from console.security import SECOND_NS

STEP_S = 30
WINDOW = 1
"""Steps before and after the present one whose codes are good."""
RECOVERY_CODES = 10
_GROUPS, _GROUP = 4, 4
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
"""Alphabet of base32 (RFC 4648, 6): a recovery code has 80 random bits."""
_PLAIN = "A" * 32
"""What codes are compared with where there is no second factor; the answer is not used."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an authenticator needs to know; shown once."""

    secret: str
    """160 bits in base32, to be typed."""
    uri: str
    """The same as an ``otpauth`` address, to be shown as a QR code."""


@dataclass(frozen=True, slots=True)
class Match:
    """What a code is good for."""

    step: int = 0
    """Step of a one-time password; 0 where it is none."""
    recovery: str = ""
    """Digest of the recovery code that it is; empty where it is none."""

    @property
    def is_good(self) -> bool:
        """True where it is either."""
        return bool(self.step or self.recovery)


def make_enrolment(account: str, issuer: str) -> Enrolment:
    """Make a secret for an account; ``issuer`` is what authenticators show, without a colon."""
    return write_enrolment(pyotp.random_base32(), account, issuer)


def write_enrolment(secret: str, account: str, issuer: str) -> Enrolment:
    """Write what an authenticator needs to know of a secret."""
    label = issuer.replace(":", " ").strip() or "Wanglou"
    return Enrolment(secret, pyotp.TOTP(secret, interval=STEP_S).provisioning_uri(name=account, issuer_name=label))


def match_code(secret: str, code: str, now_ns: int, last_step: int, digests: Sequence[str], account: str) -> Match:
    """Find what a code is good for; takes the same work whatever it is. An empty ``secret`` matches nothing."""
    told = code.replace(" ", "")
    step = _find_step(secret or _PLAIN, told, now_ns, last_step)
    digest = digest_recovery(account, told)
    known = [one for one in digests if hmac.compare_digest(one, digest)]
    if not secret:
        return Match()
    return Match(step) if step else Match(recovery=known[0] if known else "")


def _find_step(secret: str, code: str, now_ns: int, last_step: int) -> int:
    totp = pyotp.TOTP(secret, interval=STEP_S)
    now = now_ns // SECOND_NS // STEP_S
    given = code if re.fullmatch("[0-9]{6}", code) else ""
    steps = range(max(0, now - WINDOW), now + WINDOW + 1)
    good = [step for step in steps if hmac.compare_digest(totp.generate_otp(step), given) and step > last_step]
    return max(good, default=0)


def make_recovery() -> tuple[str, ...]:
    """Make recovery codes, to be shown once."""
    return tuple(
        "-".join("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))
        for _ in range(RECOVERY_CODES)
    )


def digest_recovery(account: str, code: str) -> str:
    """Digest a recovery code of an account, however it was typed: random bits need no stretching."""
    plain = code.lower().replace("-", "").replace(" ", "")
    return hashlib.sha256(f"{account}\0{plain}".encode(errors="replace")).hexdigest()
