"""Which indices a cluster has for us, what each holds, and what it takes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from elasticsearch import Elasticsearch

from correlation.elastic_partition import Partition, parse_partition


@dataclass(frozen=True, slots=True)
class Index:
    """One index of a dataset."""

    name: str
    partition: Partition
    rows: int
    size_bytes: int
    """Of one copy."""


def list_indices(client: Elasticsearch, prefix: str, datasets: Collection[str]) -> list[Index]:
    """List the indices of the datasets by name; what else lies under the prefix is left out."""
    paths = "indices.*.primaries.docs.count,indices.*.primaries.store.size_in_bytes"
    answer = client.indices.stats(index=f"{prefix}-*", metric=["docs", "store"], level="indices", filter_path=paths)
    found = []
    for name, facts in sorted(answer.get("indices", {}).items()):
        dataset, _, suffix = name.removeprefix(f"{prefix}-").partition("-")
        partition = parse_partition(dataset, suffix) if dataset in datasets else None
        held = facts.get("primaries", {})
        if partition is not None and held:
            found.append(Index(name, partition, held["docs"]["count"], held["store"]["size_in_bytes"]))
    return found
