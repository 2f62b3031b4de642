"""ATT&CK for ICS, reduced: the technique ids that exist in version 18 and 19, with names and tactics."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Techniques of two versions, and the event classes of GB/T 20986-2023; empty where the file is missing."""

    techniques: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Version (``v18``, ``v19``) -> id -> ``{"name": ..., "tactics": [...]}``."""
    classes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Class name -> subclass names."""

    def has(self, version: str, technique: str) -> bool:
        """True when the version has the technique, or when there is no catalogue to ask."""
        return not self.techniques or technique in self.techniques.get(version, {})

    def names(self, version: str, techniques: Sequence[str]) -> list[str]:
        """Names of techniques in the version; the id where the catalogue has none."""
        known = self.techniques.get(version, {})
        return [str(known.get(technique, {}).get("name", technique)) for technique in techniques]

    def tactics(self, version: str, techniques: Sequence[str]) -> list[str]:
        """Tactics that the techniques serve in the version, each once, in the order of the catalogue."""
        known = self.techniques.get(version, {})
        return list(dict.fromkeys(str(name) for key in techniques for name in known.get(key, {}).get("tactics", ())))


@cache
def load_catalogue(folder: Path = FOLDER) -> Catalogue:
    """Load the catalogue that ships with the rules; a file that is missing leaves its part empty."""
    attack, classes = _read(folder / "attack_ics.json"), _read(folder / "event_classes.json")
    return Catalogue(
        {version: attack[version] for version in ("v18", "v19") if version in attack},
        {
            entry["name"]: frozenset(part["name"] for part in entry.get("subclasses", ()))
            for entry in classes.get("classes", ())
        },
    )


def _read(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    content = json.loads(path.read_text(encoding="utf-8"))
    return content if isinstance(content, dict) else {}
