"""Which partition a record belongs to, and which records may open none: their clock, or their number, is off.

A capture with a broken clock would open a folder or an index for each of its days, or one in the year 2201 that no
retention ever reaches. Its records are kept and found like all others, in one partition apart, and counted.
"""

from __future__ import annotations

from datetime import UTC, datetime

DAY_NS = 86_400 * 10**9
FIRST_NS = int(datetime(1990, 1, 1, tzinfo=UTC).timestamp()) * 10**9
"""Before it no sensor saw a packet: clocks that were never set begin in 1970 or 1980."""
END_NS = int(datetime(2100, 1, 1, tzinfo=UTC).timestamp()) * 10**9
"""First nanosecond that is too late."""
MOST_PARTITIONS = 400
"""Partitions that one capture may open in all datasets: a year of days, and some."""
NAME = "quarantine"


class Admission:
    """Decides for one capture, by its records alone and in their order, so that reading it again decides the same."""

    def __init__(self, most: int | None = None) -> None:
        """Let ``most`` partitions be opened, ``MOST_PARTITIONS`` by default."""
        self._most = MOST_PARTITIONS if most is None else most
        self._open: set[tuple[str, object]] = set()
        self.rows = 0
        """Records that went to quarantine."""

    def admit(self, dataset: str, partition: object, start_ns: int, rows: int = 1) -> bool:
        """Tell whether records of ``partition``, which begins at ``start_ns``, may go there; else they are counted."""
        key = (dataset, partition)
        if key in self._open:
            return True
        if FIRST_NS <= start_ns < END_NS and len(self._open) < self._most:
            self._open.add(key)
            return True
        self.rows += rows
        return False

    @property
    def counters(self) -> dict[str, int]:
        """What is told with the capture's other counters; nothing where nothing went there."""
        return {"store_quarantined": self.rows} if self.rows else {}
