"""Which index a record goes to: one a day, a week or a month by its dataset's volume, all behind one alias.

Names: ``<prefix>-<dataset>-2026.09.21`` (a day), ``-2026.09.21w`` (the week that begins on that Monday), ``-2026.09``
(a month), ``-quarantine``. 180 days of a park with every dataset are below 500 shards of one copy.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from correlation.quarantine import DAY_NS, END_NS, FIRST_NS, NAME, Admission

Period = Literal["day", "week", "month"]
PERIODS: dict[str, Period] = {"flow": "day", "modbus": "day", "opcua": "week", "mqtt": "week", "dns": "week",
                              "rollup": "week"}  # fmt: skip
"""How long the indices of a dataset reach; of those not named, a month."""


def period_of(dataset: str) -> Period:
    """Tell how long the indices of a dataset reach."""
    return PERIODS.get(dataset, "month")


def day_of(time_ns: int) -> date:
    """UTC day of a time from 1990 until 2100."""
    return datetime.fromtimestamp(time_ns // 10**9, UTC).date()


def start_of(day: date) -> int:
    """First nanosecond of a UTC day."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 10**9


@dataclass(frozen=True, slots=True)
class Partition:
    """One index: the days it covers."""

    dataset: str
    suffix: str
    first: date | None = None
    """First day; None for the quarantine."""
    end: date | None = None
    """First day after it."""


def partition_on(dataset: str, day: date) -> Partition:
    """Give the partition of a day."""
    period = period_of(dataset)
    if period == "day":
        return Partition(dataset, f"{day:%Y.%m.%d}", day, day + timedelta(days=1))
    if period == "week":
        monday = day - timedelta(days=day.weekday())
        return Partition(dataset, f"{monday:%Y.%m.%d}w", monday, monday + timedelta(days=7))
    first = day.replace(day=1)
    return Partition(dataset, f"{day:%Y.%m}", first, (first + timedelta(days=31)).replace(day=1))


def parse_partition(dataset: str, suffix: str) -> Partition | None:
    """Read what ``partition_on`` wrote, whatever the dataset's period is now; None for anything else."""
    if suffix == NAME:
        return Partition(dataset, NAME)
    found = re.fullmatch(r"(\d{4})\.(\d\d)(?:\.(\d\d)(w?))?", suffix, re.ASCII)
    if found is None:
        return None
    try:
        first = date(int(found[1]), int(found[2]), int(found[3] or 1))
        days = 31 if found[3] is None else 7 if found[4] else 1
        end = first + timedelta(days=days)
    except (ValueError, OverflowError):
        return None
    return Partition(dataset, suffix, first, end.replace(day=1) if found[3] is None else end)


class Chooser:
    """Chooses the partitions of one capture's records."""

    def __init__(self, admission: Admission) -> None:
        """Ask ``admission`` before a partition is opened."""
        self._admission = admission
        self._known: dict[tuple[str, int], str] = {}

    def choose(self, dataset: str, time_ns: int) -> str:
        """Give the suffix of the index for a record."""
        key = (dataset, time_ns // DAY_NS)
        found = self._known.get(key)
        if found == NAME:
            self._admission.rows += 1
        if found is None:
            found = self._known[key] = self._decide(dataset, time_ns)
        return found

    def _decide(self, dataset: str, time_ns: int) -> str:
        if not FIRST_NS <= time_ns < END_NS:
            self._admission.rows += 1
            return NAME
        suffix = partition_on(dataset, day_of(time_ns)).suffix
        return suffix if self._admission.admit(dataset, suffix, time_ns) else NAME
