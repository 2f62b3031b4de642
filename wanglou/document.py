"""YAML files that people write: read with duplicate keys refused and the line of every key at hand.

libyaml composes the node tree; the values are built here, because the stock constructor drops lines and lets a later
key replace an earlier one in silence. Anchors, aliases and merge keys are refused, so a small file cannot grow into a
large one. Times stay text, and so does anything with a colon in it (YAML 1.1 would read ``10:30`` as 630).
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from wanglou.errors import Fault

MAX_BYTES = 1 << 20
"""Largest file read; a rule or a site file of a park is some kilobytes."""
MAX_DEPTH = 100
"""Deepest nesting read; libyaml's composer recurses on the C stack and would end the process."""

Key = str | int
Value = Any


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML document of a file."""

    path: Path
    value: Value
    """Built of dict, list, str, int, float, bool and None."""
    node: yaml.Node
    """The node tree the value was built from; it knows the lines."""

    def line(self, *keys: Key) -> int:
        """Line (from 1) of the entry reached by ``keys``; of the deepest one that exists if the last ones do not."""
        node, line = self.node, self.node.start_mark.line
        for key in keys:
            found = _child(node, key)
            if found is None:
                break
            node, line = found
        return int(line) + 1


@dataclass(slots=True)
class Reader:
    """Takes typed values out of a document and collects what is wrong with them."""

    document: Document
    faults: list[Fault] = field(default_factory=list)

    def fault(self, message: str, *keys: Key) -> None:
        """Note one fault at the line of the entry reached by ``keys``."""
        self.faults.append(Fault(self.document.path, self.document.line(*keys), message))

    def check_keys(self, value: Mapping[str, Value], known: Iterable[str], *keys: Key) -> None:
        """Note every key of ``value`` that is not ``known``, with the nearest known one."""
        known = list(known)
        for key in value:
            if key not in known:
                self.fault(f"unknown key {key!r}{suggest(str(key), known)}", *keys, key)

    def mapping(self, holder: Mapping[str, Value], key: str, *keys: Key, required: bool = False) -> dict[str, Value]:
        """Take a mapping, empty when absent or wrong."""
        return self._take(holder, key, keys, required, dict, "a mapping", {})  # type: ignore[no-any-return]

    def items(self, holder: Mapping[str, Value], key: str, *keys: Key, required: bool = False) -> list[Value]:
        """Take a list, empty when absent or wrong."""
        return self._take(holder, key, keys, required, list, "a list", [])  # type: ignore[no-any-return]

    def text(self, holder: Mapping[str, Value], key: str, *keys: Key, required: bool = False) -> str:
        """Take a text that is not blank, empty when absent or wrong."""
        text = self._take(holder, key, keys, required, str, "text", "")
        if key in holder and isinstance(holder[key], str) and not text.strip():
            self.fault(f"{key!r} is blank", *keys, key)
        return str(text)

    def integer(self, holder: Mapping[str, Value], key: str, low: int, high: int, *keys: Key, default: int = 0) -> int:
        """Take a whole number of ``low``..``high``, else ``default``; it may be absent if that is in range."""
        value = holder.get(key, default)
        if key not in holder and not low <= default <= high:
            self.fault(f"{key!r} is missing", *keys, key)
            return default
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.fault(f"{key!r} must be a whole number from {low} to {high}, not {value!r}", *keys, key)
            return default
        return value

    def texts(self, holder: Mapping[str, Value], key: str, *keys: Key, required: bool = False) -> tuple[str, ...]:
        """Take a list of texts; those that are no text are noted and left out."""
        kept = []
        for index, value in enumerate(self.items(holder, key, *keys, required=required)):
            if isinstance(value, str) and value.strip():
                kept.append(value)
            else:
                self.fault(f"{key!r} must hold texts, not {value!r}", *keys, key, index)
        return tuple(kept)

    def _take(
        self,
        holder: Mapping[str, Value],
        key: str,
        keys: tuple[Key, ...],
        required: bool,
        wanted: type,
        what: str,
        empty: Value,
    ) -> Value:
        value = holder.get(key)
        if value is None:
            if required:
                self.fault(f"{key!r} is missing" if key not in holder else f"{key!r} is empty", *keys, key)
            return empty
        if not isinstance(value, wanted):
            self.fault(f"{key!r} must be {what}, not {value!r:.80}", *keys, key)
            return empty
        return value


def suggest(word: str, known: Iterable[str]) -> str:
    """Phrase the nearest known word as a question, or nothing when none is near."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean {near[0]!r}?" if near else ""


def read_documents(path: Path) -> tuple[list[Document], list[Fault]]:
    """Read every document of a YAML file; what cannot be read comes back as faults, never as an exception.

    Documents that are empty (a trailing ``---``) are left out.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            return [], [Fault(path, 0, f"larger than {MAX_BYTES} bytes")]
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        return [], [Fault(path, 0, f"cannot be read: {error.strerror}")]
    except UnicodeDecodeError as error:
        return [], [Fault(path, 0, f"is not UTF-8 at byte {error.start}")]
    return parse_documents(path, text)


def parse_documents(path: Path, text: str) -> tuple[list[Document], list[Fault]]:
    """Read every document of a YAML text; ``path`` only names it in faults."""
    documents: list[Document] = []
    faults: list[Fault] = []
    try:
        if _may_be_deep(text) and _depth(text) > MAX_DEPTH:
            return [], [Fault(path, 0, f"nested deeper than {MAX_DEPTH} levels")]
        loader = _Loader(text)
        try:
            while loader.check_node():
                node = loader.get_node()
                value = _Builder(path, faults).build(node) if node is not None else None
                if node is not None and value is not None:
                    documents.append(Document(path, value, node))
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        faults.append(Fault(path, mark.line + 1 if mark else 0, f"not valid YAML: {error.problem}"))
    except yaml.YAMLError as error:
        faults.append(Fault(path, 0, f"not valid YAML: {error}"))
    return documents, faults


def _may_be_deep(text: str) -> bool:
    """Tell cheaply whether a text has enough opening marks or indentation to nest past the limit."""
    marks = sum(text.count(mark) for mark in ("[", "{", "- ", "? "))
    return marks > MAX_DEPTH or "\n" + " " * MAX_DEPTH in text


def _depth(text: str) -> int:
    """Measure the nesting from the event stream, which libyaml makes without recursion."""
    deepest = depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            deepest = max(deepest, depth)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            break
    return deepest


class _Loader(yaml.CSafeLoader):
    """libyaml's loader without what is not used here: resolvers by path, and patterns tried on plain words."""

    def descend_resolver(self, *_: object) -> None:
        """No resolver depends on where a node stands."""

    def ascend_resolver(self) -> None:
        """No resolver depends on where a node stands."""

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> Any:
        """Find the tag of a node; a word that cannot begin a number, boolean, null or time is text."""
        if kind is not yaml.ScalarNode:
            return "tag:yaml.org,2002:seq" if kind is yaml.SequenceNode else "tag:yaml.org,2002:map"
        if not implicit[0] or value[:1] not in self.yaml_implicit_resolvers:
            return "tag:yaml.org,2002:str"
        return super().resolve(kind, value, implicit)  # type: ignore[no-untyped-call]


class _Builder:
    """Turns nodes into plain values and notes duplicate keys and shared nodes."""

    def __init__(self, path: Path, faults: list[Fault]) -> None:
        self.path, self.faults = path, faults
        self.seen: set[int] = set()

    def build(self, node: yaml.Node) -> Value:
        if isinstance(node, yaml.ScalarNode):
            return self.scalar(node)
        if id(node) in self.seen:
            self.note(node, "anchors and aliases are not supported; write the value out")
            return None
        self.seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            return [self.build(child) for child in node.value]
        return self.mapping(node)

    def mapping(self, node: yaml.Node) -> dict[str, Value]:
        built: dict[str, Value] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode) or key_node.tag == "tag:yaml.org,2002:merge":
                self.note(key_node, "keys must be plain text")
                continue
            key = key_node.value
            if key in built:
                self.note(key_node, f"duplicate key {key!r}; the first one is on line {_line_of(node, key)}")
                continue
            built[key] = self.build(value_node)
        return built

    def scalar(self, node: yaml.ScalarNode) -> Value:
        build = _SCALARS.get(node.tag)
        if build is None:
            if node.tag not in _TEXT_TAGS:
                self.note(node, f"tag {node.tag!r} is not supported")
            return node.value
        try:
            return build(node.value)
        except ValueError:
            self.note(node, f"{node.value!r:.80} is no {node.tag.rpartition(':')[2]}")
            return None

    def note(self, node: yaml.Node, message: str) -> None:
        self.faults.append(Fault(self.path, node.start_mark.line + 1, message))


def _integer(text: str) -> Value:
    if ":" in text or len(text) > 30:
        return text
    text = text.replace("_", "")
    digits = text.lstrip("+-")
    if digits.startswith("0") and digits.isdigit() and len(digits) > 1:
        raise ValueError  # YAML 1.1 reads it as octal, YAML 1.2 as decimal
    return int(text, 0)


def _float(text: str) -> Value:
    if ":" in text:
        return text
    return float(text.replace("_", "").lower().replace(".inf", "inf").replace(".nan", "nan"))


_TEXT_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("str", "timestamp", "value")}
_SCALARS: dict[str, Callable[[str], Value]] = {
    "tag:yaml.org,2002:null": lambda _: None,
    "tag:yaml.org,2002:bool": lambda text: text.lower() in ("true", "yes", "on"),
    "tag:yaml.org,2002:int": _integer,
    "tag:yaml.org,2002:float": _float,
}


def _child(node: yaml.Node, key: Key) -> tuple[yaml.Node, int] | None:
    if isinstance(node, yaml.MappingNode):
        for key_node, value_node in node.value:
            if key_node.value == key:
                return value_node, key_node.start_mark.line
    elif isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
        return node.value[key], node.value[key].start_mark.line
    return None


def _line_of(node: yaml.Node, key: str) -> int:
    found = _child(node, key)
    return found[1] + 1 if found else 0
