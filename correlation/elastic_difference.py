"""Where the fields of an index are not those that its template gives: what makes documents and questions fail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from correlation.elastic_capture import CAPTURES
from correlation.elastic_cluster import Cluster
from correlation.elastic_document import DOCUMENTS
from correlation.elastic_mapping import Body, alias_of, is_current
from correlation.elastic_partition import parse_partition

_SHOWN = 3
"""Fields of one index that are named."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What one index has otherwise than its template."""

    index: str
    is_old: bool = False
    """True where another version of this program made it."""
    is_record: bool = True
    """False for the index of captures, and those of documents."""
    fields: tuple[str, ...] = ()
    """Fields of another type, or none, in words."""

    def __str__(self) -> str:
        """Name index and fields."""
        others = len(self.fields) - _SHOWN
        more = f" and {others} more" if others > 0 else ""
        return f"{self.index}: {', '.join(self.fields[:_SHOWN])}{more}" if self.fields else self.index


def find_differences(cluster: Cluster, templates: Mapping[str, Body]) -> list[Difference]:
    """Compare every index of the store with its template, field by field; gives those that differ, by name."""
    path = "*.mappings._meta,*.mappings.properties"
    there = cluster.client.indices.get_mapping(index=f"{cluster.prefix}-*", filter_path=path)
    found = []
    for name, body in sorted(there.items()):
        template = find_template(cluster, name, templates)
        if template is not None:
            found.append(_compare(cluster, name, body["mappings"], template["mappings"]))
    return [difference for difference in found if difference.is_old or difference.fields]


def find_template(cluster: Cluster, index: str, templates: Mapping[str, Body]) -> Body | None:
    """Give what an index of that name would be made of; None for one that is none of ours."""
    prefix = cluster.prefix
    if index == alias_of(prefix, CAPTURES):
        name = index
    elif index.startswith(f"{alias_of(prefix, DOCUMENTS)}-"):
        name = alias_of(prefix, DOCUMENTS)
    else:
        dataset, _, suffix = index.removeprefix(f"{prefix}-").partition("-")
        partition = parse_partition(dataset, suffix) if dataset in cluster.datasets else None
        if partition is None:
            return None
        name = alias_of(prefix, dataset) + ("-quarantine" if partition.first is None else "")
    found: Body | None = templates.get(name, {}).get("template")
    return found


def _compare(cluster: Cluster, index: str, found: Mapping[str, Any], wanted: Mapping[str, Any]) -> Difference:
    types = dict(flatten(found.get("properties", {})))
    fields = [
        f"{name} is {types[name]} and not {kind}" if name in types else f"{name} lacks"
        for name, kind in sorted(flatten(wanted["properties"]))
        if types.get(name) != kind
    ]
    dataset = index.removeprefix(f"{cluster.prefix}-").partition("-")[0]
    is_old = not is_current(found.get("_meta"), wanted["_meta"])
    return Difference(index, is_old, dataset in cluster.datasets, tuple(fields))


def flatten(properties: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    """Give the full names and types of all fields, of objects and of fields with several forms too."""
    for name, mapping in properties.items():
        full = f"{before}{name}"
        if "type" in mapping:
            yield full, str(mapping["type"])
        for inner in ("properties", "fields"):
            yield from flatten(mapping.get(inner, {}), f"{full}.")
