"""Searching a cluster: pages that go on behind the last record, over data as they were when the search began."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from elasticsearch import Elasticsearch

from correlation.elastic_error import failing
from correlation.elastic_mapping import NS
from correlation.elastic_query import Query
from correlation.elastic_record import decode_batch
from correlation.record import order_columns, parse_position, result_schema
from parsers.schema import Dataset

PAGE_ROWS = 5_000
"""Records of one answer: some 10 MB."""
KEEP_ALIVE = "2m"
"""How long a search may pause between two pages."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A search that was compiled."""

    dataset: Dataset
    index: str
    query: Query
    limit: int
    newest_first: bool
    after: str
    names: tuple[str, ...] = ()
    """Fields that are wanted; none for all."""


def sort_of(dataset: Dataset, *, newest_first: bool) -> list[dict[str, str]]:
    """Tell how results are ordered: a total order, the same as the lake's."""
    direction = "desc" if newest_first else "asc"
    return [{name + NS if name == "@timestamp" else name: direction} for name in order_columns(dataset)]


def find_records(client: Elasticsearch, where: str, asked: Asked) -> Iterator[pa.RecordBatch]:
    """Give the records found, in order, in batches."""
    after = parse_position(asked.dataset, asked.after) if asked.after else None
    if asked.limit and asked.limit <= PAGE_ROWS:
        with failing(where):
            hits = _search(client, asked, asked.limit, after, {"index": asked.index, **LENIENT})
        if hits:
            yield _batch(asked, hits)
        return
    yield from _find_pages(client, where, asked, after)


LENIENT: Mapping[str, Any] = {"ignore_unavailable": True, "allow_no_indices": True}
"""A dataset without any index yet has no records, which is no error."""


def _find_pages(
    client: Elasticsearch, where: str, asked: Asked, after: Sequence[Any] | None
) -> Iterator[pa.RecordBatch]:
    left = asked.limit
    with failing(where):
        pit = client.open_point_in_time(index=asked.index, keep_alive=KEEP_ALIVE, ignore_unavailable=True)["id"]
    try:
        while True:
            size = min(left or PAGE_ROWS, PAGE_ROWS)
            with failing(where):
                hits = _search(client, asked, size, after, {"pit": {"id": pit, "keep_alive": KEEP_ALIVE}})
            if hits:
                yield _batch(asked, hits)
                after = hits[-1]["sort"][: len(order_columns(asked.dataset))]
            if len(hits) < size or left == len(hits) > 0:
                return
            left -= len(hits) if left else 0
    finally:
        with failing(where):
            client.options(ignore_status=404).close_point_in_time(id=pit)


def _search(
    client: Elasticsearch, asked: Asked, size: int, after: Sequence[Any] | None, source: Mapping[str, Any]
) -> list[Any]:
    answer = client.search(
        **source,
        query=asked.query,
        sort=sort_of(asked.dataset, newest_first=asked.newest_first),
        size=size,
        search_after=list(after) if after else None,
        track_total_hits=False,
        allow_partial_search_results=False,
        filter_path="hits.hits._source,hits.hits.sort",
    )
    return list(answer.get("hits", {}).get("hits", []))


def _batch(asked: Asked, hits: Sequence[Any]) -> pa.RecordBatch:
    batch = decode_batch(asked.dataset, [hit["_source"] for hit in hits])
    return batch.select(result_schema(asked.dataset, asked.names).names)
