"""Sending once more what a cluster refused, after the reason is gone."""

from __future__ import annotations

import json
from dataclasses import dataclass

from correlation.dead_letter import DeadLetter
from correlation.elastic_bulk import Item
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


def redeliver(cluster: Cluster) -> Redelivery:
    """Send all dead letters of the cluster; raises StoreError, after which they are there still."""
    foreign: list[DeadLetter] = []
    with cluster.letters.taking() as letters:
        bulk = cluster.bulk()
        try:
            for letter in letters:
                index = letter.index.removeprefix(MOVING)  # whose records are still in the index that was to be moved
                if index.startswith(f"{cluster.prefix}-"):
                    body = json.dumps(letter.document, ensure_ascii=False) if letter.action != "delete" else ""
                    bulk.add(Item(index, letter.id, body, letter.action))
                else:
                    foreign.append(letter)
            written = bulk.flush()
        finally:
            bulk.close()
        if foreign:
            cluster.letters.add(foreign)
    if written.made:
        with failing(cluster.where):
            cluster.refresh(*cluster.datasets)
    damaged = cluster.letters.measure().damaged
    return Redelivery(written.made + written.known, written.dead, len(foreign), damaged)
