"""How a cluster answers: a checked question compiled, sent, and its answer read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa

from correlation.aggregate import Summary
from correlation.elastic_aggregate import Summariser
from correlation.elastic_cluster import Cluster
from correlation.elastic_error import explain_failures, failing, find_failures
from correlation.elastic_query import compile_query
from correlation.elastic_search import LENIENT, Asked, find_records
from correlation.query_tree import Node
from correlation.questions import Search
from correlation.store import Bucket, Groups, TopHits
from parsers.schema import Dataset


def find(cluster: Cluster, search: Search) -> Iterator[pa.RecordBatch]:
    """Find records; those that arrive meanwhile are not found."""
    query, pattern = compile_query(search.node), cluster.pattern(search.dataset.name)
    asked = Asked(search.dataset, pattern, query, search.limit, search.newest_first, search.after, search.names)
    return find_records(cluster.client, cluster.where, asked)


def count(cluster: Cluster, dataset: Dataset, node: Node) -> int:
    """Count the records that fit."""
    with failing(cluster.where):
        pattern = cluster.pattern(dataset.name)
        answer = cluster.client.count(index=pattern, query=compile_query(node), **LENIENT)
    if failed := find_failures(answer.body):
        raise explain_failures(200, failed, cluster.where)
    return int(answer["count"])


def summarise(
    cluster: Cluster, dataset: Dataset, node: Node, aggregation: Summary | TopHits | Groups
) -> Sequence[Bucket]:
    """Summarise the records that fit; see ``elastic_aggregate`` for what is exact."""
    pattern = cluster.pattern(dataset.name)
    return Summariser(cluster.client, cluster.where, dataset, pattern, compile_query(node)).summarise(aggregation)
