"""What a look at a store found: facts, and what is wrong with what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Grade = Literal["fine", "warning", "wrong"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    subject: str
    """What was looked at, one word: ``version``, ``health``, ``rights``, ``templates``, ``mappings``, ``disk`` ..."""
    grade: Grade
    what: str
    do: str = ""
    """What to do, where something is wrong."""
