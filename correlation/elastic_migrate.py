"""Bringing indices of an earlier version to the fields of this one, without a script of the server's.

New fields are added in place. Where a field's type changed, the index is written anew beside the old one, checked, and
put in its place; an interrupted move goes on where it was.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from elasticsearch import BadRequestError

from correlation.elastic_bulk import Item
from correlation.elastic_cluster import Cluster
from correlation.elastic_difference import find_differences, find_template
from correlation.elastic_error import failing
from correlation.elastic_index import list_indices
from correlation.elastic_mapping import Body, alias_of
from wanglou.errors import StoreError

MOVING = "moving."
"""Begins the name of an index that is being written anew; no pattern of the store's finds it."""
PAGE = 2_000


def migrate(cluster: Cluster, templates: Mapping[str, Body]) -> Iterator[tuple[str, str]]:
    """Give each index that was changed as it is done, with ``extended`` or ``rewritten``; raises StoreError."""
    with failing(cluster.where):
        for name in _find_interrupted(cluster):
            _take_place(cluster, name, _template(cluster, name, templates))
            yield name, "rewritten"
        for name in [one.index for one in find_differences(cluster, templates) if one.is_record]:
            yield name, _bring(cluster, name, _template(cluster, name, templates))


def _template(cluster: Cluster, name: str, templates: Mapping[str, Body]) -> Body:
    found = find_template(cluster, name, templates)
    if found is None:
        raise StoreError(
            "no dataset of this program has this index", where=name, do="delete it, or update this program"
        )
    return found


def _find_interrupted(cluster: Cluster) -> list[str]:
    """Names of indices whose new form is whole and whose old form is gone already."""
    moving = cluster.client.indices.get(index=f"{MOVING}{cluster.prefix}-*", features="aliases")
    there = {index.name for index in list_indices(cluster.client, cluster.prefix, cluster.datasets)}
    return [name for name in (one.removeprefix(MOVING) for one in moving) if name not in there]


def _bring(cluster: Cluster, name: str, template: Body) -> str:
    try:
        cluster.client.indices.put_mapping(
            index=name, properties=template["mappings"]["properties"], meta=template["mappings"]["_meta"]
        )
    except BadRequestError:  # a type changed
        _rewrite(cluster, name, template)
        return "rewritten"
    return "extended"


def _rewrite(cluster: Cluster, name: str, template: Body) -> None:
    indices, beside = cluster.client.indices, f"{MOVING}{name}"
    indices.delete(index=beside, ignore_unavailable=True)
    indices.create(index=beside, settings=template["settings"], mappings=template["mappings"])
    bulk = cluster.bulk()
    try:
        for hit in _scroll(cluster, name):
            bulk.add(Item(beside, hit["_id"], json.dumps(hit["_source"], ensure_ascii=False)))
        bulk.flush()
    finally:
        bulk.close()
    indices.refresh(index=[beside, name])
    counts = [cluster.client.count(index=one)["count"] for one in (name, beside)]
    if counts[0] != counts[1]:
        do = f"see the reasons in {cluster.letters.path}; the old index is untouched"
        raise StoreError(f"{counts[0] - counts[1]} records do not fit the new fields", where=name, do=do)
    indices.delete(index=name)
    _take_place(cluster, name, template)


def _take_place(cluster: Cluster, name: str, template: Body) -> None:
    """Give the new index the old one's name: a copy whose files are shared."""
    indices, beside = cluster.client.indices, f"{MOVING}{name}"
    indices.put_settings(index=beside, settings={"index.blocks.write": True})
    cleared = {
        "index.blocks.write": None,
        "auto_expand_replicas": template["settings"]["index"]["auto_expand_replicas"],
    }
    dataset = name.removeprefix(f"{cluster.prefix}-").partition("-")[0]
    aliases: dict[str, Any] = {alias_of(cluster.prefix, dataset): {}}
    indices.clone(index=beside, target=name, settings=cleared, aliases=aliases, wait_for_active_shards="1")
    indices.delete(index=beside)


def _scroll(cluster: Cluster, name: str) -> Iterator[Mapping[str, Any]]:
    answer = cluster.client.search(index=name, size=PAGE, scroll="5m", sort=["_doc"], query={"match_all": {}})
    try:
        while hits := answer["hits"]["hits"]:
            yield from hits
            answer = cluster.client.scroll(scroll_id=answer["_scroll_id"], scroll="5m")
    finally:
        cluster.client.options(ignore_status=404).clear_scroll(scroll_id=answer["_scroll_id"])
