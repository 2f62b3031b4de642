"""The questions every store answers: checked, bound to a stretch of time, and handed to the store as trees."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from correlation.aggregate import Summary
from correlation.query_sql import parse_event_id
from correlation.query_tree import And, Between, Equal, Everything, Node
from correlation.record import choose_fields, key_type, parse_position, read_records
from correlation.store import Aggregation, Bucket, Filters, Groups, Several, Single, TopHits, Value
from parsers.schema import Dataset
from wanglou.errors import UsageError


@dataclass(frozen=True, slots=True)
class Search:
    """Which records are wanted, how many, and in which order."""

    dataset: Dataset
    node: Node
    limit: int = 0
    newest_first: bool = True
    after: str = ""
    names: tuple[str, ...] = ()
    """Fields that are wanted; none for all."""

    def check(self) -> None:
        """Raise UsageError for a limit, a position or a field that cannot be."""
        choose_fields(self.dataset, self.names)
        if self.limit < 0:
            raise UsageError("the limit is a number of records, or 0 for all")
        if self.after:
            parse_position(self.dataset, self.after)


class Questions(ABC):
    """A store as people ask it; what each kind of store does is to find, count and summarise."""

    _clock: Callable[[], int]
    """What ``now`` means in queries, nanoseconds since 1970 UTC."""

    @property
    @abstractmethod
    def datasets(self) -> Mapping[str, Dataset]:
        """The datasets it keeps, by name."""

    @abstractmethod
    def _find(self, search: Search) -> Iterator[pa.RecordBatch]:
        """Give the records in batches of the schema ``record.result_schema(dataset, names)``."""

    @abstractmethod
    def _count(self, dataset: Dataset, node: Node) -> int:
        """Count the records that fit."""

    @abstractmethod
    def _summarise(self, dataset: Dataset, node: Node, aggregation: Summary | TopHits | Groups) -> Sequence[Bucket]:
        """Summarise the records that fit."""

    def stop(self) -> None:  # noqa: B027 - a cluster ends its queries by itself
        """Let queries under way end with StoreError, where that can be, for a program that is about to end."""

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
        """Find the records of a dataset that fit ``query`` from ``start_ns`` until before ``end_ns``.

        Batches have the schema ``record.result_schema(dataset, fields)``, ordered by time and, within a nanosecond, by
        ``event.id``'s parts; ``limit`` 0 gives all, with bounded memory. ``after`` goes on behind a record, by its
        ``record.position_of``. Of wide datasets a few ``fields`` are found in a fraction of the time; none gives all.
        Raises QueryError or UsageError at once; StoreError may come while reading.
        """
        schema = self._dataset(dataset)
        node = self._parse(schema, query, start_ns, end_ns)
        search = Search(schema, node, limit, newest_first, after, tuple(sorted(fields)))
        search.check()
        return self._find(search)

    def count(
        self, dataset: str, query: str | Node = "", *, start_ns: int | None = None, end_ns: int | None = None
    ) -> int:
        """Count the records that ``search`` would find."""
        schema = self._dataset(dataset)
        return self._count(schema, self._parse(schema, query, start_ns, end_ns))

    def aggregate(
        self,
        dataset: str,
        aggregation: Aggregation,
        query: str | Node = "",
        *,
        start_ns: int | None = None,
        end_ns: int | None = None,
    ) -> Sequence[Bucket]:
        """Summarise the records that ``search`` would find; the kind of store says how exact that is."""
        schema = self._dataset(dataset)
        node = self._parse(schema, query, start_ns, end_ns)
        if isinstance(aggregation, Several):
            found = self._summarise_each(schema, node, aggregation.parts)
            return [Bucket(name, float(len(found[name])), parts=tuple(found[name])) for name in aggregation.parts]
        return self._summarise_one(schema, node, aggregation)

    def _summarise_each(
        self, dataset: Dataset, node: Node, parts: Mapping[str, Single]
    ) -> Mapping[str, Sequence[Bucket]]:
        """Answer several questions about the same records."""
        return {name: self._summarise_one(dataset, node, one) for name, one in parts.items()}

    def _summarise_one(self, dataset: Dataset, node: Node, aggregation: Single) -> Sequence[Bucket]:
        if isinstance(aggregation, Filters):
            parts = {name: And((node, self._parse(dataset, text))) for name, text in aggregation.queries.items()}
            return [Bucket(name, float(self._count(dataset, part))) for name, part in parts.items()]
        return self._summarise(dataset, node, aggregation)

    def tabulate(
        self,
        dataset: str,
        groups: Groups,
        query: str | Node = "",
        *,
        start_ns: int | None = None,
        end_ns: int | None = None,
    ) -> pa.Table:
        """Give the groups of the records that ``search`` would find as a table, where they are many; in no order.

        Columns are named as the grouped fields, ``records``, and the fields added up, which are float64. Times are
        nanoseconds. Of more groups than ``groups.size`` the commonest come.
        """
        schema = self._dataset(dataset)
        return self._tabulate(schema, self._parse(schema, query, start_ns, end_ns), groups)

    def _tabulate(self, dataset: Dataset, node: Node, groups: Groups) -> pa.Table:
        """Make a table of what ``_summarise`` gives."""
        buckets = self._summarise(dataset, node, groups)
        columns = {
            name: pa.array([one.keys[place] for one in buckets], key_type(dataset, name))
            for place, name in enumerate(groups.fields)
        }
        columns["records"] = pa.array([int(one.value) for one in buckets], pa.int64())
        for place, name in enumerate(groups.sums):
            columns[name] = pa.array([one.sums[place] for one in buckets], pa.float64())
        return pa.table(columns)

    def get(self, event_id: str) -> dict[str, Value] | None:
        """Find one record by its ``event.id``; None when there is none."""
        found = parse_event_id(event_id)
        for name, dataset in self.datasets.items():
            field = dataset.field("event.id")
            if field is None or (field.derived and (found is None or found.dataset != name)):
                continue
            for batch in self._find(Search(dataset, Equal(field, event_id), limit=1)):
                return next(read_records(batch))
        return None

    def _dataset(self, name: str) -> Dataset:
        if name not in self.datasets:
            raise UsageError(f"no dataset {name!r}", do=f"there are {', '.join(self.datasets)}")
        return self.datasets[name]

    def _parse(
        self, dataset: Dataset, query: str | Node, start_ns: int | None = None, end_ns: int | None = None
    ) -> Node:
        """Check a query and bind it to a stretch of time."""
        from correlation.query import parse_query  # noqa: PLC0415 - whoever only writes does without the grammar

        node = parse_query(query, dataset, now_ns=self._clock())
        if start_ns is None and end_ns is None:
            return node
        time = next(field for field in dataset.fields if field.name == "@timestamp")
        span = Between(time, start_ns, end_ns, low_included=True, high_included=False)
        return span if isinstance(node, Everything) else And((node, span))
