"""What one may see: the tenant filter, in this one place.

A ``Scope`` names the enterprises whose things somebody may see. ``ScopedStore`` is a store read through one: the filter
is ANDed to the checked tree of each query, never to its text, so that no query can get around it. Tables of the ledger
are filtered by ``Scope.where``.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
import sqlalchemy as sa

from console.read_only import ReadOnly
from correlation.query import parse_query
from correlation.query_tree import And, Equal, Everything, Node, Not, Or
from correlation.store import (
    Aggregation,
    Bucket,
    Capture,
    CaptureRecord,
    DiskUsage,
    Document,
    Groups,
    Store,
    Terms,
    Value,
)
from parsers.schema import Dataset
from wanglou.errors import StoreError, UsageError

ENTERPRISE = "organization.id"
"""Field of every record that says whose it is."""
CAPTURE = "wanglou.capture"
MOST_CAPTURES = 10_000
"""Captures of one dataset in which records of an enterprise are looked for, those with the most first."""
_NOTHING = Not(Everything())


@dataclass(frozen=True, slots=True)
class Scope:
    """The enterprises whose things may be seen; None is the whole park, the empty set nothing."""

    enterprises: frozenset[str] | None

    def __post_init__(self) -> None:
        """Refuse an enterprise without a name, which would admit what belongs to none."""
        if self.enterprises is not None and "" in self.enterprises:
            raise UsageError("an enterprise of a scope has no name", do="leave it out")

    @property
    def is_whole(self) -> bool:
        """True for the whole park."""
        return self.enterprises is None

    def admits(self, enterprise: str | None) -> bool:
        """True where things of this enterprise may be seen; those of none belong to the park."""
        return self.enterprises is None or (enterprise is not None and enterprise in self.enterprises)

    def where(self, column: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
        """Give the condition on a table's column of enterprises."""
        return sa.true() if self.enterprises is None else column.in_(sorted(self.enterprises))

    def restrict(self, enterprises: Iterable[str] | None) -> Scope:
        """Give what is in this scope and among ``enterprises``; None leaves it as it is."""
        if enterprises is None:
            return self
        named = frozenset(enterprises)
        return Scope(named if self.enterprises is None else named & self.enterprises)

    def narrow(self, node: Node, dataset: Dataset) -> Node:
        """Give the query that finds of ``node`` what may be seen; nothing where records do not say whose they are."""
        if self.enterprises is None:
            return node
        field = dataset.field(ENTERPRISE)
        if field is None or not self.enterprises:
            return _NOTHING
        parts = tuple(Equal(field, one) for one in sorted(self.enterprises))
        return And((parts[0] if len(parts) == 1 else Or(parts), node))


WHOLE = Scope(None)
"""The whole park."""


class ScopedStore(ReadOnly):
    """The reading side of a store, as far as ``scope`` reaches; what writes is refused.

    Documents, and what the store takes on its disk, belong to the park: only the whole scope reads them.
    """

    def __init__(self, store: Store, scope: Scope, clock: Callable[[], int] = time.time_ns) -> None:
        """Read ``store``; ``clock`` gives what ``now`` means in queries, in nanoseconds."""
        self._store, self.scope, self._clock = store, scope, clock

    @property
    def datasets(self) -> Mapping[str, Dataset]:
        """The datasets of the store, by name."""
        return self._store.datasets

    def search(
        self,
        dataset: str,
        query: str | Node = "",
        *,
        start_ns: int | None = None,
        end_ns: int | None = None,
        limit: int = 0,
        newest_first: bool = True,
        after: str = "",
        fields: Collection[str] = (),
    ) -> Iterator[pa.RecordBatch]:
        """Find records as ``Store.search`` does."""
        return self._store.search(
            dataset,
            self._narrow(dataset, query),
            start_ns=start_ns,
            end_ns=end_ns,
            limit=limit,
            newest_first=newest_first,
            after=after,
            fields=fields,
        )

    def count(
        self, dataset: str, query: str | Node = "", *, start_ns: int | None = None, end_ns: int | None = None
    ) -> int:
        """Count the records that ``search`` would find."""
        return self._store.count(dataset, self._narrow(dataset, query), start_ns=start_ns, end_ns=end_ns)

    def aggregate(
        self,
        dataset: str,
        aggregation: Aggregation,
        query: str | Node = "",
        *,
        start_ns: int | None = None,
        end_ns: int | None = None,
    ) -> Sequence[Bucket]:
        """Summarise the records that ``search`` would find."""
        return self._store.aggregate(
            dataset, aggregation, self._narrow(dataset, query), start_ns=start_ns, end_ns=end_ns
        )

    def tabulate(
        self,
        dataset: str,
        groups: Groups,
        query: str | Node = "",
        *,
        start_ns: int | None = None,
        end_ns: int | None = None,
    ) -> pa.Table:
        """Give groups of the records that ``search`` would find as a table."""
        return self._store.tabulate(dataset, groups, self._narrow(dataset, query), start_ns=start_ns, end_ns=end_ns)

    def get(self, event_id: str) -> dict[str, Value] | None:
        """Find one record by its ``event.id``; None where there is none that may be seen."""
        record = self._store.get(event_id)
        if record is None or self.scope.is_whole:
            return record
        enterprise = record.get(ENTERPRISE)
        return record if isinstance(enterprise, str) and self.scope.admits(enterprise) else None

    def state(self, identity: str) -> Capture | None:
        """Tell what is kept of a capture, as ``captures`` would; None where there is none that may be seen."""
        if self.scope.is_whole:
            return self._store.state(identity)
        found = self._store.state(identity)
        if found is None or found.record.enterprise:
            return found and self._veil(found, {})
        rows = {name: self._count_capture(dataset, identity) for name, dataset in self.datasets.items()}
        return self._veil(found, {name: count for name, count in rows.items() if count})

    def captures(self) -> Sequence[Capture]:
        """List the captures that may be seen, by name.

        A capture that was declared to belong to an enterprise of the scope is told as it is. One of the park is told
        where it has records of the scope: named by its key, with only those records counted, and without size, times
        and counters, which tell of others' traffic too.
        """
        found = self._store.captures()
        if self.scope.is_whole:
            return found
        rows = self._count_captures()
        told = (self._veil(capture, rows.get(capture.record.identity, {})) for capture in found)
        return sorted((one for one in told if one is not None), key=lambda one: (one.record.name, one.record.identity))

    def get_document(self, kind: str, name: str) -> Document | None:
        """Find a document; raises StoreError where the scope is not the whole park."""
        return self._whole().get_document(kind, name)

    def list_documents(self, kind: str) -> Iterator[Document]:
        """Give all documents of a kind; raises StoreError where the scope is not the whole park."""
        return self._whole().list_documents(kind)

    def disk_usage(self) -> DiskUsage:
        """Measure the store; raises StoreError where the scope is not the whole park."""
        return self._whole().disk_usage()

    def _whole(self) -> Store:
        if not self.scope.is_whole:
            raise StoreError("this belongs to the whole park", do="ask somebody who may see the whole park")
        return self._store

    def _veil(self, capture: Capture, rows: Mapping[str, int]) -> Capture | None:
        record = capture.record
        if record.enterprise:
            return capture if self.scope.admits(record.enterprise) else None
        if not rows:
            return None
        return replace(
            capture,
            record=CaptureRecord(record.identity, record.key),
            counters={},
            detection_digest="",
            rows=rows,
            size_bytes=0,
            min_ns=None,
            max_ns=None,
        )

    def _count_capture(self, dataset: Dataset, identity: str) -> int:
        field = dataset.field(CAPTURE)
        return 0 if field is None else self.count(dataset.name, Equal(field, identity))

    def _count_captures(self) -> Mapping[str, Mapping[str, int]]:
        """Count the records of the scope, by capture and dataset."""
        counts: dict[str, Counter[str]] = {}
        for name, dataset in self.datasets.items():
            if dataset.field(ENTERPRISE) is None or dataset.field(CAPTURE) is None:
                continue
            for bucket in self.aggregate(name, Terms(CAPTURE, MOST_CAPTURES)):
                counts.setdefault(str(bucket.key), Counter())[name] += int(bucket.value)
        return counts

    def _narrow(self, dataset: str, query: str | Node) -> str | Node:
        schema = self.datasets.get(dataset)
        if self.scope.is_whole or schema is None:  # the store says which datasets there are
            return query
        return self.scope.narrow(parse_query(query, schema, now_ns=self._clock()), schema)
