"""What the console says, in Chinese and English: one file per subject below ``messages/``, both languages side by side.

A file ``alerts.yaml`` holds keys that begin with ``alerts.``::

    alerts.title: {zh: 告警, en: Alerts}
    alerts.count: {zh: "{count} 条", en: "{count} alerts"}

``{name}`` is filled in. ``made_up: [alerts.state_]`` lists the beginnings of keys that the code puts together. A test
holds both languages complete and finds keys that nothing uses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from wanglou.errors import Fault, FaultsError
from wanglou.languages import LANGUAGES, Catalogue, Language

FOLDER = Path(__file__).parent / "messages"
MADE_UP = "made_up"


@cache
def load_texts(language: Language) -> Catalogue:
    """Give the console's texts of one language; raises FaultsError for a file that lacks one."""
    return Catalogue(language, read_folder(FOLDER)[language])


def read_folder(folder: Path) -> Mapping[Language, dict[str, str]]:
    """Read every file of a folder: text by key, by language. Raises FaultsError with all faults."""
    texts: dict[Language, dict[str, str]] = {language: {} for language in LANGUAGES}
    faults: list[Fault] = []
    for path in sorted(folder.glob("*.yaml")):
        for key, entry in _read_file(path).items():
            faults += _check(path, key, entry)
            for language in LANGUAGES:
                if isinstance(entry, dict) and language in entry:
                    texts[language][key] = str(entry[language])
    if faults:
        raise FaultsError("texts of the console", faults)
    return texts


def _read_file(path: Path) -> Mapping[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's is ten times as fast; not every build has it
    found = yaml.load(path.read_text(encoding="utf-8"), loader) or {}  # noqa: S506 - either one is the safe loader
    return {key: entry for key, entry in found.items() if key != MADE_UP}


def list_made_up(folder: Path = FOLDER) -> tuple[str, ...]:
    """Give the beginnings of keys that no source holds as a whole, of all files."""
    found: list[str] = []
    for path in sorted(folder.glob("*.yaml")):
        entry = (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get(MADE_UP) or []
        found += [str(one) for one in entry]
    return tuple(found)


def _check(path: Path, key: str, entry: object) -> Iterator[Fault]:
    if not str(key).startswith(f"{path.stem}."):
        yield Fault(path, 0, f"{key}: keys of this file begin with {path.stem!r} and a dot")
    if not isinstance(entry, dict) or set(entry) != set(LANGUAGES):
        yield Fault(path, 0, f"{key}: give a text for each of {', '.join(LANGUAGES)} and nothing else")
    elif not all(isinstance(text, str) and text for text in entry.values()):
        yield Fault(path, 0, f"{key}: a text is empty or no text; put it in quotes")
