"""Writing one capture into a cluster: the ``Ingest`` of ``elastic.py``.

Ids are made of what the records are, so a capture that is read again after an interruption, or by two processes at
once, is there once. The note of the capture is changed last: what it calls complete is acknowledged and searchable.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace

import pyarrow as pa

from correlation.dead_letter import Action
from correlation.elastic_bulk import PATIENCE_S, Item, Written
from correlation.elastic_cluster import Cluster
from correlation.elastic_courier import Courier, Keeper, Order, carry_out
from correlation.elastic_partition import Chooser
from correlation.elastic_record import encode_table
from correlation.ingest import ALERTS
from correlation.minute_rollup import ROLLUPS
from correlation.quarantine import Admission
from correlation.store import CaptureRecord
from parsers.schema import Dataset
from wanglou.errors import StoreError

SPOOLED_PATIENCE_S = 10.0
"""How long one request is tried where a spool takes what the cluster is out of reach for."""


class ElasticIngest:
    """Writes a capture's records."""

    def __init__(
        self,
        cluster: Cluster,
        capture: CaptureRecord,
        identity: Future[str] | None,
        admission: Admission,
        *,
        courier: Courier | None = None,
        rolled: Sequence[str] = (),
    ) -> None:
        """Take ``capture`` on, with a Future for its identity as soon as that is known.

        With a ``courier`` what the cluster is out of reach for waits in its spool. ``rolled`` are the datasets that are
        counted by the minute.
        """
        self._cluster, self._capture, self._identity, self._admission = cluster, capture, identity, admission
        self._chooser, self._rolled = Chooser(admission), tuple(rolled)
        self._begun = False
        self._courier = courier
        self._keeper = Keeper(courier, may_lose=not capture.size_bytes) if courier is not None else None
        self._bulk = cluster.bulk(self._keeper, SPOOLED_PATIENCE_S if courier is not None else PATIENCE_S)
        self._touched: set[str] = set()

    def _begin(self) -> None:
        """Note the capture; what an earlier run parsed otherwise goes first."""
        if self._begun:
            return
        if self._identity is not None:
            self._capture = replace(self._capture, identity=self._identity.result())
        self._bring(Order("begin", self._capture, datasets=self._rolled))
        self._begun = True

    def _bring(self, order: Order) -> int:
        """Carry an order out, now or later; gives how many of its documents were refused."""
        return carry_out(self._cluster, order) if self._keeper is None else self._keeper.bring(order)

    @property
    def key(self) -> str:
        """How the ids of its records begin."""
        self._begin()
        return self._capture.key

    def append(self, dataset: str, table: pa.Table) -> None:
        """Add records of one dataset, in the order the packets came; raises what an earlier table met."""
        known = self._cluster.datasets.get(dataset)
        if known is None or dataset == ALERTS:
            raise StoreError(f"{dataset!r} is no dataset that records are appended to", where=self._cluster.where)
        if not table.num_rows:
            return
        if not table.schema.equals(known.arrow) or table["@timestamp"].null_count:
            raise StoreError(f"a table of {dataset} does not have the dataset's columns, or lacks a time")
        if self._courier is not None:
            self._courier.visit()
        self._begin()
        self._add(known, table)

    def _add(self, dataset: Dataset, table: pa.Table) -> None:
        self._touched.add(dataset.name)
        action: Action = "index" if dataset.name == ROLLUPS else "create"  # what was counted anew holds
        for row in encode_table(dataset, table, self._capture.identity):
            index = self._cluster.index(dataset.name, self._chooser.choose(dataset.name, row.time_ns))
            self._bulk.add(Item(index, row.identity, row.body, action))

    def commit(self, alerts: pa.Table, counters: Mapping[str, int], detection_digest: str) -> Mapping[str, int]:
        """Wait until everything is acknowledged or in the spool, put ``alerts`` in place, mark the capture complete.

        Gives what went elsewhere: refused, quarantined, lost, or waiting in the spool.
        """
        if self._courier is not None:
            self._courier.visit(0)
        self._begin()
        written = self._bulk.flush()
        items = make_alerts(self._cluster, self._capture.identity, alerts, self._chooser)
        losses = count_losses(written, self._admission)
        told = {**counters, **losses, **(self._keeper.losses if self._keeper is not None else {})}
        order = Order("complete", self._capture, items, tuple(sorted(self._touched)), told, detection_digest)
        if dead := self._bring(order):
            losses["store_dead_letters"] = losses.get("store_dead_letters", 0) + dead
        return {**losses, **(self._keeper.counters if self._keeper is not None else {})}

    def close(self) -> None:
        """End the threads."""
        self._bulk.close()


def count_losses(written: Written, admission: Admission) -> dict[str, int]:
    """Count what went elsewhere: refused documents, and those with times that no clock should show."""
    dead = {"store_dead_letters": written.dead} if written.dead else {}
    return {**dead, **admission.counters}


def make_alerts(cluster: Cluster, identity: str, alerts: pa.Table, chooser: Chooser) -> tuple[Item, ...]:
    """Make the documents of a capture's alerts, which take the place of those of the same id."""
    rows = encode_table(cluster.datasets[ALERTS], alerts, identity)
    return tuple(
        Item(cluster.index(ALERTS, chooser.choose(ALERTS, row.time_ns)), row.identity, row.body, "index")
        for row in rows
    )
