"""Sending once more what a cluster refused, after the reason is gone."""

from __future__ import annotations

import json
import threading
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from correlation.dead_letter import DeadLetter, DeadLetters
from correlation.elastic_bulk import BulkWriter, Item
from correlation.elastic_cluster import Cluster
from correlation.elastic_error import failing
from correlation.elastic_migrate import MOVING


@dataclass(frozen=True, slots=True)
class Redelivery:
    """What became of the dead letters."""

    sent: int = 0
    """Documents that are in the cluster now."""
    refused: int = 0
    """Refused once more; they are in the file again."""
    foreign: int = 0
    """Of another store, by the names of their indices: not sent, they are in the file again."""
    damaged: int = 0
    """Lines that could not be read, now and before; they lie in a file of their own."""


class _Returned(DeadLetters):
    """Takes what is refused once more, and counts it by capture."""

    def __init__(self, path: Path) -> None:
        """Use the same file."""
        super().__init__(path)
        self.captures = Counter[str]()
        self._lock = threading.Lock()

    def add(self, letters: list[DeadLetter]) -> None:
        """Append letters; called by several threads."""
        super().add(letters)
        with self._lock:
            self.captures.update(map(_capture_of, letters))


def _capture_of(letter: DeadLetter) -> str:
    """Give the capture that a document is of; empty for what is of none."""
    return str(letter.document.get("wanglou.capture") or "")


def redeliver(cluster: Cluster) -> Redelivery:
    """Send all dead letters of the cluster, and let its captures' counts follow.

    Raises StoreError, after which the letters are there still.
    """
    foreign: list[DeadLetter] = []
    returned, taken = _Returned(cluster.letters.path), Counter[str]()
    with cluster.letters.taking() as letters:
        bulk = BulkWriter(cluster.client, cluster.where, returned)
        try:
            for letter in letters:
                index = letter.index.removeprefix(MOVING)  # whose records are still in the index that was to be moved
                if index.startswith(f"{cluster.prefix}-"):
                    body = json.dumps(letter.document, ensure_ascii=False) if letter.action != "delete" else ""
                    bulk.add(Item(index, letter.id, body, letter.action))
                    taken[_capture_of(letter)] += 1
                else:
                    foreign.append(letter)
            written = bulk.flush()
        finally:
            bulk.close()
        if foreign:
            cluster.letters.add(foreign)
        with failing(cluster.where):
            if written.made:
                cluster.refresh(*cluster.datasets)
            for capture, count in (taken - returned.captures).items():
                cluster.captures.settle(capture, count)
    damaged = cluster.letters.measure().damaged
    return Redelivery(written.made + written.known, written.dead, len(foreign), damaged)
