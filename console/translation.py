"""Errors of the stages in the reader's language: their English sentences are looked up among those that are known.

The stages raise errors in English. A sentence that is not known is shown as it is and marked as English, under a title
in the reader's language.
"""

from __future__ import annotations

from dataclasses import dataclass

from wanglou.errors import WanglouError
from wanglou.languages import Language
from wanglou.sentences import LONGEST, find_sentence


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


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
