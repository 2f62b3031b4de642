"""Sentences of errors and findings in the reader's language: the English ones are looked up among those that are known.

The stages raise errors in English. ``messages/errors.yaml`` holds their sentences as templates in both languages; one
that fits is filled in with the words at its ``{places}``, and ``{count:fault|faults}`` fits either word. A sentence
that is not known stays English.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml

from wanglou.errors import FaultsError, WanglouError
from wanglou.languages import Language, fill

FILE = Path(__file__).parent / "messages" / "errors.yaml"
LONGEST = 2_000
"""Characters of a sentence that are looked up."""

_PLACE = re.compile(r"\{(\w+)(?::([^{}|]*)\|([^{}|]*))?\}")
"""A place for words, or the two forms of a word that a count chooses from."""
_FIELD = re.compile(r"[\w.@]+")
"""What is wrong with the value of a field begins with its name."""


@cache
def load_sentences() -> Mapping[str, Mapping[Language, str]]:
    """Read the templates: by key, in both languages."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's is ten times as fast; not every build has it
    found: Mapping[str, Mapping[Language, str]] = yaml.load(FILE.read_text(encoding="utf-8"), loader)  # noqa: S506 - either one is the safe loader
    return found


def find_sentence(text: str, language: Language) -> str:
    """Give a sentence of the stages in a language; empty where it is not known, or longer than any."""
    if len(text) > LONGEST:
        return ""
    for pattern, template in _templates(language):
        if found := pattern.fullmatch(text):
            return fill(template, found.groupdict())
    field, colon, rest = text.partition(": ")
    if colon and _FIELD.fullmatch(field) and (told := find_sentence(rest, language)):
        return f"{field}: {told}"
    return ""


def tell_sentence(text: str, language: Language) -> str:
    """Give a sentence in a language, or as it is where it is not known."""
    return text if language == "en" else find_sentence(text, language) or text


def tell_error(error: WanglouError, language: Language) -> str:
    """Tell an error in a language: where, what, what to do; faults of files each with its line."""
    if language == "en":
        return str(error)
    if isinstance(error, FaultsError):
        return _tell_faults(error, language)
    what = tell_sentence(error.what, language)
    shown = str(error).removeprefix(f"{error.where}: " if error.where else "")
    below = shown.partition("\n")[2] if "\n" not in error.what else ""  # a query is shown with a mark under a character
    told = ": ".join(part for part in (error.where, what) if part) + (f"\n{below}" if below else "")
    return told + (f" ({tell_sentence(error.do, language)})" if error.do else "")


def _tell_faults(error: FaultsError, language: Language) -> str:
    head = tell_sentence(str(error).partition("\n")[0], language)
    told = [str(fault).removesuffix(fault.message) + tell_sentence(fault.message, language) for fault in error.faults]
    return "\n".join([head, *(f"  {line}" for line in told)])


@cache
def _templates(language: Language) -> tuple[tuple[re.Pattern[str], str], ...]:
    entries = sorted(load_sentences().values(), key=lambda entry: -len(_PLACE.sub("", entry["en"])))  # most words first
    return tuple((_pattern(entry["en"]), entry[language]) for entry in entries)


def _pattern(template: str) -> re.Pattern[str]:
    written, end = "", 0
    for place in _PLACE.finditer(template):
        words = [re.escape(word) for word in place.group(2, 3) if word is not None]
        written += _escape(template[end : place.start()])
        written += f"(?:{'|'.join(words)})" if words else f"(?P<{place[1]}>.*?)"
        end = place.end()
    return re.compile(written + _escape(template[end:]), re.DOTALL)


def _escape(text: str) -> str:
    """Look for a text as it is; two braces stand for one."""
    return re.escape(text.replace("{{", "{").replace("}}", "}"))
