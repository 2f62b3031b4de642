"""Errors of the stages in the reader's language: their English sentences are looked up among those that are known.

The stages raise errors in English. ``messages/error.yaml`` holds their sentences as templates in both languages; one
that fits is filled in with the words at its ``{places}``. A sentence that is not known is shown as it is and marked
as English, under a title in the reader's language.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from console.texts import load_texts
from wanglou.errors import WanglouError
from wanglou.languages import Language

_PLACE = re.compile(r"\\\{(\w+)\\\}")
_FIELD = re.compile(r"[\w.@]+")
"""What is wrong with the value of a field begins with its name."""
LONGEST = 2_000
"""Characters of an error that are looked up and shown."""


@dataclass(frozen=True, slots=True)
class Told:
    """An error in the reader's language."""

    what: str
    do: str
    original: str = ""
    """Its English words, where what happened is not known in the reader's language."""


def translate(error: WanglouError, language: Language) -> Told:
    """Tell an error; what is not known in the language is left empty and given as the original."""
    what, do = error.what[:LONGEST], error.do[:LONGEST]
    if language == "en":
        return Told(_sentence(what), _sentence(do))
    found, advice = find_sentence(what, language), find_sentence(do, language) if do else ""
    original = "" if found else _sentence(": ".join(part for part in (error.where, what) if part)[:LONGEST])
    return Told(found, advice, original)


def tell_fault(error: WanglouError, language: Language) -> str:
    """Tell an error beside a field of a form: what is wrong and what to do, in one line."""
    told = translate(error, language)
    end = "。" if language == "zh" else ". "
    return end.join(part.rstrip("。.") for part in (told.what or told.original, told.do) if part)


def find_sentence(text: str, language: Language) -> str:
    """Give a sentence of the stages in a language; empty where it is not known."""
    for pattern, template in _templates(language):
        if found := pattern.fullmatch(text):
            return template.format(**found.groupdict())
    field, colon, rest = text.partition(": ")
    if colon and _FIELD.fullmatch(field) and (told := find_sentence(rest, language)):
        return f"{field}: {told}"
    return ""


@cache
def _templates(language: Language) -> tuple[tuple[re.Pattern[str], str], ...]:
    english, wanted = load_texts("en").texts, load_texts(language).texts
    keys = [key for key in english if key.startswith("error.")]
    return tuple((_pattern(english[key]), wanted[key]) for key in sorted(keys, key=lambda key: -len(english[key])))


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(_PLACE.sub(lambda place: f"(?P<{place[1]}>.*?)", re.escape(template)), re.DOTALL)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
