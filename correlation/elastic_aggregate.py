"""Summaries of a cluster's records, with the same answers as the lake's.

Counts are exact as long as a field has fewer than ``WIDE_TERMS`` values in one index; cardinality and percentiles are
the server's estimates (HyperLogLog++ and t-digest), exact for a few thousand values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from elasticsearch import Elasticsearch

from correlation.aggregate import Summary, check_field
from correlation.elastic_error import failing
from correlation.elastic_query import Query, keyword_of, number_of
from correlation.elastic_record import decode_batch
from correlation.elastic_search import LENIENT, sort_of
from correlation.grouping import check_hits
from correlation.groups import MOST_GROUPS, check_groups
from correlation.record import read_records
from correlation.store import Bucket, Cardinality, DateHistogram, Groups, Percentiles, Terms, TopHits, Value
from parsers.schema import Dataset, Field
from wanglou.errors import UsageError

MILLISECOND_NS = 10**6
SHARD_TERMS, WIDE_TERMS = 20_000, 1_000_000
"""Values that each index ranks, first and where that was too few to be sure of."""
PAGE_BUCKETS = 10_000
"""Intervals of a histogram in one answer."""
PRECISION = 40_000
"""Different values up to which cardinality is nearly exact: the server's most."""
COMPRESSION = 1_000
"""Of the t-digest: errors in rank below a tenth of a point."""
_ROOT = "found"


class Summariser:
    """Asks one question about the records of one dataset that fit a query."""

    def __init__(self, client: Elasticsearch, where: str, dataset: Dataset, index: str, query: Query) -> None:
        """Ask ``index`` with ``query``."""
        self._client, self._where, self._dataset = client, where, dataset
        self._index, self._query = index, query

    def summarise(self, aggregation: Summary | TopHits | Groups) -> list[Bucket]:
        """Answer; raises UsageError for a field that cannot be summarised so."""
        if isinstance(aggregation, Groups):
            return self._group(aggregation)
        field = check_field(self._dataset, aggregation)
        if isinstance(aggregation, DateHistogram):
            return self._histogram(field, aggregation.interval_ns)
        if isinstance(aggregation, Cardinality):
            body = {"cardinality": {"field": number_of(field), "precision_threshold": PRECISION}}
            return [Bucket(field.name, float(self._ask(body).get("value", 0)))]
        if isinstance(aggregation, Percentiles):
            return self._percentiles(field, aggregation.percents)
        hits = 0 if isinstance(aggregation, Terms) else aggregation.hits
        if isinstance(aggregation, TopHits):
            check_hits(aggregation)
        return self._terms(field, aggregation.size, hits)

    def _ask(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        with failing(self._where):
            answer = self._client.search(
                index=self._index,
                size=0,
                query=self._query,
                aggs={_ROOT: body},
                track_total_hits=False,
                allow_partial_search_results=False,
                **LENIENT,
            )
        found: Mapping[str, Any] = answer.get("aggregations", {}).get(_ROOT, {})
        return found

    def _terms(self, field: Field, size: int, hits: int) -> list[Bucket]:
        found: Mapping[str, Any] = {}
        for shard_size in (max(SHARD_TERMS, 2 * size), WIDE_TERMS):
            terms = {
                "field": number_of(field),
                "size": size,
                "shard_size": shard_size,
                "order": [{"_count": "desc"}, {"_key": "asc"}],
            }
            found = self._ask({"terms": terms, **_newest(self._dataset, hits)})
            if not found.get("doc_count_error_upper_bound"):
                break
        return [self._bucket(field, bucket) for bucket in found.get("buckets", [])]

    def _bucket(self, field: Field, bucket: Mapping[str, Any]) -> Bucket:
        hits = bucket.get("newest", {}).get("hits", {}).get("hits", [])
        records = read_records(decode_batch(self._dataset, [hit["_source"] for hit in hits])) if hits else ()
        return Bucket(_key(field, bucket["key"]), float(bucket["doc_count"]), tuple(records))

    def _percentiles(self, field: Field, percents: Sequence[float]) -> list[Bucket]:
        body = {"field": keyword_of(field), "percents": list(percents), "keyed": False}
        found = self._ask({"percentiles": {**body, "tdigest": {"compression": COMPRESSION}}})
        values = {entry["key"]: entry["value"] for entry in found.get("values", [])}
        return [Bucket(percent, values[percent]) for percent in percents if values.get(percent) is not None]

    def _histogram(self, field: Field, interval_ns: int) -> list[Bucket]:
        """Page through the intervals: a long histogram has more of them than one answer may hold."""
        if interval_ns % MILLISECOND_NS:
            raise UsageError("a histogram on Elasticsearch has intervals of whole milliseconds")
        interval = f"{interval_ns // MILLISECOND_NS}ms"
        source = {"start": {"date_histogram": {"field": field.name, "fixed_interval": interval}}}
        body: dict[str, Any] = {"size": PAGE_BUCKETS, "sources": [source]}
        buckets: list[Bucket] = []
        while True:
            found = self._ask({"composite": body})
            page = found.get("buckets", [])
            buckets += [Bucket(b["key"]["start"] * MILLISECOND_NS, float(b["doc_count"])) for b in page]
            if len(page) < PAGE_BUCKETS:
                return buckets
            body = {**body, "after": found["after_key"]}

    def _group(self, groups: Groups) -> list[Bucket]:
        """Page through all combinations, which the server gives by value, then rank them."""
        keys, sums = check_groups(self._dataset, groups)
        body: dict[str, Any] = {"size": PAGE_BUCKETS, "sources": _sources(keys, groups.interval_ns)}
        added = {f"s{place}": {"sum": {"field": number_of(field)}} for place, field in enumerate(sums)}
        buckets: list[Bucket] = []
        while len(buckets) < MOST_GROUPS:
            found = self._ask({"composite": body, **({"aggs": added} if added else {})})
            page = found.get("buckets", [])
            buckets += [_read_group(keys, bucket, len(sums)) for bucket in page]
            if len(page) < PAGE_BUCKETS:
                break
            body = {**body, "after": found["after_key"]}
        buckets.sort(key=lambda bucket: -bucket.value)  # stable: equal counts stay by value
        return buckets[: groups.size]


def _sources(keys: Sequence[Field], interval_ns: int) -> list[dict[str, Any]]:
    if any(field.kind == "time" for field in keys) and interval_ns % MILLISECOND_NS:
        raise UsageError("times on Elasticsearch are grouped by intervals of whole milliseconds")
    interval = f"{interval_ns // MILLISECOND_NS}ms"
    sources: list[dict[str, Any]] = []
    for place, field in enumerate(keys):
        by: dict[str, Any] = (
            {"date_histogram": {"field": field.name, "fixed_interval": interval}}
            if field.kind == "time"
            else {"terms": {"field": number_of(field)}}
        )
        for how in by.values():
            how["missing_bucket"] = True
        sources.append({f"k{place}": by})
    return sources


def _read_group(keys: Sequence[Field], bucket: Mapping[str, Any], sums: int) -> Bucket:
    values = [bucket["key"][f"k{place}"] for place in range(len(keys))]
    told = tuple(
        None if value is None else value * MILLISECOND_NS if field.kind == "time" else _key(field, value)
        for field, value in zip(keys, values, strict=True)
    )
    added = tuple(float(bucket[f"s{place}"]["value"]) for place in range(sums))
    return Bucket(None, float(bucket["doc_count"]), keys=told, sums=added)


def _newest(dataset: Dataset, hits: int) -> dict[str, Any]:
    """Ask for the newest records of each bucket."""
    if not hits:
        return {}
    return {"aggs": {"newest": {"top_hits": {"size": hits, "sort": sort_of(dataset, newest_first=True)}}}}


def _key(field: Field, key: Any) -> Value:
    """Give a bucket's key as records have it."""
    if field.kind == "boolean":
        return bool(key)
    return float(key) if field.kind in ("double", "doubles") else key
