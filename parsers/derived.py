"""What a batch's tables say together: the derived tables, made of the others in any thread, batch after batch."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from parsers.columns import Origin
from parsers.registry import DERIVED_TABLES, DerivedTable
from parsers.schema import DATASETS


class DerivedTables:
    """The derived tables of one capture and what they remember."""

    def __init__(self, origin: Origin) -> None:
        """Start with none: each is loaded when what it reads first comes."""
        self._origin = origin
        self._tables: dict[str, DerivedTable] = {}

    def extend(self, tables: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
        """Give the records of a batch: of its ``tables``, by name, those that are datasets, and what they say."""
        known = dict(tables)
        for name, make, reads in DERIVED_TABLES:
            if known and (not reads or reads & known.keys()):
                table = self._tables[name] = self._tables.get(name) or make(self._origin)
                made = table.add(known)
                if len(made):
                    known[name] = made
        return {name: table for name, table in known.items() if name in DATASETS}

    @property
    def counters(self) -> dict[str, int]:
        """Counters of the derived tables that were given something."""
        return {name: count for table in self._tables.values() for name, count in table.counters.items()}
