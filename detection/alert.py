"""The record of the detection stage: an alert, told in Chinese and English, with evidence that leads to packets."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from detection.attack import Catalogue
from detection.rule import COUNT_FIELD, PLACEHOLDER, AlertFacts, Rule
from detection.window import EARLIEST, LATEST
from parsers.schema import Dataset, Field

ALERT = Dataset(
    "alert",
    "What a rule found: repeats within the rule's window are folded into one alert.",
    (
        Field("@timestamp", "time", "When it was first seen: time of the record that raised it."),
        Field("event.id", "keyword", "Digest of capture, rule, entities and first record: equal when re-read."),
        Field("event.kind", "keyword", "alert."),
        Field("event.dataset", "keyword", "alert."),
        Field("event.start", "time", "Time of the earliest record it rests on."),
        Field("event.end", "time", "When it was last seen."),
        Field("event.severity", "long", "0 to 100, higher is worse."),
        Field("source.ip", "ip", "Address of the client, where the rule folds by it."),
        Field("source.port", "u16", "Port of the client, where the rule folds by it."),
        Field("source.mac", "keyword", "Link address of the client's side, where the rule folds by it."),
        Field("destination.ip", "ip", "Address of the server, where the rule folds by it."),
        Field("destination.port", "u16", "Port of the server, where the rule folds by it."),
        Field("destination.mac", "keyword", "Link address of the server's side, where the rule folds by it."),
        Field("modbus.unit_id", "u8", "Unit identifier, where the rule folds by it."),
        Field("observer.name", "keyword", "Sensor that saw it, or the file it was replayed from."),
        Field("organization.id", "keyword", "Enterprise the traffic belongs to."),
        Field("rule.id", "keyword", "UUID of the rule."),
        Field("rule.name", "keyword", "Name of the rule, which is that of its file."),
        Field("rule.version", "keyword", "Version of the rule."),
        Field("rule.level", "keyword", "informational, low, medium, high or critical."),
        Field("rule.description", "text", "What the rule looks for."),
        Field("threat.framework", "keyword", "MITRE ATT&CK."),
        Field("threat.technique.id", "keywords", "Techniques of ATT&CK for ICS, version 18."),
        Field("threat.technique.name", "keywords", "Their names."),
        Field("threat.tactic.name", "keywords", "Tactics they serve."),
        Field("wanglou.threat.technique_v19.id", "keywords", "The same techniques by the ids of version 19."),
        Field("wanglou.event_class.name", "keyword", "Class of GB/T 20986-2023."),
        Field("wanglou.event_class.subclass", "keyword", "Subclass of GB/T 20986-2023."),
        Field("wanglou.alert.kind", "keyword", "What found it: rule."),
        Field("wanglou.alert.dataset", "keyword", "Dataset of the records it rests on."),
        Field("wanglou.alert.count", "long", "Records that matched, or times the correlation held."),
        Field("wanglou.alert.entities", "keywords", "What it was folded by, each as field=value."),
        Field("wanglou.alert.events", "keywords", "event.id of up to ten of the first records."),
        Field("wanglou.alert.title.zh", "text", "Title in Chinese."),
        Field("wanglou.alert.title.en", "text", "Title in English."),
        Field("wanglou.alert.sentence.zh", "text", "What happened, in Chinese."),
        Field("wanglou.alert.sentence.en", "text", "What happened, in English."),
        Field("wanglou.alert.advice.zh", "text", "What to do, in Chinese."),
        Field("wanglou.alert.advice.en", "text", "What to do, in English."),
        Field("wanglou.capture", "keyword", "SHA-256 of the capture's bytes, with `@` and its enterprise if named."),
        Field("wanglou.packet", "long", "Ordinal of the first packet of its earliest evidence."),
        Field("wanglou.packet_end", "long", "Ordinal of the last packet of the last record."),
    ),
)
"""The alert dataset; unlike other datasets its ``event.id`` is stored."""

EVIDENCE = 10
"""Records an alert points at."""
_ENTITY_COLUMNS = tuple(
    column.name for column in ALERT.fields if column.name.startswith(("source.", "destination.", "modbus."))
)
_LONGEST = 120


@dataclass(slots=True)
class Alert:
    """An alert that may still grow."""

    rule: Rule
    entities: Mapping[str, Any]
    """Field -> value, ``organization.id`` first."""
    raised_ns: int
    """Time of the record that raised it."""
    start_ns: int
    """Time of the earliest record it rests on."""
    last_ns: int
    count: int
    packet_end: int
    values: Mapping[str, Any]
    """Values of the first record that the texts name."""
    pointers: list[int] = field(default_factory=list)
    """Packed evidence pointers, at most ``EVIDENCE``."""
    first: int = 0
    """Packed pointer of the record that raised it."""


def make_event_id(capture: str, dataset: str, pointer: int) -> str:
    """Make the ``event.id`` of a record from its packed pointer."""
    return f"{capture[:16]}{capture[64:]}-{dataset}-{pointer >> 16}-{pointer & 0xFFFF}"


def make_alert_id(capture: str, alert: Alert) -> str:
    """Make the ``event.id`` of an alert: the same for the same capture, rule, entities and first record."""
    parts = [capture, alert.rule.id, str(alert.raised_ns), str(alert.first)]
    parts += [f"{name}={value}" for name, value in alert.entities.items()]
    return "alert-" + hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def template_fields(facts: AlertFacts) -> tuple[str, ...]:
    """Fields that the texts of a rule name."""
    texts = [text for part in (facts.zh, facts.en) for text in (part.title, part.sentence, part.advice)]
    return tuple(dict.fromkeys(name for text in texts for name in PLACEHOLDER.findall(text)))


def format_value(name: str, value: Any) -> str:
    """Write a value for people: traffic's control characters replaced, long ones cut."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        shown = ", ".join(format_value("", element) for element in value[:8])
        return shown + (" …" if len(value) > 8 else "")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if name in ("@timestamp", "event.end") and isinstance(value, int):
        clipped = min(max(value, EARLIEST), LATEST)
        return datetime.fromtimestamp(clipped // 1_000_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    text = str(value)[: _LONGEST + 1]
    if not text.isprintable():
        text = "".join("\N{REPLACEMENT CHARACTER}" if _is_control(char) else char for char in text)
    return text[:_LONGEST] + "…" if len(text) > _LONGEST else text


def fill_template(text: str, values: Mapping[str, Any]) -> str:
    """Put values in the place of ``{field}``."""
    return PLACEHOLDER.sub(lambda found: format_value(found[1], values.get(found[1])), text)


def make_row(alert: Alert, facts: AlertFacts, capture: str, observer: str, catalogue: Catalogue) -> dict[str, Any]:
    """Write an alert as a row of ``ALERT``."""
    rule, values = alert.rule, {**alert.values, COUNT_FIELD: alert.count}
    row: dict[str, Any] = {
        "@timestamp": alert.raised_ns,
        "event.id": make_alert_id(capture, alert),
        "event.kind": "alert",
        "event.dataset": "alert",
        "event.start": alert.start_ns,
        "event.end": alert.last_ns,
        "event.severity": facts.severity,
        "observer.name": observer,
        "organization.id": alert.entities.get("organization.id"),
        "rule.id": rule.id,
        "rule.name": rule.name,
        "rule.version": str(facts.version),
        "rule.level": rule.level,
        "rule.description": rule.description,
        "threat.framework": "MITRE ATT&CK",
        "threat.technique.id": list(facts.attack_v18),
        "threat.technique.name": catalogue.names("v18", facts.attack_v18),
        "threat.tactic.name": catalogue.tactics("v18", facts.attack_v18),
        "wanglou.threat.technique_v19.id": list(facts.attack_v19),
        "wanglou.event_class.name": facts.event_class,
        "wanglou.event_class.subclass": facts.event_subclass,
        "wanglou.alert.kind": "rule",
        "wanglou.alert.dataset": rule.dataset,
        "wanglou.alert.count": alert.count,
        "wanglou.alert.entities": _name_entities(alert.entities),
        "wanglou.alert.events": [make_event_id(capture, rule.dataset, pointer) for pointer in alert.pointers],
        "wanglou.capture": capture,
        "wanglou.packet": min(pointer >> 16 for pointer in alert.pointers),
        "wanglou.packet_end": alert.packet_end,
    }
    row |= {name: alert.entities[name] for name in _ENTITY_COLUMNS if name in alert.entities}
    for language, texts in (("zh", facts.zh), ("en", facts.en)):
        for what in ("title", "sentence", "advice"):
            row[f"wanglou.alert.{what}.{language}"] = fill_template(getattr(texts, what), values)
    return row


def _name_entities(entities: Mapping[str, Any]) -> Sequence[str]:
    return [f"{name}={format_value(name, value)}" for name, value in entities.items() if value is not None]


def _is_control(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp")
