"""Taking days away from a cluster: whole indices where all their days go, else the documents of those days.

Deleting an index costs nothing and gives its disk back at once; deleting documents gives it back when the server
merges, so datasets of much traffic have an index a day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from correlation.elastic_aggregate import Summariser
from correlation.elastic_cluster import Cluster
from correlation.elastic_error import failing
from correlation.elastic_index import Index, list_indices
from correlation.elastic_mapping import NS
from correlation.elastic_partition import day_of, start_of
from correlation.elastic_query import Query
from correlation.quarantine import DAY_NS, NAME
from correlation.store import Capture, DateHistogram, DiskUsage, Expired

_ALL: Query = {"match_all": {}}


@dataclass(frozen=True, slots=True)
class _Share:
    """What one day takes of one index."""

    day: date
    index: Index
    rows: int

    @property
    def size_bytes(self) -> int:
        """Bytes, by share of the records."""
        return self.rows * self.index.size_bytes // max(self.index.rows, 1)


class Retention:
    """Removes the oldest records of one cluster."""

    def __init__(self, cluster: Cluster) -> None:
        """Use ``cluster``."""
        self._cluster = cluster

    def measure(self) -> DiskUsage:
        """Measure what the indices take and what is left on the fullest node's disk."""
        cluster = self._cluster
        with failing(cluster.where):
            stats = cluster.client.indices.stats(
                index=f"{cluster.prefix}-*", metric=["store"], level="indices", filter_path="indices.*.total.store"
            )
            nodes = cluster.client.nodes.stats(metric="fs", filter_path="nodes.*.fs.total.available_in_bytes")
            known = {index.name for index in list_indices(cluster.client, cluster.prefix, cluster.datasets)}
        sizes = {name: facts["total"]["store"]["size_in_bytes"] for name, facts in stats.get("indices", {}).items()}
        records = sum(size for name, size in sizes.items() if name in known)
        free = [node["fs"]["total"]["available_in_bytes"] for node in nodes.get("nodes", {}).values()]
        return DiskUsage(records, sum(sizes.values()) - records, min(free, default=0))

    def delete(self, capture: Capture) -> None:
        """Remove a capture and all that came from it; left halfway, it is one that is not complete."""
        cluster = self._cluster
        with failing(cluster.where):
            cluster.captures.save(capture.record, "ingesting")
            for dataset in cluster.datasets:
                cluster.delete_found(dataset, cluster.of_capture(capture.record.identity))
            cluster.captures.remove(capture.record)

    def expire(self, max_bytes: int) -> list[Expired]:
        """Remove whole days, the oldest first, until the store takes at most ``max_bytes``; gives what went."""
        excess = self.measure().total_bytes - max_bytes
        shares = sorted(self._share(), key=lambda share: share.day)
        due: set[date] = set()
        for share in shares:
            if excess <= 0 and share.day not in due:
                break
            due.add(share.day)
            excess -= share.size_bytes
        expired = self._remove([share for share in shares if share.day in due])
        return expired + (self._remove_quarantine() if excess > 0 else [])

    def expire_older(self, before: date, *, dry_run: bool) -> list[Expired]:
        """Remove the days before ``before``, or only tell what would go; quarantined records stay."""
        shares = [share for share in self._share(before) if share.day < before]
        return _report(shares) if dry_run else self._remove(shares)

    def _share(self, before: date = date.max) -> Iterator[_Share]:
        """Count the records of each day in each index that begins before ``before``."""
        cluster = self._cluster
        with failing(cluster.where):
            cluster.refresh(*cluster.datasets)
            indices = list_indices(cluster.client, cluster.prefix, cluster.datasets)
        for index in indices:
            first, end = index.partition.first, index.partition.end
            if first is None or end is None or first >= before:
                continue
            if end - first == timedelta(days=1):
                yield _Share(first, index, index.rows)
                continue
            dataset = cluster.datasets[index.partition.dataset]
            summariser = Summariser(cluster.client, cluster.where, dataset, index.name, _ALL)
            for bucket in summariser.summarise(DateHistogram(DAY_NS)):
                yield _Share(day_of(int(str(bucket.key))), index, int(bucket.value))

    def _remove(self, shares: Sequence[_Share]) -> list[Expired]:
        days: dict[str, set[date]] = defaultdict(set)
        rows: dict[str, int] = defaultdict(int)
        for share in shares:
            days[share.index.name].add(share.day)
            rows[share.index.name] += share.rows
        indices = {share.index.name: share.index for share in shares}
        with failing(self._cluster.where):
            held = {capture.record.identity for capture in self._cluster.captures.find_all() if capture.rows}
            for name, index in indices.items():
                if rows[name] >= index.rows:
                    self._cluster.client.indices.delete(index=name, ignore_unavailable=True)
                else:
                    self._remove_days(index, days[name])
            self._forget(held)
        return _report(shares)

    def _remove_days(self, index: Index, days: set[date]) -> None:
        """Remove documents by the days they are of."""
        for day in sorted(days):
            start = start_of(day)
            between = {"range": {"@timestamp" + NS: {"gte": start, "lt": start + DAY_NS}}}
            self._cluster.delete_found(index.partition.dataset, between)

    def _remove_quarantine(self) -> list[Expired]:
        cluster = self._cluster
        with failing(cluster.where):
            indices = list_indices(cluster.client, cluster.prefix, cluster.datasets)
            gone = [index for index in indices if index.partition.first is None]
            for index in gone:
                cluster.client.indices.delete(index=index.name, ignore_unavailable=True)
        rows = {index.partition.dataset: index.rows for index in gone}
        return [Expired(NAME, rows, sum(index.size_bytes for index in gone))] if gone else []

    def _forget(self, held: set[str]) -> None:
        """Forget the captures whose last record went."""
        for capture in self._cluster.captures.find_all():
            if capture.is_complete and not capture.rows and capture.record.identity in held:
                self._cluster.captures.remove(capture.record)


def _report(shares: Sequence[_Share]) -> list[Expired]:
    days: dict[date, list[_Share]] = defaultdict(list)
    for share in shares:
        days[share.day].append(share)
    expired = []
    for day, its in sorted(days.items()):
        rows: dict[str, int] = defaultdict(int)
        for share in its:
            rows[share.index.partition.dataset] += share.rows
        expired.append(Expired(day.isoformat(), dict(rows), sum(share.size_bytes for share in its)))
    return expired
