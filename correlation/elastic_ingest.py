"""Writing one capture into a cluster: the ``Ingest`` of ``elastic.py``.

Ids are made of what the records are, so a capture that is read again after an interruption, or by two processes at
once, is there once. The note of the capture is changed last: what it calls complete is acknowledged and searchable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

import pyarrow as pa
from elasticsearch import Elasticsearch

from correlation.dead_letter import DeadLetters
from correlation.elastic_bulk import BulkWriter, Item, Written
from correlation.elastic_capture import Captures
from correlation.elastic_error import failing
from correlation.elastic_mapping import alias_of
from correlation.elastic_partition import Chooser
from correlation.elastic_record import encode_table
from correlation.elastic_search import LENIENT
from correlation.ingest import ALERTS
from correlation.quarantine import Admission
from correlation.store import CaptureRecord
from parsers.schema import Dataset
from wanglou.errors import StoreError


class Cluster:
    """What all that touches one cluster needs."""

    def __init__(
        self, client: Elasticsearch, where: str, prefix: str, datasets: Mapping[str, Dataset], letters: DeadLetters
    ) -> None:
        """Keep it together; ``where`` names the cluster in errors."""
        self.client, self.where, self.prefix, self.datasets, self.letters = client, where, prefix, datasets, letters
        self.captures = Captures(client, prefix, datasets)

    def pattern(self, dataset: str) -> str:
        """Name all indices of a dataset, of which there may be none."""
        return f"{alias_of(self.prefix, dataset)}-*"

    def index(self, dataset: str, suffix: str) -> str:
        """Name one index."""
        return f"{alias_of(self.prefix, dataset)}-{suffix}"

    def bulk(self) -> BulkWriter:
        """Start writing."""
        return BulkWriter(self.client, self.where, self.letters)

    def refresh(self, *datasets: str) -> None:
        """Let searches see what was written."""
        patterns = [self.pattern(dataset) for dataset in datasets]
        self.client.indices.refresh(index=patterns, **LENIENT)

    def find_ids(self, pattern: str, query: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Give index and id of all documents that fit, in pages."""
        answer = self.client.search(
            index=pattern, query=query, size=5_000, scroll="2m", sort=["_doc"], source=False, **LENIENT
        )
        scroll = answer.get("_scroll_id")
        try:
            while hits := answer["hits"]["hits"]:
                yield from ((hit["_index"], hit["_id"]) for hit in hits)
                answer = self.client.scroll(scroll_id=answer["_scroll_id"], scroll="2m")
        finally:
            if scroll:
                self.client.options(ignore_status=404).clear_scroll(scroll_id=scroll)

    def delete_found(self, dataset: str, query: Mapping[str, Any], keep: Callable[[str], bool] | None = None) -> int:
        """Delete the documents of a dataset that fit, but those whose id ``keep`` keeps; gives how many."""
        pattern = self.pattern(dataset)
        bulk, gone = self.bulk(), 0
        try:
            for index, name in self.find_ids(pattern, query):
                if keep is None or not keep(name):
                    bulk.add(Item(index, name, "", "delete"))
                    gone += 1
            bulk.flush()
        finally:
            bulk.close()
        if gone:
            self.refresh(dataset)
        return gone

    def of_capture(self, identity: str) -> dict[str, Any]:
        """Ask for a capture's records."""
        return {"term": {"wanglou.capture": {"value": identity}}}


class ElasticIngest:
    """Writes a capture's records."""

    def __init__(
        self, cluster: Cluster, capture: CaptureRecord, identity: Future[str] | None, admission: Admission
    ) -> None:
        """Take ``capture`` on, with a Future for its identity as soon as that is known."""
        self._cluster, self._capture, self._identity, self._admission = cluster, capture, identity, admission
        self._chooser = Chooser(admission)
        self._begun = False
        self._bulk = cluster.bulk()
        self._touched: set[str] = set()

    def _begin(self) -> None:
        """Note the capture; what an earlier run parsed otherwise goes first."""
        if self._begun:
            return
        if self._identity is not None:
            self._capture = replace(self._capture, identity=self._identity.result())
        with failing(self._cluster.where):
            known = self._cluster.captures.find(self._capture)
            if known is not None and known["parser_digest"] != self._capture.parser_digest:
                for dataset in self._cluster.datasets:
                    self._cluster.delete_found(dataset, self._cluster.of_capture(self._capture.identity))
            self._cluster.captures.save(self._capture, "ingesting")
        self._begun = True

    def append(self, dataset: str, table: pa.Table) -> None:
        """Add records of one dataset, in the order the packets came; raises what an earlier table met."""
        known = self._cluster.datasets.get(dataset)
        if known is None or dataset == ALERTS:
            raise StoreError(f"{dataset!r} is no dataset that records are appended to", where=self._cluster.where)
        if not table.num_rows:
            return
        if not table.schema.equals(known.arrow) or table["@timestamp"].null_count:
            raise StoreError(f"a table of {dataset} does not have the dataset's columns, or lacks a time")
        self._begin()
        self._add(known, table)

    def _add(self, dataset: Dataset, table: pa.Table) -> None:
        self._touched.add(dataset.name)
        for row in encode_table(dataset, table, self._capture.identity):
            index = self._cluster.index(dataset.name, self._chooser.choose(dataset.name, row.time_ns))
            self._bulk.add(Item(index, row.identity, row.body))

    def commit(self, alerts: pa.Table, counters: Mapping[str, int], detection_digest: str) -> None:
        """Wait until everything is acknowledged, put ``alerts`` in place and mark the capture complete."""
        self._begin()
        written = self._bulk.flush()
        cluster = self._cluster
        with failing(cluster.where):
            if self._touched:
                cluster.refresh(*self._touched)
            write_alerts(cluster, self._capture.identity, alerts, self._bulk, self._chooser)
            told = {**counters, **count_losses(written, self._admission)}
            cluster.captures.save(self._capture, "complete", counters=told, detection_digest=detection_digest)

    def close(self) -> None:
        """End the threads."""
        self._bulk.close()


def count_losses(written: Written, admission: Admission) -> dict[str, int]:
    """Count what went elsewhere: refused documents, and those with times that no clock should show."""
    dead = {"store_dead_letters": written.dead} if written.dead else {}
    return {**dead, **admission.counters}


def write_alerts(cluster: Cluster, identity: str, alerts: pa.Table, bulk: BulkWriter, chooser: Chooser) -> None:
    """Write a capture's alerts by id, then remove those it no longer has."""
    dataset = cluster.datasets[ALERTS]
    ids = set()
    for row in encode_table(dataset, alerts, identity):
        index = cluster.index(ALERTS, chooser.choose(ALERTS, row.time_ns))
        bulk.add(Item(index, row.identity, row.body, "index"))
        ids.add(row.identity)
    bulk.flush()
    cluster.refresh(ALERTS)
    cluster.delete_found(ALERTS, cluster.of_capture(identity), ids.__contains__)
