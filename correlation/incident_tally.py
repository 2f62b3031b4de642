"""Counts of incidents that are kept until the ledger changes: every list asks for all that are open."""

from __future__ import annotations

import threading
from collections import OrderedDict

import sqlalchemy as sa

from correlation.incident_list import IncidentCounts, IncidentFilter, count_incidents
from wanglou.audit import read_head

MOST_KEPT = 64
"""Filters whose counts are kept; the one that was not asked for longest goes."""


class IncidentTally:
    """Counts as ``count_incidents`` does; any number of threads may use it."""

    def __init__(self) -> None:
        """Begin with nothing counted."""
        self._lock = threading.Lock()
        self._head = -1
        self._kept: OrderedDict[IncidentFilter, IncidentCounts] = OrderedDict()

    def count(self, connection: sa.Connection, asked: IncidentFilter) -> IncidentCounts:
        """Count what a filter finds in the snapshot of ``connection``."""
        head = read_head(connection).count
        with self._lock:
            found = self._kept.get(asked) if head == self._head else None
        if found is None:
            found = count_incidents(connection, asked)
        self._keep(head, asked, found)
        return found

    def _keep(self, head: int, asked: IncidentFilter, counts: IncidentCounts) -> None:
        """Keep counts of the newest head; every change of an incident is audited, and so moves it on."""
        with self._lock:
            if head < self._head:
                return
            if head > self._head:
                self._kept.clear()
                self._head = head
            self._kept[asked] = counts
            self._kept.move_to_end(asked)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
