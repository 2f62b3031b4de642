"""A look at a cluster before and while it is used: version, health, rights, templates, disks, shards, dead letters."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from elasticsearch import ApiError

from correlation.dead_letter import Held
from correlation.elastic_cluster import Cluster
from correlation.elastic_difference import find_differences
from correlation.elastic_error import USE_VERSION, failing
from correlation.elastic_mapping import Body, find_newer, find_stale
from correlation.finding import Finding, Grade
from correlation.spool import Spool
from wanglou.errors import StoreError

OF_CLUSTER = ("manage_index_templates", "monitor")
OF_INDICES = ("create_index", "delete_index", "index", "read", "delete", "maintenance", "manage", "monitor")
"""Privileges that the store needs on the cluster, and on its indices."""
_FORBIDDEN = 403
OLDEST, NEWEST = (8, 19), 9
"""Versions of the server that the client and these requests are made for."""
WATERMARK = 85.0
"""Per cent of a disk in use from which Elasticsearch gives it no new shards; at 95 its indices take no writes."""
NEAR_WATERMARK = 80.0
MOST_SHARDS = 1000
"""Shards of one node that ``cluster.max_shards_per_node`` allows."""
MEND_DAMAGED = "look at {path}; delete the capture and replay it to have the documents, then delete the file"
"""What to do about lines that are no dead letters."""
MOST_CONFLICTS = 10
"""Indices whose fields are named one by one."""
MEND_RECORDS = "run `wanglou store migrate`, then `wanglou store replay-dead-letters`"
MEND_OTHERS = "another program made it: delete it, then run `wanglou store init` and `wanglou store mirror`"
_GRADES: dict[str, Grade] = {"green": "fine", "yellow": "warning", "red": "wrong"}


def read_version(cluster: Cluster) -> str:
    """Ask for the server's version; raises StoreError for one that this program does not speak to."""
    with failing(cluster.where):
        version = _ask_version(cluster)
    found = re.match(r"(\d+)\.(\d+)", version)
    numbers = (int(found[1]), int(found[2])) if found else (0, 0)
    if numbers < OLDEST or numbers[0] > NEWEST:
        raise StoreError(f"this is Elasticsearch {version}", where=cluster.where, do=USE_VERSION)
    return version


def _ask_version(cluster: Cluster) -> str:
    answer = cluster.client.nodes.info(node_id="_local", filter_path="nodes.*.version")
    return next((str(node["version"]) for node in answer.get("nodes", {}).values()), "of no version")


def require_version(cluster: Cluster) -> None:
    """Raise StoreError for a server of another version; a key that may not ask for it may read all the same."""
    try:
        read_version(cluster)
    except StoreError as error:
        if not _is_forbidden(error.__cause__):
            raise


def require_health(cluster: Cluster) -> None:
    """Raise StoreError where shards of the cluster are nowhere, so that records can be neither read nor written."""
    with failing(cluster.where):
        finding = _look_at_health(cluster)
    if finding.grade == "wrong":
        raise StoreError(f"the cluster's health is {finding.what}", where=cluster.where, do=finding.do)


def _is_forbidden(error: object) -> bool:
    return isinstance(error, ApiError) and error.meta.status == _FORBIDDEN


def look(cluster: Cluster, templates: Mapping[str, Body]) -> Iterator[Finding]:
    """Look at everything; raises StoreError where the cluster cannot be asked at all."""
    yield from look_at(
        "version", cluster, lambda: [Finding("version", "fine", f"Elasticsearch {read_version(cluster)}")]
    )
    yield from look_at("health", cluster, lambda: [_look_at_health(cluster)])
    yield from look_at("rights", cluster, lambda: [_look_at_rights(cluster)])
    yield from look_at("templates", cluster, lambda: [_look_at_templates(cluster, templates)])
    yield from look_at("mappings", cluster, lambda: _look_at_mappings(cluster, templates))
    yield from look_at("disk", cluster, lambda: _look_at_disks(cluster))
    yield from look_at("shards", cluster, lambda: [_look_at_shards(cluster)])
    yield _look_at_letters(cluster)


def look_at(subject: str, cluster: Cluster, ask: Callable[[], Iterable[Finding]]) -> list[Finding]:
    """Look at one thing; where the key has not the right to, that is what is found."""
    try:
        with failing(cluster.where):
            return list(ask())
    except StoreError as error:
        if not _is_forbidden(error.__cause__):
            raise
        lacking = re.search(r"cluster privileges \[([\w,]+)\]", error.what)
        told = f"the API key may not ask for it: it lacks {lacking[1].split(',')[0] if lacking else 'a right'}"
        return [Finding(subject, "wrong", told, "see the rights")]


def _look_at_version(cluster: Cluster) -> Finding:
    return Finding("version", "fine", f"Elasticsearch {read_version(cluster)}")


def _look_at_health(cluster: Cluster) -> Finding:
    health = cluster.client.cluster.health()
    told = f"{health['status']}, {health['number_of_nodes']} nodes, {health['unassigned_shards']} unassigned shards"
    grade = _GRADES.get(health["status"], "wrong")
    do = "" if grade == "fine" else "bring back the missing nodes (GET _cluster/allocation/explain tells more)"
    return Finding("health", grade, told, do)


def _look_at_rights(cluster: Cluster) -> Finding:
    """Ask whether the key may do what is needed; a server without security lets everybody."""
    names = [f"{cluster.prefix}-*"]
    try:
        answer = cluster.client.security.has_privileges(
            cluster=list(OF_CLUSTER), index=[{"names": names, "privileges": list(OF_INDICES)}]
        )
    except ApiError as error:
        if error.meta.status not in (400, 404, 405):
            raise
        return Finding("rights", "warning", "this server knows no rights", "let nobody else reach it")
    granted = {**answer["cluster"], **answer["index"][names[0]]}
    lacking = sorted(name for name, has in granted.items() if not has)
    if not lacking:
        return Finding("rights", "fine", "all that are needed")
    do = f"grant them to the API key for {names[0]}: {write_role(cluster.prefix)}"
    return Finding("rights", "wrong", f"lacks {', '.join(lacking)}", do)


def write_role(prefix: str) -> str:
    """Write the request that makes a role with all rights that the store needs."""
    indices = [{"names": [f"{prefix}-*", f"moving.{prefix}-*"], "privileges": list(OF_INDICES)}]
    return f"PUT _security/role/{prefix} {json.dumps({'cluster': list(OF_CLUSTER), 'indices': indices})}"


def _look_at_templates(cluster: Cluster, templates: Mapping[str, Body]) -> Finding:
    stale = find_stale(cluster.client, templates)
    if newer := find_newer(cluster.client, templates):
        return Finding("templates", "wrong", f"a later version made {newer} of them", "update this program")
    if not stale:
        return Finding("templates", "fine", f"{len(templates)} templates in place")
    return Finding("templates", "wrong", f"{len(stale)} templates lack or differ", "run `wanglou store init`")


def _look_at_mappings(cluster: Cluster, templates: Mapping[str, Body]) -> Iterator[Finding]:
    """Tell of each index whose fields are of other types than the templates', and how many are of another version."""
    found = find_differences(cluster, templates)
    if not found:
        yield Finding("mappings", "fine", "as the templates")
    conflicts = [one for one in found if one.fields and (not one.is_old or any(" is " in told for told in one.fields))]
    for difference in conflicts[:MOST_CONFLICTS]:
        yield Finding("mappings", "wrong", str(difference), MEND_RECORDS if difference.is_record else MEND_OTHERS)
    if others := len(found) - len(conflicts):
        yield Finding("mappings", "wrong", f"{others} indices are of another version", "run `wanglou store migrate`")
    if (more := len(conflicts) - MOST_CONFLICTS) > 0:
        yield Finding("mappings", "wrong", f"{more} more indices differ in their fields", MEND_RECORDS)


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
        do = "a running console sends them once the cluster answers, as does `wanglou store drain`"
        return Finding("spool", "warning", told, do)
    return Finding("spool", "warning", told, f"give it more room (spool_max=), then delete {spool.folder}/lost")
