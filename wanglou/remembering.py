"""The few records of a replay that are remembered, so that they need not be read back from the lake at its end."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

SMALL = ("flow", "asset", "alert")
"""Datasets that closing tables tell of, and of which most captures have few records."""
MOST_ROWS = 10_000
"""Records of one dataset that are remembered; where there are more, none are."""


class Remembered:
    """All records of the small datasets, as long as they are few."""

    def __init__(self) -> None:
        """Nothing was seen yet."""
        self._parts: dict[str, list[pa.Table]] = {name: [] for name in SMALL}
        self._rows: dict[str, int] = {}

    def add(self, tables: Mapping[str, pa.Table]) -> None:
        """Take what is due of a batch."""
        for name in self._parts.keys() & tables.keys():
            table = tables[name]
            self._rows[name] = self._rows.get(name, 0) + table.num_rows
            if self._rows[name] > MOST_ROWS:
                del self._parts[name]
            elif table.num_rows:
                self._parts[name].append(table)

    @property
    def tables(self) -> dict[str, pa.Table]:
        """The datasets of which there were few; one without any record is not among them."""
        return {name: pa.concat_tables(parts) for name, parts in self._parts.items() if parts}
