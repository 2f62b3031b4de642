"""Reads Sigma rules (specification 2.1): pySigma parses, this module checks and compiles.

pySigma runs under its default SafePolicy. What it does not check against our columns is checked here, and each fault
gets the line of the key it belongs to: pySigma only knows the file.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from sigma.conditions import (
    ConditionAND,
    ConditionIdentifier,
    ConditionItem,
    ConditionNOT,
    ConditionSelector,
)
from sigma.exceptions import SigmaError
from sigma.rule import SigmaDetection, SigmaDetectionItem, SigmaDetections, SigmaRule

from detection.columns import fields_of
from detection.conditions import AllOf, AnyOf, Expression, NotOf
from detection.modifiers import check_modifiers, translate_value
from detection.placeholders import Lists
from parsers.schema import DATASETS, Field
from wanglou.document import Document, Key, Reader, suggest

LEVELS = ("informational", "low", "medium", "high", "critical")
STATUSES = ("stable", "test", "experimental", "deprecated", "unsupported")
_TOP = (
    "title", "id", "name", "taxonomy", "related", "status", "description", "license", "references", "author", "date",
    "modified", "logsource", "detection", "correlation", "fields", "falsepositives", "level", "tags", "scope",
    "wanglou",
)  # fmt: skip
_TEXTS = ("title", "id", "name", "taxonomy", "status", "description", "license", "author", "date", "modified", "level")
_LISTS = ("references", "falsepositives", "tags", "fields", "scope")
_NAME = re.compile(r"[a-z][a-z0-9_]{2,79}")
_MAX_CONDITION = 2000
_MAX_PARENTHESES = 20


@dataclass(slots=True)
class Head:
    """What every rule says about itself, whatever it matches."""

    reader: Reader
    id: str = ""
    name: str = ""
    title: str = ""
    description: str = ""
    level: str = ""
    status: str = ""
    lists: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """References, falsepositives and tags."""
    is_usable: bool = True
    """False when a key has the wrong type, so that pySigma cannot be asked."""


def read_head(document: Document, reader: Reader) -> Head:
    """Read and check the keys that all rules share."""
    top: dict[str, Any] = document.value
    before = len(reader.faults)
    head = Head(reader)
    reader.check_keys(top, _TOP)
    texts = {key: reader.text(top, key, required=key in ("title", "name")) for key in _TEXTS}
    lists = {key: reader.texts(top, key) for key in _LISTS}
    head.is_usable = len(reader.faults) == before
    _check_words(reader, texts)
    head.id, head.name, head.title = _canonical_id(texts["id"]), texts["name"], texts["title"]
    head.description, head.level, head.status = texts["description"], texts["level"], texts["status"] or "experimental"
    head.lists = lists
    return head


def _check_words(reader: Reader, texts: Mapping[str, str]) -> None:
    if texts["id"] and not _canonical_id(texts["id"]):
        reader.fault(f"'id' must be a UUID, not {texts['id']!r:.60}", "id")
    if texts["name"] and not _NAME.fullmatch(texts["name"]):
        reader.fault(f"'name' must be snake case (a-z, 0-9, _), not {texts['name']!r:.80}", "name")
    for key, words in (("level", LEVELS), ("status", STATUSES)):
        if texts[key] and texts[key] not in words:
            reader.fault(f"{key!r} must be one of {', '.join(words)}{suggest(texts[key], words)}", key)


def _canonical_id(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return ""


def read_dataset(reader: Reader) -> str:
    """Read ``logsource``: product wanglou, service the dataset's name; empty when it is wrong."""
    source = reader.mapping(reader.document.value, "logsource", required=True)
    if not source:
        return ""
    reader.check_keys(source, ("product", "service", "category", "definition"), "logsource")
    if source.get("product") != "wanglou":
        reader.fault("'product' must be wanglou", "logsource", "product")
    service = reader.text(source, "service", "logsource", required=True)
    if service and service not in DATASETS:
        message = f"unknown dataset {service!r}{suggest(service, DATASETS)}; known: {', '.join(DATASETS)}"
        reader.fault(message, "logsource", "service")
    return service if service in DATASETS else ""


def read_condition(head: Head, dataset: str, lists: Lists) -> Expression | None:
    """Read ``detection`` into a tree of tests; None when it has faults."""
    reader = head.reader
    before = len(reader.faults)
    given = reader.mapping(reader.document.value, "detection", required=True)
    fields = fields_of(dataset)
    for name, definition in given.items():
        if name != "condition":
            _check_definition(reader, definition, fields, ("detection", name))
    conditions = _conditions(reader, given)
    if len(reader.faults) > before or not head.is_usable or not fields:
        return None
    rule = SigmaRule.from_dict(reader.document.value, collect_errors=True)
    for error in rule.errors:
        reader.fault(str(error), *_place(error))
    if len(reader.faults) > before:
        return None
    parts = {
        name: _Translation(reader, fields, lists).detection(detection, given[name], ("detection", name))
        for name, detection in rule.detection.detections.items()
    }
    trees = [_resolve(reader, rule.detection, index, parts) for index in range(len(conditions))]
    return None if len(reader.faults) > before else trees[0] if len(trees) == 1 else AnyOf(tuple(trees))


def _conditions(reader: Reader, given: Mapping[str, Any]) -> list[str]:
    """Take the condition, or several (any of them is enough), short enough for a recursive parser."""
    value = given.get("condition")
    conditions: list[str] = []
    for condition in value if isinstance(value, list) and value else [value]:
        if not isinstance(condition, str) or not condition.strip():
            reader.fault("'condition' must be a text such as: selection and not filter", *_CONDITION)
        elif len(condition) > _MAX_CONDITION or condition.count("(") > _MAX_PARENTHESES:
            limits = f"{_MAX_CONDITION} characters and {_MAX_PARENTHESES} pairs of parentheses"
            reader.fault(f"'condition' may have at most {limits}", *_CONDITION)
        else:
            conditions.append(condition)
    return conditions


def _check_definition(reader: Reader, definition: Any, fields: Mapping[str, Field], at: tuple[Key, ...]) -> None:
    """Check what a selection names before pySigma reads it, so that each fault has its line."""
    if isinstance(definition, list) and definition:
        for index, part in enumerate(definition):
            _check_definition(reader, part, fields, (*at, index))
    elif isinstance(definition, dict) and definition:
        for key, value in definition.items():
            _check_item(reader, key, value, fields, (*at, key))
    else:
        message = "keyword search is not supported; a selection is a mapping of fields, or a list of such mappings"
        reader.fault(message, *at)


def _check_item(reader: Reader, key: str, value: Any, fields: Mapping[str, Field], at: tuple[Key, ...]) -> None:
    name, *modifiers = key.split("|")
    if not name:
        reader.fault("keyword search is not supported; name a field before the modifiers", *at)
    elif fields and name not in fields:
        reader.fault(f"unknown field {name!r}{suggest(name, fields)}", *at)
    message = check_modifiers(modifiers)
    if message:
        reader.fault(message, *at)
    values = value if isinstance(value, list) else [value]
    if not values:
        reader.fault("an empty list matches nothing; write null for a missing value", *at)
    for part in values:
        if isinstance(part, list | dict):
            reader.fault(f"a value must be text, a number, true, false or null, not {part!r:.60}", *at)
        elif "re" in modifiers and not isinstance(part, str):
            reader.fault(f"an expression is text, not {part!r:.60}", *at)


@dataclass(slots=True)
class _Translation:
    """Turns pySigma's selections into trees, side by side with the text they came from."""

    reader: Reader
    fields: Mapping[str, Field]
    lists: Lists

    def detection(self, detection: SigmaDetection, given: Any, at: tuple[Key, ...]) -> Expression:
        keys: Sequence[Key] = list(given) if isinstance(given, dict) else range(len(given))
        parts: list[Expression] = []
        for item, key in zip(detection.detection_items, keys, strict=True):
            if isinstance(item, SigmaDetectionItem):
                parts.append(self.item(item, (*at, key)))
            else:
                parts.append(self.detection(item, given[key], (*at, key)))
        if len(parts) == 1:
            return parts[0]
        return AllOf(tuple(parts)) if detection.item_linking is ConditionAND else AnyOf(tuple(parts))

    def item(self, item: SigmaDetectionItem, at: tuple[Key, ...]) -> Expression:
        parts: list[Expression] = []
        for value in item.value:
            try:
                parts.append(translate_value(value, self.fields[str(item.field)], self.fields, self.lists))
            except ValueError as error:
                self.reader.fault(str(error), *at)
        linked = AllOf(tuple(parts)) if item.value_linking is ConditionAND else AnyOf(tuple(parts))
        tree = parts[0] if len(parts) == 1 else linked
        return NotOf(tree) if item.negated else tree


def _resolve(reader: Reader, detections: SigmaDetections, index: int, parts: Mapping[str, Expression]) -> Expression:
    """Parse one condition and put the selections in the place of their names."""
    try:
        tree = detections.parsed_condition[index].parse(postprocess=False)
        return _build(cast("ConditionItem", tree), detections, parts)
    except SigmaError as error:
        reader.fault(_explain(str(error), detections.condition[index]), *_CONDITION)
    except KeyError as error:
        reader.fault(f"condition names {error}, which is not defined{suggest(error.args[0], parts)}", *_CONDITION)
    except RecursionError:
        reader.fault("'condition' is nested too deeply", *_CONDITION)
    return AnyOf(())


def _explain(message: str, condition: str) -> str:
    """Tell where a condition cannot be read in place of the grammar that pySigma prints."""
    found = re.search(r"\(at char (\d+)\)", message)
    if found is None:
        return f"condition: {message}"
    at = int(found[1])
    rest = condition[at : at + 30].strip()
    return f"'condition' cannot be read from character {at + 1} on: {f'{rest!r}' if rest else 'something is missing'}"


def _build(node: Any, detections: SigmaDetections, parts: Mapping[str, Expression]) -> Expression:
    if isinstance(node, ConditionIdentifier):
        return parts[node.identifier]
    if isinstance(node, ConditionSelector):
        names = [found.identifier for found in node.resolve_referenced_detections(detections)]
        if not names:
            raise KeyError(node.pattern)
        joint: Callable[[tuple[Expression, ...]], Expression] = AllOf if node.cond_class is ConditionAND else AnyOf
        return joint(tuple(parts[name] for name in names))
    children = tuple(_build(child, detections, parts) for child in node.args)
    if isinstance(node, ConditionNOT):
        return NotOf(children[0])
    return AllOf(children) if isinstance(node, ConditionAND) else AnyOf(children)


_CONDITION = ("detection", "condition")
_PLACES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("SigmaConditionError", _CONDITION),
    ("SigmaDateError", ("date",)),
    ("SigmaModifiedError", ("modified",)),
    ("SigmaTagError", ("tags",)),
    ("SigmaTitleError", ("title",)),
    ("SigmaRelatedError", ("related",)),
    ("SigmaLogsourceError", ("logsource",)),
)


def _place(error: SigmaError) -> tuple[str, ...]:
    """Keys that lead to what a pySigma error speaks of, as far as its class tells."""
    return next((keys for name, keys in _PLACES if type(error).__name__ == name), ("detection",))
