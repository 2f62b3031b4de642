"""The ``wanglou`` block of a rule file: what an alert says, what it folds by, and the records that prove the rule."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from detection.attack import Catalogue
from detection.bound import read_bound
from detection.records import check_record
from detection.rule import COUNT_FIELD, PLACEHOLDER, AlertFacts, Scenario, Texts
from parsers.schema import Field
from wanglou.document import Key, Reader, suggest

_KEYS = ("version", "severity", "attack", "event_class", "entities", "window", "bound", "zh", "en", "fires", "silent")
_TEXTS = {
    "zh": ("title", "description", "sentence", "advice", "falsepositives", "references"),
    "en": ("title", "sentence", "advice"),
}
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_SPAN = re.compile(r"([1-9][0-9]{0,5})([smhd])")
DEFAULT_ENTITIES = ("source.ip", "destination.ip")
DEFAULT_WINDOW = "10m"


def parse_span(text: str) -> int | None:
    """Turn ``90s``, ``10m``, ``6h`` or ``2d`` into nanoseconds; None when it is none of these."""
    found = _SPAN.fullmatch(text)
    return int(found[1]) * _SECONDS[found[2]] * 1_000_000_000 if found else None


class Block:
    """The block of one rule being read."""

    def __init__(self, reader: Reader, fields: Mapping[str, Field], catalogue: Catalogue, *, is_sequence: bool) -> None:
        """Read from the document of ``reader``; with ``is_sequence`` the records of ``fires`` are one scenario."""
        self.reader, self.fields, self.catalogue, self.is_sequence = reader, fields, catalogue, is_sequence
        self.block: dict[str, Any] = reader.mapping(reader.document.value, "wanglou", required=True)

    def read(self, entities: Sequence[str]) -> AlertFacts:
        """Read the block; ``entities`` is the default for that key. Faults go to the reader."""
        reader, block = self.reader, self.block
        reader.check_keys(block, _KEYS, "wanglou")
        attack = reader.mapping(block, "attack", "wanglou", required=True)
        reader.check_keys(attack, ("v18", "v19"), "wanglou", "attack")
        event_class, event_subclass = self._event_class()
        return AlertFacts(
            version=reader.integer(block, "version", 1, 1_000_000, "wanglou", default=1),
            severity=reader.integer(block, "severity", 0, 100, "wanglou", default=-1),
            attack_v18=self._techniques(attack, "v18"),
            attack_v19=self._techniques(attack, "v19"),
            event_class=event_class,
            event_subclass=event_subclass,
            entities=self._entities(entities),
            window_ns=self._window(),
            zh=self._texts("zh"),
            en=self._texts("en"),
            fires=self._scenarios("fires"),
            silent=self._scenarios("silent"),
            bound=read_bound(reader, block, self.fields),
        )

    def _techniques(self, attack: dict[str, Any], version: str) -> tuple[str, ...]:
        given = self.reader.texts(attack, version, "wanglou", "attack", required=bool(attack))
        for index, technique in enumerate(given):
            if not self.catalogue.has(version, technique):
                known = self.catalogue.techniques[version]
                message = f"ATT&CK for ICS {version} has no technique {technique!r}{suggest(technique, known)}"
                self.reader.fault(message, "wanglou", "attack", version, index)
        return given

    def _event_class(self) -> tuple[str, str]:
        given = self.reader.mapping(self.block, "event_class", "wanglou", required=True)
        at = ("wanglou", "event_class")
        self.reader.check_keys(given, ("class", "subclass"), *at)
        name = self.reader.text(given, "class", *at, required=bool(given))
        classes = self.catalogue.classes
        subclass = self.reader.text(given, "subclass", *at, required=bool(given) and bool(classes.get(name, True)))
        if name and classes and name not in classes:
            self.reader.fault(f"GB/T 20986-2023 has no class {name!r}{suggest(name, classes)}", *at, "class")
        elif subclass and name in classes and subclass not in classes[name]:
            near = suggest(subclass, classes[name])
            self.reader.fault(f"class {name!r} has no subclass {subclass!r}{near}", *at, "subclass")
        return name, subclass

    def _entities(self, default: Sequence[str]) -> tuple[str, ...]:
        given = self.reader.texts(self.block, "entities", "wanglou") or tuple(default)
        for index, name in enumerate(given):
            if name not in self.fields:
                self.reader.fault(f"unknown field {name!r}{suggest(name, self.fields)}", "wanglou", "entities", index)
        return tuple(name for name in given if name in self.fields)

    def _window(self) -> int:
        text = self.reader.text(self.block, "window", "wanglou") or DEFAULT_WINDOW
        span = parse_span(text)
        if span is None:
            self.reader.fault(f"'window' must be a time such as 90s, 10m or 6h, not {text!r}", "wanglou", "window")
        return span or 0

    def _texts(self, language: str) -> Texts:
        given = self.reader.mapping(self.block, language, "wanglou", required=True)
        at = ("wanglou", language)
        self.reader.check_keys(given, _TEXTS[language], *at)
        texts = [self.reader.text(given, key, *at, required=bool(given)) for key in ("title", "sentence", "advice")]
        for key, text in zip(("title", "sentence", "advice"), texts, strict=True):
            for name in PLACEHOLDER.findall(text):
                if name not in self.fields and name != COUNT_FIELD:
                    self.reader.fault(f"unknown field {{{name}}}{suggest(name, self.fields)}", *at, key)
        return Texts(*texts)

    def _scenarios(self, key: str) -> tuple[Scenario, ...]:
        """Take the proving records: one scenario per record, or per list of records; of a correlation all together."""
        given = self.reader.items(self.block, key, "wanglou", required=True)
        if "wanglou" in self.reader.document.value and key in self.block and given == [] == self.block[key]:
            self.reader.fault(f"{key!r} holds no record", "wanglou", key)
        if self.is_sequence and given and not all(isinstance(entry, list) for entry in given):
            return (self._scenario(given, ("wanglou", key)),)
        wrapped = [entry if isinstance(entry, list) else [entry] for entry in given]
        return tuple(self._scenario(entry, ("wanglou", key, index)) for index, entry in enumerate(wrapped))

    def _scenario(self, records: list[Any], at: tuple[Key, ...]) -> Scenario:
        for index, record in enumerate(records):
            for message, key in check_record(record, self.fields):
                self.reader.fault(message, *at, *((index,) if len(at) == 2 else ()), key)
        return tuple(record for record in records if isinstance(record, dict))
