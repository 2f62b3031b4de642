"""Failed sign-ins and the delays that follow them, by account and by origin.

An attempt is counted before the password is looked at and taken back when it was right, so that many attempts at once
gain nothing. Delays double with each failure. Names that are no account's are throttled as accounts are.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

import sqlalchemy as sa

from console.account_tables import ACCOUNT, THROTTLE
from console.security import HOUR_NS, MINUTE_NS, SECOND_NS, Security
from wanglou.ledger import Ledger

_IPV6_PREFIX = 64
"""Bits of an IPv6 address that one origin has: a host takes any address of its network (RFC 4291, 2.5.4)."""
_KEY_CHARACTERS = 64
_EVICTED = 100
"""Rows that make room at once when there are too many."""
Key = tuple[str, str]
"""Kind and key of a row."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt that was counted and may go on."""

    keys: tuple[Key, ...]
    failures: int
    """Failures of the account in a row, with this one if it fails."""


@dataclass(frozen=True, slots=True)
class Delay:
    """An attempt that came too early."""

    seconds: int
    """How long to wait, at least 1."""


class Throttle:
    """Counts failures in one ledger, opened with the component ACCOUNTS."""

    def __init__(
        self, ledger: Ledger, security: Security | None = None, clock: Callable[[], int] = time.time_ns
    ) -> None:
        """Count by ``security``; ``clock`` gives nanoseconds since 1970 UTC."""
        self._ledger, self._security, self._clock = ledger, security or Security(), clock

    def enter(self, name: str, origin: str) -> Attempt | Delay:
        """Count an attempt to sign in, unless it came too early."""
        now_ns = self._clock()
        with self._ledger.reading() as connection:  # most of a flood ends here, without waiting for a writer
            delay = self._find_delay(connection, name, origin, now_ns)
        if delay is not None:
            return delay
        with self._ledger.transaction() as connection:
            delay = self._find_delay(connection, name, origin, now_ns)
            if delay is not None:
                return delay
            keys = _keys(connection, name, origin)
            counts = [self._count(connection, key, now_ns) for key in keys]
        return Attempt(keys, counts[0])

    def forgive(self, connection: sa.Connection, attempt: Attempt) -> None:
        """Take an attempt back that was right: the account's failures are over, the origin has one less."""
        account, origin = attempt.keys
        connection.execute(sa.delete(THROTTLE).where(*_match(account)))
        fewer = sa.update(THROTTLE).where(*_match(origin), THROTTLE.c.failures > 0)
        connection.execute(fewer.values(failures=THROTTLE.c.failures - 1, until_ns=0))

    def release(self, connection: sa.Connection, attempt: Attempt) -> None:
        """Take an attempt back that nothing was learnt by: both have one failure less."""
        for key in attempt.keys:
            fewer = sa.update(THROTTLE).where(*_match(key), THROTTLE.c.failures > 0)
            connection.execute(fewer.values(failures=THROTTLE.c.failures - 1, until_ns=0))

    def forget(self, connection: sa.Connection, name: str) -> None:
        """Forget the failures of an account: it was unlocked, or got another password."""
        connection.execute(sa.delete(THROTTLE).where(*_match(("account", name))))

    def count_refusal(self) -> int | None:
        """Count a refusal for the audit: how many were not told before this one, or None where it is not told either.

        So many refusals a minute are told one by one that a flood cannot fill the audit.
        """
        now_ns = self._clock()
        key = ("audit", "refusals")
        with self._ledger.transaction() as connection:
            row = _read(connection, key) or {"failures": 0, "last_ns": now_ns, "until_ns": 0}
            is_new = now_ns - row["last_ns"] >= MINUTE_NS
            told = 0 if is_new else row["until_ns"]
            is_told = told < self._security.refusals_per_minute
            values = {
                "failures": 0 if is_told else row["failures"] + 1,
                "last_ns": now_ns if is_new else row["last_ns"],
                "until_ns": told + is_told,
            }
            _write(connection, key, values)
        return int(row["failures"]) if is_told else None

    def _find_delay(self, connection: sa.Connection, name: str, origin: str, now_ns: int) -> Delay | None:
        account, place = _keys(connection, name, origin)
        waits = [place] if _is_known_place(connection, name, place) else [account, place]
        rows = [row for key in waits if (row := _read(connection, key)) is not None]
        until_ns = max((row["until_ns"] for row in rows), default=0)
        return Delay(-(-(until_ns - now_ns) // SECOND_NS)) if until_ns > now_ns else None

    def _count(self, connection: sa.Connection, key: Key, now_ns: int) -> int:
        row = _read(connection, key)
        kept_ns = self._security.failures_kept_hours * HOUR_NS
        before = row["failures"] if row is not None and now_ns - row["last_ns"] < kept_ns else 0
        if row is None:
            self._make_room(connection, key[0], now_ns - kept_ns)
        failures = before + 1
        until_ns = now_ns + self._delay_s(failures) * SECOND_NS if self._delay_s(failures) else 0
        _write(connection, key, {"failures": failures, "last_ns": now_ns, "until_ns": until_ns})
        return failures

    def _delay_s(self, failures: int) -> int:
        beyond = failures - self._security.free_attempts
        if beyond < 0:
            return 0
        return min(self._security.first_delay_s << min(beyond, 32), self._security.longest_delay_s)

    def _make_room(self, connection: sa.Connection, kind: str, before_ns: int) -> None:
        """Keep the rows of a kind below their bound: accounts have one each, others go when they are old."""
        if kind == "account":
            return
        of_kind = THROTTLE.c.kind == kind
        count = connection.scalar(sa.select(sa.func.count()).select_from(THROTTLE).where(of_kind)) or 0
        if count < self._security.throttle_rows:
            return
        connection.execute(sa.delete(THROTTLE).where(of_kind, THROTTLE.c.last_ns < before_ns))
        oldest = sa.select(THROTTLE.c.key).where(of_kind).order_by(THROTTLE.c.last_ns).limit(_EVICTED)
        connection.execute(sa.delete(THROTTLE).where(of_kind, THROTTLE.c.key.in_(oldest.scalar_subquery())))


def find_origin(address: str) -> str:
    """Give the origin of an address: itself, of IPv6 its network, of what is no address its beginning."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address[:_KEY_CHARACTERS]
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or ip_network((found, _IPV6_PREFIX), strict=False))
    return str(found)


def _keys(connection: sa.Connection, name: str, origin: str) -> tuple[Key, Key]:
    is_known = connection.scalar(sa.select(sa.literal(1)).where(ACCOUNT.c.name == name)) is not None
    digest = hashlib.sha256(name.encode(errors="replace")).hexdigest()  # people type passwords where names go
    return ("account", name) if is_known else ("name", digest), ("origin", find_origin(origin))


def _is_known_place(connection: sa.Connection, name: str, place: Key) -> bool:
    """True where the account signed in from there last: others' failures do not keep its owner out."""
    found = connection.scalar(sa.select(ACCOUNT.c.signed_origin).where(ACCOUNT.c.name == name))
    return bool(found) and find_origin(str(found)) == place[1]


def _match(key: Key) -> tuple[sa.ColumnElement[bool], ...]:
    return THROTTLE.c.kind == key[0], THROTTLE.c.key == key[1]


def _read(connection: sa.Connection, key: Key) -> dict[str, Any] | None:
    row = connection.execute(sa.select(THROTTLE).where(*_match(key))).mappings().first()
    return None if row is None else dict(row)


def _write(connection: sa.Connection, key: Key, values: dict[str, Any]) -> None:
    done = connection.execute(sa.update(THROTTLE).where(*_match(key)).values(values))
    if not done.rowcount:
        connection.execute(sa.insert(THROTTLE).values(kind=key[0], key=key[1], **values))
