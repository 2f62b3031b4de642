"""Where the records of lists of alerts come from."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from correlation.alert_filter import DATASET
from correlation.alert_line import Record
from correlation.query_tree import Node
from correlation.record import read_records
from correlation.store import Store

MOST_ROWS = 1_000
"""Alerts of one page."""


@dataclass(frozen=True, slots=True)
class AlertSource:
    """Where records come from, and which of their fields are wanted; none for all."""

    store: Store
    fields: frozenset[str]

    def search(self, node: Node, limit: int, after: str = "", *, newest_first: bool = True) -> list[Record]:
        """Give at most so many records behind a place."""
        batches = self.store.search(
            DATASET, node, limit=limit, newest_first=newest_first, after=after, fields=self.fields
        )
        return list(islice((record for batch in batches for record in read_records(batch)), limit))
