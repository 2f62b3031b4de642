"""A Sigma rule drafted from a query: what the query asks, as selections and a condition of Sigma 2.1."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import yaml

from console.record import Record
from console.views.hunt import Hunt
from console.visit import Visit
from correlation.query import parse_query
from correlation.query_tree import (
    And,
    Between,
    Contains,
    Equal,
    Everything,
    Exists,
    Like,
    Node,
    Not,
    Or,
    Scalar,
    Wild,
    Within,
)
from parsers.schema import DATASETS, Field
from wanglou.errors import UsageError

_NUMBERS = ("long", "longs", "double", "doubles", "u8", "u16", "u32", "duration")
_TEXTS = ("keyword", "keywords", "text")
Item = tuple[str, Any]
"""Key of a selection, with its modifiers, and its value."""


@dataclass(slots=True)
class _Draft:
    """Selections by name, in the order they were made."""

    selections: dict[str, dict[str, Any]] = field(default_factory=dict)
    fields: dict[str, Field] = field(default_factory=dict)
    """Fields that were asked for."""

    def add(self, items: Mapping[str, Any]) -> str:
        name = "selection" if not self.selections else f"selection_{len(self.selections) + 1}"
        self.selections[name] = dict(items)
        return name

    def write(self, node: Node, *, is_inner: bool = False) -> str:
        """Write a node as a condition over selections."""
        if isinstance(node, And):
            return self._join(self._gather(node.parts), " and ", is_inner=is_inner)
        if isinstance(node, Or):
            same = self._same_field(node.parts)
            if same is not None:
                return self.add(same)
            return self._join([self.write(part, is_inner=True) for part in node.parts], " or ", is_inner=is_inner)
        if isinstance(node, Not):
            return f"not {self.write(node.part, is_inner=True)}"
        return self.add(dict(self._items(node)))

    def _join(self, parts: Sequence[str], word: str, *, is_inner: bool) -> str:
        return parts[0] if len(parts) == 1 else f"({word.join(parts)})" if is_inner else word.join(parts)

    def _gather(self, parts: Sequence[Node]) -> list[str]:
        """Put the leaves of an And into one selection as far as their keys differ; the rest follows."""
        together: dict[str, Any] = {}
        others: list[Node] = []
        for part in parts:
            items = None if isinstance(part, And | Or | Not) else self._items(part)
            if items is not None and not together.keys() & dict(items).keys():
                together.update(items)
            else:
                others.append(part)
        first = [self.add(together)] if together else []
        return first + [self.write(part, is_inner=True) for part in others]

    def _same_field(self, parts: Sequence[Node]) -> dict[str, Any] | None:
        """Make one selection with a list of values, where all parts ask one field in the same way."""
        if any(isinstance(part, And | Or | Not | Between) for part in parts):
            return None
        items = [self._items(part) for part in parts]
        keys = {one[0][0] for one in items}
        return {keys.pop(): [one[0][1] for one in items]} if len(keys) == 1 else None

    def _items(self, node: Node) -> list[Item]:
        if isinstance(node, Everything):
            return [("network.protocol|exists", True)]
        if not isinstance(node, Equal | Between | Like | Contains | Within | Exists):
            raise UsageError("a rule cannot ask this", do="leave it out of the query, then save the rule")
        asked, name = node.field, node.field.name
        self.fields[name] = asked
        if isinstance(node, Exists):
            return [(f"{name}|exists", True)]
        if asked.kind == "time" or asked.derived:
            raise _cannot(name)
        if isinstance(node, Within):
            return [(f"{name}|cidr", str(node.network))]
        if isinstance(node, Equal):
            return [_equal(asked, node.value)]
        if isinstance(node, Between):
            return _between(asked, node)
        cased = "cased" if isinstance(node, Like) else "contains"
        return [(f"{name}|{cased}", _write_pattern(node.pattern))]


def _equal(asked: Field, value: Scalar) -> Item:
    if asked.kind in _TEXTS:
        return f"{asked.name}|cased", _escape(str(value))
    return asked.name, value


def _between(asked: Field, node: Between) -> list[Item]:
    if asked.kind not in _NUMBERS:
        raise _cannot(asked.name)
    ends = ((node.low, "gte" if node.low_included else "gt"), (node.high, "lte" if node.high_included else "lt"))
    return [(f"{asked.name}|{how}", value) for value, how in ends if value is not None]


def _cannot(name: str) -> UsageError:
    return UsageError(f"a rule cannot ask for {name} in this way", do="leave it out of the query, then save the rule")


def _write_pattern(pattern: Sequence[str | Wild]) -> str:
    return "".join(part.value if isinstance(part, Wild) else _escape(part) for part in pattern)


def _escape(text: str) -> str:
    """Write a text so that Sigma takes its wildcards as characters."""
    return text.replace("\\", "\\\\").replace("*", "\\*").replace("?", "\\?")


def draft_rule(visit: Visit, hunt: Hunt, example: Record | None) -> str:
    """Write a rule that finds what the query finds; ``example`` is a record that proves it.

    Raises UsageError for what no rule can ask, and for datasets that rules do not read.
    """
    dataset = hunt.dataset
    if dataset.name not in DATASETS:
        raise UsageError("rules read records, not alerts", do="choose another dataset")
    made = _Draft()
    condition = made.write(parse_query(hunt.question.text, dataset, now_ns=visit.now_ns))
    fires = {name: example[name] for name in made.fields if example is not None and example[name] is not None}
    name = f"hunt_{dataset.name}"
    rule: dict[str, Any] = {
        "title": f"Hunt in {dataset.name}",
        "id": str(uuid.uuid4()),
        "name": name,
        "status": "experimental",
        "description": f"Drafted from the query {hunt.question.text}",
        "author": visit.guest.name if visit.guest else "",
        "date": datetime.fromtimestamp(visit.now_ns // 10**9, UTC).date(),
        "logsource": {"product": "wanglou", "service": dataset.name},
        "detection": {**made.selections, "condition": condition},
        "level": "medium",
        "wanglou": {
            "version": 1,
            "severity": 50,
            "attack": {"v18": [], "v19": []},
            "event_class": {"class": "异常行为事件", "subclass": "访问异常"},
            "entities": ["source.ip", "destination.ip"],
            "window": "10m",
            "zh": {
                "title": "检索规则草稿",
                "description": f"由查询 {hunt.question.text} 起草",
                "sentence": "{source.ip} 访问 {destination.ip}。",
                "advice": "请补充处置建议。",
            },
            "en": {
                "title": f"Hunt in {dataset.name}",
                "sentence": "{source.ip} dealt with {destination.ip}.",
                "advice": "Say here what to do.",
            },
            "fires": [fires] if fires else [],
            "silent": [],
        },
    }
    written = yaml.safe_dump(rule, sort_keys=False, allow_unicode=True, width=120)
    return f"# {visit.say('hunt.rule_comment')}\n{written}"
