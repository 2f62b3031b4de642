"""Index templates, made from the declared fields of the datasets: every field typed, none made up by a record.

Fields beside the declared ones: ``<time>_ns``, the time as a whole number, because dates compare and bucket by
milliseconds and cannot be before 1970 where they hold nanoseconds; ``<field>.folded``, lower case, where people look
for words; ``<text>.raw``, the text as it is.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from elasticsearch import Elasticsearch

from correlation.query_leaf import bare_fields
from parsers.schema import Dataset, Field
from wanglou import __version__
from wanglou.errors import StoreError

VERSION = 1
"""Version of the layout: of indices, mappings and documents."""
NS = "_ns"
"""Ends the name of the number beside a time."""
FOLDED, RAW = "folded", "raw"
_TYPES = {
    "time": "date",
    "duration": "long",
    "ip": "ip",
    "keyword": "keyword",
    "text": "text",
    "boolean": "boolean",
    "long": "long",
    "u8": "long",
    "u16": "long",
    "u32": "long",
    "longs": "long",
    "double": "double",
    "doubles": "double",
    "keywords": "keyword",
}
Body = dict[str, Any]


def alias_of(prefix: str, dataset: str) -> str:
    """Name what all indices of a dataset stand behind."""
    return f"{prefix}-{dataset}"


def make_properties(dataset: Dataset, *, quarantined: bool = False) -> Body:
    """Give the mapping's properties of a dataset, by dotted name."""
    looked_in = {field.name for field in bare_fields(dataset)}
    properties: Body = {}
    for field in dataset.fields:
        properties[field.name] = _map(field, is_looked_in=field.name in looked_in)
        if field.kind == "time":
            properties[field.name + NS] = {"type": "long"}
    if not quarantined:
        properties["@timestamp"] = {"type": "date_nanos"}
    return properties


def _map(field: Field, *, is_looked_in: bool) -> Body:
    mapping: Body = {"type": _TYPES[field.kind]}
    if field.kind in ("double", "doubles"):
        mapping["ignore_malformed"] = True  # "NaN" and infinities are kept, and found by nothing
    folded = {FOLDED: {"type": "keyword", "normalizer": "lowercase"}}
    if field.kind == "text":
        mapping["fields"] = {**folded, RAW: {"type": "keyword"}}
    elif is_looked_in:
        mapping["fields"] = folded
    return mapping


DURABLE: Body = {
    "number_of_shards": 1,
    "auto_expand_replicas": "0-1",
    "write.wait_for_active_shards": "all",
    "unassigned.node_left.delayed_timeout": "5s",
}
"""One shard, and a copy of it where there is a second node. Nothing is taken before the copy is there, else what was
acknowledged could be lost with one node; and a copy that went with its node is soon made on another."""


def make_settings() -> Body:
    """Give the settings of an index of records."""
    return {
        **DURABLE,
        "codec": "best_compression",
        "refresh_interval": "5s",
        "mapping.total_fields.limit": 2000,
    }


def make_templates(prefix: str, dataset: Dataset) -> dict[str, Body]:
    """Give the index templates of a dataset by name: one for its days, one for its quarantine."""
    alias = alias_of(prefix, dataset.name)
    return {
        alias: _template(alias, f"{alias}-*", dataset, quarantined=False),
        f"{alias}-quarantine": _template(alias, f"{alias}-quarantine", dataset, quarantined=True),
    }


def _template(alias: str, pattern: str, dataset: Dataset, *, quarantined: bool) -> Body:
    properties = make_properties(dataset, quarantined=quarantined)
    settings = make_settings()
    return {
        "index_patterns": [pattern],
        "priority": 600 + quarantined,
        "template": {
            "settings": {"index": settings},
            "mappings": {"dynamic": "strict", "_meta": make_meta(properties, settings), "properties": properties},
            "aliases": {alias: {}},
        },
    }


def make_meta(properties: Body, settings: Body | None = None) -> Body:
    """Note who made a mapping: the layout's version, a digest of the fields and settings, and the release."""
    digest = hashlib.sha256(json.dumps([properties, settings], sort_keys=True).encode()).hexdigest()[:16]
    return {"wanglou": {"version": VERSION, "fields": digest, "release": __version__}}


def is_current(found: Any, wanted: Body) -> bool:
    """Tell whether a mapping's note says the same layout and fields, of whatever release."""
    notes = [_read_note(meta) for meta in (found, wanted)]
    return all(notes[0].get(name) == notes[1].get(name) for name in ("version", "fields"))


def is_newer(found: Any) -> bool:
    """Tell whether a later version of this program made a mapping."""
    note = _read_note(found)
    version = note.get("version")
    return (isinstance(version, int) and version > VERSION) or _parse(note.get("release")) > _parse(__version__)


def _read_note(meta: Any) -> Body:
    note = meta.get("wanglou") if isinstance(meta, dict) else None
    return note if isinstance(note, dict) else {}


def _parse(release: Any) -> list[int]:
    return [int(number) for number in re.findall(r"\d{1,9}", str(release or ""))[:3]]


def put_templates(client: Elasticsearch, where: str, templates: Mapping[str, Body]) -> list[str]:
    """Put the templates that lack or differ in place; gives their names.

    Raises StoreError where a later version of this program made them: an earlier one would take fields away.
    """
    there = _read_templates(client, templates)
    stale = _find_stale(there, templates)
    newer = next((there[name] for name in stale if is_newer(there.get(name))), None)
    if newer is not None:
        what = f"a later version of Wanglou ({_read_note(newer).get('release', 'unknown')}) made this store"
        raise StoreError(what, where=where, do=f"update this one, which is {__version__}")
    for name in stale:
        client.indices.put_index_template(name=name, **templates[name])
    return stale


def find_stale(client: Elasticsearch, templates: Mapping[str, Body]) -> list[str]:
    """List the templates that a cluster lacks, or has otherwise."""
    return _find_stale(_read_templates(client, templates), templates)


def find_newer(client: Elasticsearch, templates: Mapping[str, Body]) -> int:
    """Count the templates that differ, and that a later version of this program made."""
    there = _read_templates(client, templates)
    return sum(is_newer(there.get(name)) for name in _find_stale(there, templates))


def _find_stale(there: Mapping[str, Any], templates: Mapping[str, Body]) -> list[str]:
    wanted = {name: body["template"]["mappings"]["_meta"] for name, body in templates.items()}
    return [name for name, meta in wanted.items() if not is_current(there.get(name), meta)]


def _read_templates(client: Elasticsearch, templates: Mapping[str, Body]) -> dict[str, Any]:
    """Read the notes of the templates that a cluster has, by name."""
    prefix = min(templates).partition("-")[0]
    path = "index_templates.name,index_templates.index_template.template.mappings._meta"
    answer = client.options(ignore_status=404).indices.get_index_template(name=f"{prefix}-*", filter_path=path)
    found = {one["name"]: one.get("index_template", {}) for one in answer.get("index_templates", [])}
    return {name: one.get("template", {}).get("mappings", {}).get("_meta") for name, one in found.items()}
