"""What the product says to people, in Chinese and English: one catalogue per language, as data beside the code.

``messages/<language>.yaml`` holds texts under nested keys; code names them with dots, as in ``say("replay.kept")``.
``{name}`` in a text is filled in, and ``{name:one|several}`` chooses by a count. Both catalogues hold the same keys and
the same names; a test proves it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any, Literal, get_args

from wanglou.errors import UsageError
from wanglou.kernel_cache import cache_folder, drop_oldest

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

_FOLDER = Path(__file__).parent / "messages"
_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")
"""Where a locale is named, the first that is set winning (POSIX.1-2017, Base Definitions, 8.2)."""


class _Filler(Formatter):
    """Fills texts in."""

    def format_field(self, value: Any, format_spec: str) -> Any:
        """Choose between two forms by whether the value, a number as it is written, is one."""
        one, bar, several = format_spec.partition("|")
        if bar:
            return one if str(value) == "1" else several
        return super().format_field(value, format_spec)


_FILLER = _Filler()


def fill(text: str, values: Mapping[str, object]) -> str:
    """Fill a text in; raises KeyError for a name that has no value."""
    return _FILLER.vformat(text, (), values) if "|" in text else text.format(**values)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The texts of one language."""

    language: Language
    texts: Mapping[str, str]
    """Text by dotted key."""

    def __call__(self, key: str, /, **values: object) -> str:
        """Give the text of ``key`` with ``values`` filled in; raises KeyError for a key no catalogue holds."""
        text = self.texts[key]
        return fill(text, values) if values else text

    def find(self, key: str) -> str | None:
        """Give the text of ``key`` as it is written, or None."""
        return self.texts.get(key)


@cache
def load_catalogue(language: Language) -> Catalogue:
    """Read the texts of one language."""
    content = (_FOLDER / f"{language}.yaml").read_bytes()
    kept = cache_folder("messages") / hashlib.sha256(content).hexdigest()[:32]
    texts = _read_kept(kept)
    if texts is None:
        texts = _parse(content)
        _keep(kept, texts)
    return Catalogue(language, texts)


def _parse(content: bytes) -> dict[str, str]:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's is ten times as fast; not every build has it
    return dict(_flatten(yaml.load(content, loader)))  # noqa: S506 - either one is the safe loader


def _read_kept(path: Path) -> dict[str, str] | None:
    """Read texts as an earlier process kept them, which takes a tenth of the time; None where there are none."""
    try:
        texts = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return texts if isinstance(texts, dict) else None


def _keep(path: Path, texts: Mapping[str, str]) -> None:
    """Keep texts for the next process; where that is not possible it parses them again."""
    with contextlib.suppress(OSError):
        descriptor, name = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(texts, file)
        Path(name).replace(path)
        drop_oldest(path.parent)


def _flatten(tree: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _flatten(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", str(value)


def parse_language(text: str) -> Language:
    """Read the name of a language; raises UsageError for one the product does not speak."""
    for language in LANGUAGES:
        if text.lower() == language:
            return language
    raise UsageError(f"the language {text!r} is not spoken here", do=f"give one of {', '.join(LANGUAGES)}")


def choose_language(environment: Mapping[str, str]) -> Language:
    """Choose by the locale that the environment names: Chinese for ``zh*``, else English."""
    locale = next((environment[name] for name in _VARIABLES if environment.get(name)), "")
    return "zh" if locale.lower().startswith("zh") else "en"
