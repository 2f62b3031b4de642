"""An identifier that was read: its scheme, its parts, and the rules it breaks."""

from __future__ import annotations

from typing import NamedTuple

LONGEST = 512
"""Most characters of an identifier that are read; the limits of the schemes are below."""


class Identifier(NamedTuple):
    """An identifier in one of the known schemes."""

    scheme: str
    value: str
    """As it was written."""
    normalized: str
    """In the scheme's normal form: equal for what the scheme says is equal."""
    prefix: str = ""
    """Who issues it."""
    suffix: str = ""
    """The object within the prefix."""
    reasons: tuple[str, ...] = ()
    """Rules that it breaks; empty when it is valid."""
    seed_strict: bool | None = None
    """Of VAA: the park code has 3 characters and the enterprise code at most 20; None of other schemes."""

    @property
    def valid(self) -> bool:
        """True when it breaks no rule."""
        return not self.reasons
