"""How the console and what it rests on are doing: each check is one fact that somebody would act upon."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, cast

import sqlalchemy as sa

import wanglou
from console.figures import write_count, write_size
from console.job_tables import JOB
from console.jobs import Jobs
from console.services import find_key
from console.visit import Visit
from correlation.mirror_mark import count_behind
from correlation.opening import find_folder
from correlation.store import DiskUsage
from wanglou.errors import WanglouError

if TYPE_CHECKING:
    from correlation.elastic import Elastic

Condition = Literal["good", "warn", "bad"]
LEAST_FREE_BYTES = 5 << 30
"""Room on the disk below which somebody should act; our own choice."""
SLOW_MS = 250.0
"""A store or ledger that takes longer for the smallest question is slow; our own choice."""
LATE_CHANGES = 1_000
"""Changes that the read copy on a cluster has not followed; our own choice."""
_STARTED = time.monotonic()


@dataclass(frozen=True, slots=True)
class HealthRow:
    """One thing that was looked at."""

    name: str
    """Names its texts ``health.<name>``."""
    condition: Condition
    reason: str = ""
    """Names its text ``health.<name>_<reason>``, which says what is wrong and what to do."""
    values: dict[str, str] = field(default_factory=dict)
    """Figures, by name."""
    href: str = ""
    """Page that opens to what is behind it."""


def check_health(visit: Visit) -> Sequence[HealthRow]:
    """Look at everything."""
    checks = (
        _check_store,
        _check_spool,
        _check_copy,
        _check_disk,
        _check_ledger,
        _check_jobs,
        _check_accounts,
        _check_door,
    )
    return [row for check in checks for row in _look(visit, check)]


def worst(rows: Sequence[HealthRow]) -> Condition:
    """Tell the worst condition of all."""
    order: tuple[Condition, ...] = ("good", "warn", "bad")
    return max((row.condition for row in rows), key=order.index, default="good")


def tell_runtime() -> dict[str, str]:
    """Tell version and age of this process."""
    return {"version": wanglou.__version__, "seconds": str(int(time.monotonic() - _STARTED))}


def _look(visit: Visit, check: Callable[[Visit], Iterator[HealthRow]]) -> Iterator[HealthRow]:
    try:
        yield from list(check(visit))
    except (WanglouError, OSError):
        yield HealthRow(check.__name__.removeprefix("_check_"), "bad", "away")


def _check_store(visit: Visit) -> Iterator[HealthRow]:
    began = time.monotonic()
    captures = visit.store.captures()
    taken_ms = (time.monotonic() - began) * 1000
    values = {"captures": write_count(len(captures)), "ms": f"{taken_ms:.0f}"}
    is_slow = taken_ms > SLOW_MS
    yield HealthRow("store", "warn" if is_slow else "good", "slow" if is_slow else "", values, "/store")


def _check_spool(visit: Visit) -> Iterator[HealthRow]:
    """Tell what waits on this machine for a cluster; nothing waits for a lake."""
    if find_folder(visit.services.settings.store) is not None:
        return
    waiting = cast("Elastic", visit.services.store).waiting()
    reason = "waiting" if waiting.entries else "lost" if waiting.lost else ""
    values = {"rows": write_count(waiting.rows), "size": write_size(waiting.size_bytes)}
    values |= {"lost": write_count(waiting.lost)} if waiting.lost else {}
    yield HealthRow("spool", "warn" if reason else "good", reason, values, "/store")


def _check_copy(visit: Visit) -> Iterator[HealthRow]:
    """Tell whether the read copy on a cluster follows; beside a lake there is none."""
    if find_folder(visit.services.settings.store) is not None:
        return
    mark, behind = count_behind(visit.ledger, cast("Elastic", visit.services.store).place)
    reason = "failed" if mark.failures else "behind" if behind > LATE_CHANGES else ""
    values = {"behind": write_count(behind)} | ({"failures": write_count(mark.failures)} if mark.failures else {})
    yield HealthRow("copy", "warn" if reason else "good", reason, values)


def _check_disk(visit: Visit) -> Iterator[HealthRow]:
    usage: DiskUsage = visit.store.disk_usage()
    is_full = usage.free_bytes < LEAST_FREE_BYTES
    values = {"free": write_size(usage.free_bytes), "taken": write_size(usage.total_bytes)}
    yield HealthRow("disk", "warn" if is_full else "good", "full" if is_full else "", values, "/store")


def _check_ledger(visit: Visit) -> Iterator[HealthRow]:
    began = time.monotonic()
    head = visit.ledger.head()
    taken_ms = (time.monotonic() - began) * 1000
    values = {
        "changes": write_count(head.count),
        "size": write_size(visit.ledger.size_bytes()),
        "ms": f"{taken_ms:.0f}",
    }
    reason = "slow" if taken_ms > SLOW_MS else "" if visit.ledger.anchor else "unanchored"
    yield HealthRow("ledger", "warn" if reason else "good", reason, values)


def _check_jobs(visit: Visit) -> Iterator[HealthRow]:
    if not _has_jobs(visit):
        return
    counts = Jobs(visit.ledger).count(visit.enterprises)
    values = {str(name): write_count(number) for name, number in counts.items()}
    is_failed = bool(counts.get("failed"))
    yield HealthRow("jobs", "warn" if is_failed else "good", "failed" if is_failed else "", values, "/captures")


def _has_jobs(visit: Visit) -> bool:
    """True where a worker has made its tables in this ledger."""
    with visit.ledger.reading() as connection:
        return sa.inspect(connection).has_table(JOB.name)


def _check_accounts(visit: Visit) -> Iterator[HealthRow]:
    if not visit.may("users.manage"):
        return
    accounts = visit.services.door.accounts.list()
    locked = sum(not one.is_active for one in accounts)
    people = [one for one in accounts if not one.is_machine and one.is_active]
    bare = sum(not one.has_totp for one in people)
    values = {"locked": write_count(locked), "bare": write_count(bare), "people": write_count(len(people))}
    reason = "locked" if locked else "bare" if bare else ""
    yield HealthRow("accounts", "warn" if reason else "good", reason, values, "/users")


def _check_door(visit: Visit) -> Iterator[HealthRow]:
    key = find_key(visit.services.settings)
    if not visit.services.settings.is_encrypted and visit.request.url.scheme != "https":
        yield HealthRow("door", "warn", "plain")
    elif key is None:
        yield HealthRow("door", "warn", "keyless")
    else:
        yield HealthRow("door", "good")
