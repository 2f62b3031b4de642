"""The store on an Elasticsearch cluster, version 8.19 or 9: the same answers as the lake's, for many sensors.

Indices: ``<prefix>-<dataset>-<days>`` behind the alias ``<prefix>-<dataset>`` (``elastic_partition``),
``<prefix>-captures`` and ``<prefix>-documents-<kind>``. Needs no script, no lifecycle management and no data stream of
the server's.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa

from correlation import elastic_answers as answers
from correlation.aggregate import Summary
from correlation.dead_letter import DeadLetters
from correlation.elastic_check import look, look_at, look_at_spool, require_health
from correlation.elastic_client import Address, connect
from correlation.elastic_cluster import Cluster
from correlation.elastic_courier import PROBE_S, Courier, Done, Order, carry_out, is_out_of_reach
from correlation.elastic_document import Documents
from correlation.elastic_error import failing
from correlation.elastic_ingest import ElasticIngest, make_alerts
from correlation.elastic_migrate import migrate
from correlation.elastic_partition import Chooser
from correlation.elastic_redelivery import Redelivery, redeliver
from correlation.elastic_retention import Retention
from correlation.elastic_setup import Setup
from correlation.finding import Finding
from correlation.lake import default_datasets
from correlation.minute_rollup import ROLLUP, ROLLUPS
from correlation.quarantine import Admission
from correlation.query_tree import Node
from correlation.questions import Questions, Search
from correlation.spool import Spool, Waiting
from correlation.store import (
    Bucket,
    Capture,
    CaptureRecord,
    DiskUsage,
    Document,
    Expired,
    Groups,
    Ingest,
    TopHits,
)
from correlation.volume import ROLLED, Policy, parse_policies, select
from parsers.schema import Dataset
from wanglou.errors import StoreError, UsageError


class Elastic(Questions):
    """A store on one cluster. Opening is lazy: nothing is sent before the first call."""

    def __init__(
        self,
        address: Address,
        datasets: Mapping[str, Dataset] | None = None,
        *,
        dead_letters: Path,
        spool: Path | None = None,
        clock: Callable[[], int] = time.time_ns,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        """Use the cluster at ``address``; ``clock`` gives what ``now`` means in queries, ``seconds`` times attempts.

        ``spool`` is where records wait while the cluster is out of reach, unless the address names a folder.
        """
        self.address = address
        kept = datasets if datasets is not None else {**default_datasets(), ROLLUPS: ROLLUP}
        self._clock = clock
        asked = parse_policies(address.keep, kept)
        self._client, where = connect(address), str(address)
        self._cluster = Cluster(self._client, where, address.prefix, kept, DeadLetters(dead_letters))
        self._documents = Documents(self._client, where, address.prefix)
        self._setup = Setup(self._cluster, self._documents, asked)
        folder = address.spool or spool
        self._spool = Spool(folder, address.spool_max) if folder is not None else None
        self._courier = Courier(self._cluster, self._spool, self._setup.prepare, seconds) if self._spool else None
        self._retention = Retention(self._cluster)

    @property
    def datasets(self) -> Mapping[str, Dataset]:
        """The datasets it keeps, by name."""
        return self._cluster.datasets

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    def init(self, keep: str | None = None) -> None:
        """Put the index templates in place where they lack or differ; indices made later follow them.

        ``keep`` is how much of which dataset all that write are to keep from now on (``volume.parse_policies``); None
        leaves that as it is. Raises StoreError for a server of another version.
        """
        self._setup.put(keep)

    @property
    def policies(self) -> Mapping[str, Policy]:
        """How much of each dataset is kept; of those not named, everything. The address goes before the store."""
        return self._setup.policies

    @contextmanager
    def ingest(self, capture: CaptureRecord, identity: Future[str] | None = None) -> Iterator[Ingest]:
        """Write a capture's records from its first packet on; see ``lake.Lake.ingest``.

        Records are there once, however often and by how many they are written. Left without ``commit``, the capture
        stays ``ingesting`` with the records that were acknowledged.
        """
        courier = self._courier if self.address.spool or not capture.size_bytes else None
        policies = self._begin_writing(courier)
        rolled = [name for name, policy in policies.items() if policy == ROLLED]
        ingest = ElasticIngest(self._cluster, capture, identity, Admission(), courier=courier, rolled=rolled)
        try:
            with select(ingest, policies, self.datasets) as selective:
                yield selective
        finally:
            ingest.close()

    def _begin_writing(self, courier: Courier | None) -> Mapping[str, Policy]:
        """Make ready, and tell how much is kept: as was told last, or by the address, while the cluster is away."""
        known = self._setup.known_policies
        if courier is not None and courier.is_down():
            return known
        try:
            self._setup.prepare()
            known = self.policies
        except StoreError as error:
            if courier is None or not is_out_of_reach(error):
                raise
        return known

    def forgo_spool(self) -> None:
        """From now on let an outage be an error: for who can write the same again."""
        self._courier = None

    def drain(self, most: int = 0, done: Done = lambda _capture: None) -> int:
        """Send what waits in the spool, in order, or its first ``most`` entries; gives how many. Raises StoreError.

        ``done`` is told each capture that is complete with it.
        """
        return self._courier.drain(most, done) if self._courier is not None else 0

    def replace_alerts(self, identity: str, alerts: pa.Table, detection_digest: str) -> None:
        """Put ``alerts`` in the place of that complete capture's alerts, and of no other's."""
        found = self.state(identity)
        if found is None or not found.is_complete:
            raise StoreError(f"the capture {identity} is not complete", do="replay it first")
        items = make_alerts(self._cluster, identity, alerts, Chooser(Admission()))
        carry_out(self._cluster, Order("complete", found.record, items, (), found.counters, detection_digest))

    def require_health(self) -> None:
        """Raise StoreError where the cluster is red: some of its records can be neither read nor written."""
        require_health(self._cluster)

    def _find(self, search: Search) -> Iterator[pa.RecordBatch]:
        self._setup.require_version()
        return answers.find(self._cluster, search)

    def _count(self, dataset: Dataset, node: Node) -> int:
        self._setup.require_version()
        return answers.count(self._cluster, dataset, node)

    def _summarise(self, dataset: Dataset, node: Node, aggregation: Summary | TopHits | Groups) -> Sequence[Bucket]:
        self._setup.require_version()
        return answers.summarise(self._cluster, dataset, node, aggregation)

    def state(self, identity: str) -> Capture | None:
        """Tell what is kept of a capture; None when the cluster has not met it."""
        self._setup.require_version()
        with failing(self._cluster.where):
            return next(iter(self._cluster.captures.find_all(identity)), None)

    def captures(self) -> Sequence[Capture]:
        """List the captures by name."""
        self._setup.require_version()
        with failing(self._cluster.where):
            return self._cluster.captures.find_all()

    def delete_capture(self, identity: str) -> Capture:
        """Remove a capture and all that came from it; gives what was there."""
        found = self.state(identity)
        if found is None:
            raise UsageError(f"no capture {identity} in the store", do="`wanglou capture list` shows them")
        self._retention.delete(found)
        return found

    def expire(self, max_bytes: int) -> Sequence[Expired]:
        """Remove whole days, the oldest first, until the store takes at most ``max_bytes``; gives what went."""
        return self._retention.expire(max_bytes)

    def expire_older(self, before: date, *, dry_run: bool = False) -> Sequence[Expired]:
        """Remove the whole UTC days before ``before``, or only tell what would go; gives the days, oldest first."""
        return self._retention.expire_older(before, dry_run=dry_run)

    def disk_usage(self) -> DiskUsage:
        """Measure the store: its indices with their copies, and what the fullest node has left."""
        return self._retention.measure()

    def put_document(self, kind: str, name: str, body: Mapping[str, Any], expected: str | None = None) -> Document:
        """Write a document: unconditionally, or only over version ``expected``, which is ``""`` where none is there.

        Raises ConflictError where another version is there.
        """
        self._setup.prepare()
        return self._documents.put(kind, name, body, expected)

    def get_document(self, kind: str, name: str) -> Document | None:
        """Find a document as it was written last, or None."""
        return self._documents.get(kind, name)

    def list_documents(self, kind: str) -> Iterator[Document]:
        """Give all documents of a kind by id."""
        return self._documents.find_all(kind)

    def delete_document(self, kind: str, name: str, expected: str | None = None) -> bool:
        """Remove a document, as ``put_document`` would write it; gives whether there was one."""
        return self._documents.remove(kind, name, expected)

    @property
    def letters(self) -> DeadLetters:
        """Where documents lie that the cluster refused."""
        return self._cluster.letters

    @property
    def place(self) -> str:
        """Which store this is: its first address and prefix."""
        return f"{self.address.urls[0]} {self.address.prefix}"

    def put_documents(self, kind: str, documents: Iterable[tuple[str, Mapping[str, Any], int]]) -> int:
        """Write documents of id, body and time in nanoseconds, unconditionally; gives how many were refused."""
        self._setup.prepare()
        items = (self._documents.make_item(kind, *one) for one in documents)
        return self._cluster.write(items, PROBE_S)

    def delete_documents(self, kind: str, names: Iterable[str]) -> None:
        """Remove documents; those that are not there are no error."""
        self._setup.prepare()
        self._cluster.write((self._documents.make_removal(kind, name) for name in names), PROBE_S)

    def list_document_names(self, kind: str) -> Iterator[str]:
        """Give the ids of all documents of a kind."""
        for document in self._documents.find_all(kind):
            yield document.id

    def check(self) -> Iterator[Finding]:
        """Look at the cluster: what is fine, what will bite, what is wrong; what waits for it comes first."""
        spool = look_at_spool(self._spool)
        if spool.grade != "fine":
            yield spool
        yield from look(self._cluster, self._setup.make_templates())
        yield from look_at("volume", self._cluster, self._setup.look_at_volume)
        if spool.grade == "fine":
            yield spool

    def migrate(self) -> Iterator[tuple[str, str]]:
        """Bring templates and indices to this version; gives each index that changed, and how, as it is done."""
        self.init()
        return migrate(self._cluster, self._setup.make_templates())

    def waiting(self) -> Waiting:
        """Tell what waits in the spool, and what found no room in it."""
        return self._spool.measure() if self._spool is not None else Waiting(0, 0, 0, 0)

    def replay_dead_letters(self) -> Redelivery:
        """Send refused documents again; those of another store are refused. Tells what became of them."""
        return redeliver(self._cluster)

    def remove_all(self) -> None:
        """Remove every index and template that the prefix begins: all that is kept here."""
        self._setup.remove()
