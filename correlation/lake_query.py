"""How a lake answers: which files the manifest says may hold what is asked, and DuckDB over those."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pyarrow as pa

from correlation.aggregate import Summary, check_field
from correlation.answers import Answers, shorten
from correlation.captures import find_captures
from correlation.counting import count_records
from correlation.damage import SegmentError, blame
from correlation.grouping import add_hits, check_hits
from correlation.groups import fields_of, tabulate
from correlation.manifest import Segment, Wanted, read_generation
from correlation.passes import summarise_each
from correlation.pruning import FileFacts, list_fields
from correlation.query_sql import Condition, compile_sql, parse_event_id, time_bounds
from correlation.query_tree import And, Equal, Node
from correlation.questions import Search
from correlation.reader import ATTEMPTS, Reader, has_lost_files
from correlation.search import find_records
from correlation.search_query import Asked
from correlation.search_window import Files
from correlation.store import Bucket, Groups, TopHits
from correlation.survey import Surveyor
from parsers.schema import Dataset
from wanglou.ledger import Ledger

Answer = TypeVar("Answer")
EARLIEST_NS, LATEST_NS = -(2**63), 2**63 - 1
MOST_KEPT = 1_000
"""Records of a search up to which they are kept for who asks the same."""
BUCKET_BYTES = 400
"""What a bucket takes, its keys too, about."""


class LakeQuery:
    """Answers over the files of one lake."""

    def __init__(self, folder: Path, reader: Reader, open_ledger: Callable[[], Ledger]) -> None:
        """Read below ``folder`` what the ledger that ``open_ledger`` gives lists; nothing is opened yet."""
        self._folder, self._reader, self._open_ledger = folder, reader, open_ledger
        self._surveyor, self._answers = Surveyor(), Answers()

    def find(self, search: Search) -> Iterator[pa.RecordBatch]:
        """Give the records found, in order, in batches."""
        condition, bounds = _compile(search.node, search.dataset)
        asked = Asked(search.dataset, condition, *bounds, search.limit, search.newest_first, search.after)
        asked = replace(asked, names=search.names, compared=frozenset(list_fields(search.node)))
        if not 0 < search.limit <= MOST_KEPT:
            return self._find(asked, search.node)
        return self._find_kept(asked, search.node)

    def _find_kept(self, asked: Asked, node: Node) -> Iterator[pa.RecordBatch]:
        key = ("find", asked.dataset.name, shorten(node), asked.limit, asked.newest_first, asked.after, asked.names)
        yield from self._keep(
            key, lambda: list(self._find(asked, node)), lambda batches: 500 + sum(one.nbytes for one in batches)
        )

    def _keep(self, key: Hashable, make: Callable[[], Answer], weigh: Callable[[Answer], int]) -> Answer:
        with self._open_ledger().reading() as connection:
            generation = read_generation(connection)
        return self._answers.give(generation, key, make, weigh)

    def _find(self, asked: Asked, node: Node) -> Iterator[pa.RecordBatch]:
        wanted = Wanted(asked.dataset.name, self._name_captures(node), asked.start_ns, asked.end_ns)

        def list_again() -> list[Segment]:
            return [segment for facts in self._survey(wanted, node) for segment in facts.segments]

        files = Files(self._reader, self._folder, list_again)
        yield from find_records(asked, self._survey(wanted, node), node, files)

    def _name_captures(self, node: Node) -> list[str] | None:
        """Give the captures that an asked ``event.id`` names; None where none is asked for."""
        if not isinstance(node, Equal) or node.field.name != "event.id" or not node.field.derived:
            return None
        found = parse_event_id(str(node.value))
        if found is None:
            return None
        with self._open_ledger().reading() as connection:
            return find_captures(connection, found.capture + found.enterprise)

    def count(self, dataset: Dataset, node: Node) -> int:
        """Count the records that fit."""
        return self._keep(("count", dataset.name, shorten(node)), lambda: self._count(dataset, node), lambda _: 500)

    def _count(self, dataset: Dataset, node: Node) -> int:
        condition, bounds = _compile(node, dataset)
        return self._read_files(
            lambda: self._survey(Wanted(dataset.name, None, *bounds), node),
            lambda files: count_records(self._reader, dataset, files, node, condition),
        )

    def summarise(self, dataset: Dataset, node: Node, aggregation: Summary | TopHits | Groups) -> Sequence[Bucket]:
        """Summarise the records that fit; counts and percentiles are exact."""
        ranked = check_hits(aggregation) if isinstance(aggregation, TopHits) else aggregation
        buckets = self.summarise_each(dataset, node, {"": ranked})[""]
        if not isinstance(aggregation, TopHits):
            return buckets
        field, hits = check_field(dataset, aggregation), aggregation.hits
        return add_hits(buckets, field, lambda part: self.find(Search(dataset, And((node, part)), limit=hits)))

    def summarise_each(
        self, dataset: Dataset, node: Node, parts: Mapping[str, Summary | Groups]
    ) -> Mapping[str, Sequence[Bucket]]:
        """Summarise the same records in several ways, from one look into the manifest."""
        key = ("summarise", dataset.name, shorten(node), tuple(parts.items()))
        return self._keep(key, lambda: self._summarise(dataset, node, parts), _weigh)

    def tabulate(self, dataset: Dataset, node: Node, groups: Groups) -> pa.Table:
        """Give groups as a table."""
        key = ("tabulate", dataset.name, shorten(node), groups)
        return self._keep(key, lambda: self._tabulate(dataset, node, groups), lambda table: 500 + int(table.nbytes))

    def _tabulate(self, dataset: Dataset, node: Node, groups: Groups) -> pa.Table:
        condition, bounds = _compile(node, dataset)
        return self._read_files(
            lambda: self._survey(Wanted(dataset.name, None, *bounds), node),
            lambda files: tabulate(self._reader, dataset, files, node, condition, groups),
        )

    def _summarise(
        self, dataset: Dataset, node: Node, parts: Mapping[str, Summary | Groups]
    ) -> Mapping[str, Sequence[Bucket]]:
        condition, bounds = _compile(node, dataset)
        names = [name for one in parts.values() for name in fields_of(one)]
        return self._read_files(
            lambda: self._survey(Wanted(dataset.name, None, *bounds), node, *names),
            lambda files: summarise_each(self._reader, dataset, files, node, condition, parts),
        )

    def _survey(self, wanted: Wanted, node: Node, *names: str) -> list[FileFacts]:
        with self._open_ledger().reading() as connection:
            return self._surveyor.survey(connection, wanted, node, names)

    def _read_files(self, list_now: Callable[[], list[FileFacts]], read: Callable[[list[FileFacts]], Answer]) -> Answer:
        """Read files; again where compaction moved records, or retention removed them, since they were listed."""
        for left in reversed(range(ATTEMPTS)):
            files = list_now()
            try:
                return read(files)
            except SegmentError as error:
                segments = [segment for facts in files for segment in facts.segments]
                if not left or not has_lost_files(self._folder, segments):
                    raise blame(error, self._folder, segments) from error
        raise AssertionError("the last attempt returns or raises")


def _weigh(found: Mapping[str, Sequence[Bucket]]) -> int:
    return 500 + BUCKET_BYTES * sum(len(its) for its in found.values())


def _compile(node: Node, dataset: Dataset) -> tuple[Condition, tuple[int, int]]:
    """Compile a checked query; gives also the times its records can have."""
    low, high = time_bounds(node)
    return compile_sql(node, dataset), (EARLIEST_NS if low is None else low, LATEST_NS if high is None else high)
