"""Names of the classes of GB/T 20986-2023 in the reader's language; records hold the Chinese ones."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import detection
from wanglou.languages import Language

FILE = Path(detection.__file__).with_name("event_classes.json")


def name_event_class(name: str | None, language: Language) -> str:
    """Give the name of a class or subclass; one that is not known stays as it is, none is empty."""
    if not name or language == "zh":
        return name or ""
    return _english().get(name, name)


@cache
def _english() -> Mapping[str, str]:
    return dict(_pairs(json.loads(FILE.read_text(encoding="utf-8"))["classes"]))


def _pairs(classes: list[dict[str, object]]) -> Iterator[tuple[str, str]]:
    for one in classes:
        yield str(one["name"]), str(one["en"])
        below = one.get("subclasses")
        if isinstance(below, list):
            yield from _pairs(below)
