"""Makes rule files, and tables of hand-written records, for the tests of the detection stage."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa

from detection.detector import Detector
from detection.records import build_table
from detection.rule import Ruleset
from detection.ruleset import load_rules
from wanglou.errors import FaultsError
from wanglou.site import Site

CAPTURE = "ab" * 32
Record = Mapping[str, Any]


def rule(name: str = "a_rule", **changes: Any) -> dict[str, Any]:
    """Make a rule that fires on unit 1; ``changes`` replace keys, or drop them when None."""
    made: dict[str, Any] = {
        "title": name,
        "id": str(uuid.uuid5(uuid.NAMESPACE_OID, name)),
        "name": name,
        "status": "test",
        "description": "A rule for tests.",
        "logsource": {"product": "wanglou", "service": "modbus"},
        "detection": {"selection": {"modbus.unit_id": 1}, "condition": "selection"},
        "level": "high",
        "tags": ["attack.t0855"],
        "wanglou": block(),
    }
    return {key: value for key, value in {**made, **changes}.items() if value is not None}


def block(**changes: Any) -> dict[str, Any]:
    """Make a ``wanglou`` block; ``changes`` replace keys, or drop them when None."""
    texts = {"title": "T {modbus.unit_id}", "sentence": "{source.ip} to {destination.ip}", "advice": "look"}
    about = {"description": "测试用规则。"}
    made: dict[str, Any] = {
        "version": 1,
        "severity": 70,
        "attack": {"v18": ["T0855"], "v19": ["T1692.001"]},
        "event_class": {"class": "网络攻击事件", "subclass": "网络扫描探测"},
        "window": "10m",
        "zh": {**texts, **about},
        "en": texts,
        "fires": [{"modbus.unit_id": 1}],
        "silent": [{"modbus.unit_id": 2}],
    }
    return {key: value for key, value in {**made, **changes}.items() if value is not None}


def correlation(name: str, what: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """Make a correlation rule."""
    return rule(name, **{"logsource": None, "detection": None, "correlation": dict(what), **changes})


def base(name: str, selection: Mapping[str, Any]) -> dict[str, Any]:
    """Make a base rule that only feeds a correlation."""
    detection = {"selection": dict(selection), "condition": "selection"}
    return {
        "title": name,
        "name": name,
        "logsource": {"product": "wanglou", "service": "modbus"},
        "detection": detection,
        "wanglou": {"zh": {"title": f"{name} 的中文名"}},
    }


def write_rules(folder: Path, *documents: Mapping[str, Any]) -> Path:
    """Write documents into one file named after the first; JSON is YAML."""
    path = folder / f"{str(documents[0].get('name', 'unnamed')).replace('/', '-')}.yml"
    path.write_text("\n---\n".join(json.dumps(document, ensure_ascii=False, indent=1) for document in documents))
    return path


def load(folder: Path, *documents: Mapping[str, Any], site: Site | None = None) -> Ruleset:
    """Write documents into one file and load it."""
    write_rules(folder, *documents)
    return load_rules([folder], site)


def faults(folder: Path, *documents: Mapping[str, Any], site: Site | None = None) -> list[str]:
    """Load documents and give the messages of their faults; none when they are right."""
    try:
        load(folder, *documents, site=site)
    except FaultsError as error:
        return [fault.message for fault in error.faults]
    return []


def table(*records: Record, dataset: str = "modbus") -> pa.Table:
    """Write records into a table of a dataset."""
    return build_table(records, dataset)


def detect(
    rules: Ruleset, tables: Sequence[pa.Table], site: Site | None = None, dataset: str = "modbus"
) -> list[dict[str, Any]]:
    """Feed tables one after the other and give the alerts as records; times as nanoseconds."""
    detector = Detector(rules, site, CAPTURE, "test")
    for fed in tables:
        detector.feed({dataset: fed})
    return alerts(detector.finish())


def alerts(found: pa.Table) -> list[dict[str, Any]]:
    """Turn a table of alerts into records; times as nanoseconds."""
    plain = pa.table(
        [c.cast(pa.int64()) if pa.types.is_timestamp(c.type) else c for c in found.columns], names=found.column_names
    )
    return list(plain.to_pylist())


def cut(whole: pa.Table, places: Sequence[int]) -> list[pa.Table]:
    """Cut a table at the given rows."""
    edges = [0, *sorted(min(place, len(whole)) for place in places), len(whole)]
    return [whole.slice(first, last - first) for first, last in pairwise(edges)]
