"""The records our own parsers make of a capture, as plain dictionaries."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from parsers.dissection import Dissector
from sensors.pcap import open_capture

Record = dict[str, Any]


@cache
def read_records(path: Path) -> dict[str, list[Record]]:
    """Records of every dataset of a capture, in the order in which they were made."""
    capture = open_capture(path)
    dissector = Dissector(capture.identity, path.name)
    found: dict[str, list[Record]] = {}
    for tables in (*map(dissector.feed, capture.batches()), dissector.finish()):
        for dataset, table in tables.items():
            found.setdefault(dataset, []).extend(table.to_pylist())
    return found
