"""Expiry of old days at once: what would go, and the job that lets it go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from console.job import Job
from console.visit import Visit
from correlation.store import Expired
from wanglou.errors import UsageError

MOST_DAYS = 36_500
USUAL_DAYS = 90
"""Days that stay where neither the address nor the settings say how many."""
SECOND_NS = 10**9


@dataclass(frozen=True, slots=True)
class Expiry:
    """What would go."""

    before: date
    """The first day, UTC, that stays."""
    days: Sequence[Expired]

    @property
    def records(self) -> int:
        """Records of these days."""
        return sum(sum(day.rows.values()) for day in self.days)

    @property
    def size_bytes(self) -> int:
        """What they take."""
        return sum(day.size_bytes for day in self.days)


def read_days(visit: Visit) -> int:
    """Read how many days shall stay: ``?days=``, else as many as the settings say; raises UsageError."""
    text = visit.asked("days").strip()
    if not text:
        return visit.services.work.keep_days or USUAL_DAYS
    if not (text.isascii() and text.isdigit() and len(text) < 7 and 0 < int(text) <= MOST_DAYS):
        raise UsageError(f"{text[:16]!r} is no number of days", do=f"give 1 to {MOST_DAYS}")
    return int(text)


def find_expiry(visit: Visit, days: int) -> Expiry:
    """Tell what goes where the last ``days`` days and today stay; nothing is removed."""
    before = _today(visit) - timedelta(days=days)
    return Expiry(before, visit.services.store.expire_older(before, dry_run=True))


def expire(visit: Visit, before: str) -> Job:
    """Ask the worker to remove the days before one, UTC; raises UsageError for what is none, or is yet to come."""
    try:
        day = date.fromisoformat(before)
    except ValueError:
        raise UsageError(f"{before[:16]!r} is no day", do="give one as 2026-11-21") from None
    if day > _today(visit):
        raise UsageError(f"{day} is yet to come", do="give today or a day before it")
    subject = {"before": day.isoformat()}
    return visit.services.backstage.jobs.add(visit.actor, "expire", subject, day.isoformat())


def _today(visit: Visit) -> date:
    return datetime.fromtimestamp(visit.now_ns // SECOND_NS, UTC).date()
