"""The captures a cluster has met: one document each, changed only by who read it last."""

from __future__ import annotations

import hashlib
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from elasticsearch import ConflictError, Elasticsearch

from correlation.elastic_index import list_indices
from correlation.elastic_mapping import DURABLE, NS, alias_of, make_meta
from correlation.elastic_search import LENIENT
from correlation.store import Capture, CaptureRecord, State
from wanglou.errors import StoreError

CAPTURES = "captures"
MOST = 10_000
"""Captures that are listed: what one answer holds."""
REFUSED = "store_dead_letters"
"""Counter of a capture's documents that the cluster refused, and that lie in the dead letters."""
_ATTEMPTS = 5
_FACTS = ("identity", "name", "enterprise", "size_bytes", "parser_digest", "shift_ns")
_NUMBERS = ("size_bytes", "shift_ns")
PROPERTIES: dict[str, Any] = {
    **{name: {"type": "long" if name in _NUMBERS else "keyword"} for name in _FACTS},
    "key": {"type": "keyword"},
    "state": {"type": "keyword"},
    "counters": {"type": "object", "enabled": False},
    "detection_digest": {"type": "keyword"},
    "changed_ms": {"type": "long"},
}


def make_template(prefix: str) -> tuple[str, dict[str, Any]]:
    """Give the name and template of the index of captures."""
    index = alias_of(prefix, CAPTURES)
    mappings = {"dynamic": "strict", "_meta": make_meta(PROPERTIES), "properties": PROPERTIES}
    settings = {"index": DURABLE}
    return index, {
        "index_patterns": [index],
        "priority": 600,
        "template": {"settings": settings, "mappings": mappings},
    }


def make_key(record: CaptureRecord) -> str:
    """Make the ``_id`` of a capture, by what its records' ids begin with."""
    return hashlib.sha256(record.key.encode()).hexdigest()


@dataclass(slots=True)
class _Sums:
    """What a capture's records add up to."""

    rows: dict[str, int] = field(default_factory=dict)
    size_bytes: int = 0
    times: list[int] = field(default_factory=list)


class Captures:
    """The index of captures of one cluster."""

    def __init__(self, client: Elasticsearch, prefix: str, datasets: Iterable[str]) -> None:
        """Use the indices that ``prefix`` begins."""
        self._client, self._prefix, self._datasets = client, prefix, list(datasets)
        self._index = alias_of(prefix, CAPTURES)

    def find(self, record: CaptureRecord) -> Mapping[str, Any] | None:
        """Give what is noted of a capture; raises StoreError where another one has its key."""
        found = self._client.options(ignore_status=404).get(index=self._index, id=make_key(record))
        if not found.get("found"):
            return None
        facts: Mapping[str, Any] = found["_source"]
        if facts["identity"] != record.identity:
            do = "give it an --enterprise, or delete the other"
            raise StoreError(f"another capture begins with {record.key}", where=record.name, do=do)
        return facts

    def save(self, record: CaptureRecord, state: State, **changes: Any) -> None:
        """Note a capture."""
        facts = {name: getattr(record, name) for name in (*_FACTS, "key")}
        facts |= {"state": state, "changed_ms": time.time_ns() // 10**6, **changes}
        self._client.index(index=self._index, id=make_key(record), document=facts, refresh=True)

    def remove(self, record: CaptureRecord) -> None:
        """Forget a capture."""
        self._client.options(ignore_status=404).delete(index=self._index, id=make_key(record), refresh=True)

    def settle(self, identity: str, count: int) -> None:
        """Note that ``count`` documents of a capture that were refused are kept now; a capture that is gone has none.

        Who changes the capture meanwhile is met again.
        """
        query = {"term": {"identity": identity}}
        for attempt in range(_ATTEMPTS):
            answer = self._client.search(index=self._index, query=query, size=1, seq_no_primary_term=True, **LENIENT)
            for hit in answer["hits"]["hits"]:
                counters = dict(hit["_source"].get("counters", {}))
                left = counters.pop(REFUSED, 0) - count
                facts = {**hit["_source"], "counters": {**counters, **({REFUSED: left} if left > 0 else {})}}
                version = {"if_seq_no": hit["_seq_no"], "if_primary_term": hit["_primary_term"]}
                try:
                    self._client.index(index=self._index, id=hit["_id"], document=facts, refresh=True, **version)
                except ConflictError:
                    if attempt + 1 == _ATTEMPTS:
                        raise
                    break
            else:
                return

    def find_all(self, identity: str = "") -> list[Capture]:
        """List all captures, or the one of that identity, by name and identity."""
        query = {"term": {"identity": identity}} if identity else {"match_all": {}}
        sort = [{"name": "asc"}, {"identity": "asc"}]
        answer = self._client.search(index=self._index, query=query, sort=sort, size=MOST, **LENIENT)
        found = [hit["_source"] for hit in answer["hits"]["hits"]]
        sums = self._sum(identity) if found else {}
        return [_capture(facts, sums.get(facts["identity"], _Sums())) for facts in found]

    def _sum(self, identity: str) -> dict[str, _Sums]:
        """Add up records, times and (by share) bytes of the captures in every dataset."""
        sums: dict[str, _Sums] = {}
        rows: dict[str, int] = defaultdict(int)
        sizes: dict[str, int] = defaultdict(int)
        for index in list_indices(self._client, self._prefix, self._datasets):
            rows[index.partition.dataset] += index.rows
            sizes[index.partition.dataset] += index.size_bytes
        for dataset, held in rows.items():
            for bucket in self._buckets(f"{alias_of(self._prefix, dataset)}-*", identity):
                its = sums.setdefault(bucket["key"], _Sums())
                its.rows[dataset] = bucket["doc_count"]
                its.size_bytes += bucket["doc_count"] * sizes[dataset] // max(held, 1)
                its.times += [bucket["times"]["min"], bucket["times"]["max"]]
        return sums

    def _buckets(self, pattern: str, identity: str) -> list[Any]:
        first_last = {
            name: {"top_hits": {"size": 1, "sort": [{"@timestamp" + NS: order}], "_source": ["@timestamp" + NS]}}
            for name, order in (("first", "asc"), ("last", "desc"))
        }
        terms = {"field": "wanglou.capture", "size": MOST}
        query = {"term": {"wanglou.capture": identity}} if identity else {"match_all": {}}
        aggs = {"captures": {"terms": terms, "aggs": first_last}}
        answer = self._client.search(
            index=pattern, size=0, query=query, aggs=aggs, allow_partial_search_results=False, **LENIENT
        )
        buckets = answer.get("aggregations", {}).get("captures", {}).get("buckets", [])
        for bucket in buckets:  # min and max would come as doubles, which cannot tell nanoseconds apart
            times = [bucket[name]["hits"]["hits"][0]["_source"]["@timestamp" + NS] for name in ("first", "last")]
            bucket["times"] = {"min": times[0], "max": times[1]}
        return list(buckets)


def _capture(facts: Mapping[str, Any], sums: _Sums) -> Capture:
    state: State = "complete" if facts["state"] == "complete" else "ingesting"
    return Capture(
        CaptureRecord(**{name: facts[name] for name in _FACTS if name in facts}),
        state,
        facts.get("counters", {}),
        facts.get("detection_digest", ""),
        sums.rows,
        sums.size_bytes,
        min(sums.times, default=None),
        max(sums.times, default=None),
    )
