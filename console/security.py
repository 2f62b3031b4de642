"""Settings of accounts, with where each default comes from; what names no source is our own choice."""

from __future__ import annotations

from dataclasses import dataclass

SECOND_NS = 1_000_000_000
MINUTE_NS = 60 * SECOND_NS
HOUR_NS = 60 * MINUTE_NS
DAY_NS = 24 * HOUR_NS


@dataclass(frozen=True, slots=True)
class Security:
    """How passwords, sessions, sign-ins and tokens are guarded."""

    argon2_passes: int = 3
    """Iterations of argon2id: RFC 9106, 4, the second recommended option, which is above OWASP's least (19 MiB, 2)."""
    argon2_memory_kib: int = 65_536
    """Memory of one hash, KiB: the same."""
    argon2_lanes: int = 4
    """Lanes: the same."""
    hashes_at_once: int = 2
    """Passwords hashed at the same time; each takes the memory above."""
    password_least: int = 15
    """Characters of a password at least: NIST SP 800-63B-4, 3.1.1.2, of one used without a second factor."""
    password_most: int = 128
    """Characters at most; NIST asks for 64 or more."""
    password_kinds: int = 3
    """Kinds of characters (small, capital, digits, others) at least: GB/T 22239-2019, 8.1.4.1 a) asks for complexity
    without saying which, NIST SP 800-63B-4 would have none. 0 asks for none."""
    password_days: int = 90
    """Days until a password must be changed: GB/T 22239-2019, 8.1.4.1 a) asks for change now and then without saying
    when, NIST would have none. 0 asks for none."""
    passwords_kept: int = 5
    """Former passwords that cannot be taken again."""
    secret_hours: int = 72
    """Hours in which a one-time secret can be used."""
    idle_minutes: int = 30
    """Minutes without a request after which a session ends."""
    absolute_hours: int = 12
    """Hours after which a session ends whatever happens in it."""
    sessions_each: int = 20
    """Sessions of an account at once; a further one ends the oldest."""
    free_attempts: int = 5
    """Failed sign-ins after which delays begin, of an account and of an origin."""
    first_delay_s: int = 2
    """First delay; each further failure doubles it."""
    longest_delay_s: int = 900
    """Longest delay."""
    failures_kept_hours: int = 24
    """Hours after the last failure in which it is remembered."""
    most_failures: int = 100
    """Failures in a row that lock an account: NIST SP 800-63B-4, 3.2.2 allows no more."""
    throttle_rows: int = 10_000
    """Origins, and names that are no account's, whose failures are remembered; those of longest ago are forgotten."""
    refusals_per_minute: int = 60
    """Refused sign-ins that are audited one by one; of what is more, the next row tells how many they were."""
    token_days: int = 90
    """Days of an API token unless other is asked."""
    token_days_most: int = 366
    """Days of an API token at most."""
    tokens_each: int = 50
    """API tokens of an account at once."""

    @property
    def idle_ns(self) -> int:
        """Idle time of a session, nanoseconds."""
        return self.idle_minutes * MINUTE_NS

    @property
    def absolute_ns(self) -> int:
        """Life of a session, nanoseconds."""
        return self.absolute_hours * HOUR_NS
