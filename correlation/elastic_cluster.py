"""What all that touches one cluster needs: the client, the names, the captures, and the ways to write and delete."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from elasticsearch import Elasticsearch

from correlation.dead_letter import DeadLetters
from correlation.elastic_bulk import PATIENCE_S, Aside, BulkWriter, Item
from correlation.elastic_capture import Captures
from correlation.elastic_mapping import alias_of
from correlation.elastic_search import LENIENT
from parsers.schema import Dataset


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

    def bulk(self, aside: Aside | None = None, patience_s: float = PATIENCE_S) -> BulkWriter:
        """Start writing; ``aside`` takes what the cluster is out of reach for."""
        return BulkWriter(self.client, self.where, self.letters, patience_s=patience_s, aside=aside)

    def write(self, items: Iterable[Item], patience_s: float = PATIENCE_S) -> int:
        """Carry out many small changes; gives how many were refused."""
        bulk = self.bulk(patience_s=patience_s)
        try:
            for item in items:
                bulk.add(item)
            return bulk.flush().dead
        finally:
            bulk.close()

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
