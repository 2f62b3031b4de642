"""Classes of GB/T 20986-2023 as forms offer them: names in both languages, and how sure we are of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from detection.attack import FOLDER
from wanglou.languages import Language

STANDARD = "GB/T 20986-2023"


@dataclass(frozen=True, slots=True)
class Name:
    """What a class or subclass is called; the Chinese name is the standard's, the English one ours."""

    zh: str
    en: str

    def tell(self, language: Language) -> str:
        """Give it in a language."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, slots=True)
class EventClass:
    """One class with its subclasses."""

    name: Name
    subclasses: Sequence[Name]


@cache
def list_classes() -> tuple[EventClass, ...]:
    """List the classes in the order of the standard; none where the file is missing."""
    return tuple(
        EventClass(_name(one), tuple(_name(part) for part in one.get("subclasses", ())))
        for one in _content().get("classes", ())
    )


@cache
def is_confirmed() -> bool:
    """True once the names were compared with the text of the standard."""
    return _content().get("status") == "confirmed"


@cache
def tell_class(name: str, subclass: str, language: Language) -> str:
    """Write class and subclass in a language; names that the list lacks as they are."""
    known = {one.name.zh: one for one in list_classes()}
    if name not in known:
        return " / ".join(filter(None, (name, subclass)))
    parts = {one.zh: one for one in known[name].subclasses}
    told = parts[subclass].tell(language) if subclass in parts else subclass
    return " / ".join(filter(None, (known[name].name.tell(language), told)))


def _name(entry: dict[str, Any]) -> Name:
    return Name(str(entry["name"]), str(entry.get("en") or entry["name"]))


@cache
def _content() -> dict[str, Any]:
    path = FOLDER / "event_classes.json"
    found = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found if isinstance(found, dict) else {}
