"""A look at a cluster before and while it is used: version, health, rights, templates, disks, shards, dead letters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from elasticsearch import ApiError

from correlation.dead_letter import Held
from correlation.elastic_cluster import Cluster
from correlation.elastic_error import failing
from correlation.elastic_index import list_indices
from correlation.elastic_mapping import Body, find_newer, find_stale, is_current
from correlation.finding import Finding, Grade
from correlation.spool import Spool
from wanglou.errors import StoreError

OLDEST, NEWEST = (8, 19), 9
"""Versions of the server that the client and these requests are made for."""
WATERMARK = 85.0
"""Per cent of a disk in use from which Elasticsearch gives it no new shards; at 95 its indices take no writes."""
NEAR_WATERMARK = 80.0
MOST_SHARDS = 1000
"""Shards of one node that ``cluster.max_shards_per_node`` allows."""
MEND_DAMAGED = "look at {path}; delete the capture and replay it to have the documents, then delete the file"
"""What to do about lines that are no dead letters."""
_GRADES: dict[str, Grade] = {"green": "fine", "yellow": "warning", "red": "wrong"}


def read_version(cluster: Cluster) -> str:
    """Ask for the server's version; raises StoreError for one that this program does not speak to."""
    with failing(cluster.where):
        answer = cluster.client.nodes.info(node_id="_local", filter_path="nodes.*.version")
        version = str(next(iter(answer["nodes"].values()))["version"])
    found = re.match(r"(\d+)\.(\d+)", version)
    numbers = (int(found[1]), int(found[2])) if found else (0, 0)
    if numbers < OLDEST or numbers[0] > NEWEST:
        raise StoreError(f"this is Elasticsearch {version}", where=cluster.where, do="use version 8.19 or 9")
    return version


def look(cluster: Cluster, templates: Mapping[str, Body]) -> Iterator[Finding]:
    """Look at everything; raises StoreError where the cluster cannot be asked at all."""
    yield Finding("version", "fine", f"Elasticsearch {read_version(cluster)}")
    with failing(cluster.where):
        yield _look_at_health(cluster)
        yield _look_at_rights(cluster)
        yield _look_at_templates(cluster, templates)
        yield _look_at_mappings(cluster, templates)
        yield from _look_at_disks(cluster)
        yield _look_at_shards(cluster)
    yield _look_at_letters(cluster)


def _look_at_health(cluster: Cluster) -> Finding:
    health = cluster.client.cluster.health()
    told = f"{health['status']}, {health['number_of_nodes']} nodes, {health['unassigned_shards']} unassigned shards"
    grade = _GRADES.get(health["status"], "wrong")
    do = "" if grade == "fine" else "bring back the missing nodes (GET _cluster/allocation/explain tells more)"
    return Finding("health", grade, told, do)


def _look_at_rights(cluster: Cluster) -> Finding:
    """Ask whether the key may do what is needed; a server without security lets everybody."""
    wanted = ["create_index", "delete_index", "index", "read", "delete", "maintenance", "manage", "monitor"]
    names = [f"{cluster.prefix}-*"]
    try:
        answer = cluster.client.security.has_privileges(
            cluster=["manage_index_templates", "monitor"], index=[{"names": names, "privileges": wanted}]
        )
    except ApiError as error:
        if error.meta.status not in (400, 404, 405):
            raise
        return Finding("rights", "warning", "this server knows no rights", "let nobody else reach it")
    granted = {**answer["cluster"], **answer["index"][names[0]]}
    lacking = sorted(name for name, has in granted.items() if not has)
    if not lacking:
        return Finding("rights", "fine", "all that are needed")
    return Finding("rights", "wrong", f"lacks {', '.join(lacking)}", f"grant them to the API key for {names[0]}")


def _look_at_templates(cluster: Cluster, templates: Mapping[str, Body]) -> Finding:
    stale = find_stale(cluster.client, templates)
    if newer := find_newer(cluster.client, templates):
        return Finding("templates", "wrong", f"a later version made {newer} of them", "update this program")
    if not stale:
        return Finding("templates", "fine", f"{len(templates)} in place")
    return Finding("templates", "wrong", f"{len(stale)} lack or differ", "run `wanglou store init`")


def find_old_indices(cluster: Cluster, templates: Mapping[str, Body]) -> list[str]:
    """List the indices of datasets whose fields are not those of the templates."""
    names = {index.name: index.partition for index in list_indices(cluster.client, cluster.prefix, cluster.datasets)}
    if not names:
        return []
    path = "*.mappings._meta"
    metas = cluster.client.indices.get_mapping(index=f"{cluster.prefix}-*", filter_path=path)
    old = []
    for name, partition in names.items():
        wanted = template_of(cluster.prefix, partition.dataset, templates, is_quarantine=partition.first is None)
        if not is_current(metas.get(name, {}).get("mappings", {}).get("_meta"), wanted["mappings"]["_meta"]):
            old.append(name)
    return old


def template_of(prefix: str, dataset: str, templates: Mapping[str, Body], *, is_quarantine: bool) -> Body:
    """Give what a new index of a dataset would be made of."""
    found: Body = templates[f"{prefix}-{dataset}" + ("-quarantine" if is_quarantine else "")]["template"]
    return found


def _look_at_mappings(cluster: Cluster, templates: Mapping[str, Body]) -> Finding:
    old = find_old_indices(cluster, templates)
    if not old:
        return Finding("mappings", "fine", "as the templates")
    return Finding("mappings", "wrong", f"{len(old)} indices are of another version", "run `wanglou store migrate`")


def _look_at_disks(cluster: Cluster) -> Iterator[Finding]:
    """Tell of each node's disk, before the watermarks bite."""
    stats = cluster.client.nodes.stats(metric="fs", filter_path="nodes.*.name,nodes.*.fs.total")
    for node in stats["nodes"].values():
        total = node["fs"]["total"]
        used = 100 - 100 * total["available_in_bytes"] / max(total["total_in_bytes"], 1)
        told = f"{node['name']}: {used:.0f} % in use, {total['available_in_bytes'] >> 30} GiB free"
        grade: Grade = "fine" if used < NEAR_WATERMARK else "warning" if used < WATERMARK else "wrong"
        yield Finding("disk", grade, told, "" if grade == "fine" else "free space, or run `wanglou store expire`")


def _look_at_shards(cluster: Cluster) -> Finding:
    health = cluster.client.cluster.health()
    shards, nodes = health["active_shards"], max(health["number_of_data_nodes"], 1)
    told = f"{shards} on {nodes} data nodes"
    if shards < 0.8 * MOST_SHARDS * nodes:
        return Finding("shards", "fine", told)
    return Finding("shards", "warning", told, "run `wanglou store expire`, or add a node")


def _look_at_letters(cluster: Cluster) -> Finding:
    letters = cluster.letters
    held = letters.measure()
    if held == Held():
        return Finding("letters", "fine", "no dead letters")
    told = [f"{held.letters} dead letters in {letters.path}"] if held.letters else []
    told += [f"{held.taken} of them taken, in {letters.aside.name}"] if held.taken else []
    told += [f"{held.damaged} lines that are none, which go to {letters.damaged.name}"] if held.damaged else []
    do = ["see the reasons there, then run `wanglou store replay-dead-letters`"] if held.letters else []
    do += [MEND_DAMAGED.format(path=letters.damaged)] if held.damaged else []
    return Finding("letters", "warning", ", ".join(told), "; ".join(do))


def look_at_spool(spool: Spool | None) -> Finding:
    """Tell what waits on this machine while the cluster is out of reach, and what found no room."""
    waiting = spool.measure() if spool is not None else None
    if spool is None or waiting is None or not (waiting.entries or waiting.lost):
        return Finding("spool", "fine", "nothing waits")
    lost = f", {waiting.lost:,} documents found no room" if waiting.lost else ""
    told = f"{waiting.rows:,} documents wait in {spool.folder} ({waiting.size_bytes >> 20} MiB){lost}"
    if waiting.entries:
        return Finding("spool", "warning", told, "run `wanglou store drain` once the cluster answers")
    return Finding("spool", "warning", told, f"give it more room (spool_max=), then delete {spool.folder}/lost")
