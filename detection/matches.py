"""Tests of one value: what a field of a Sigma selection may ask.

Semantics of Sigma 2.1: text is compared without case unless ``cased``; ``*`` and ``?`` are wildcards; numbers are
compared as numbers; a missing value matches nothing but ``null`` and ``exists: false``. Regular expressions run on
RE2, which takes linear time whatever the traffic holds; they match anywhere unless anchored.
"""

from __future__ import annotations

import ipaddress
import operator
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, cast

from wanglou.addresses import Ranges

Comparison = Literal["eq", "gt", "gte", "lt", "lte"]

COMPARE: dict[Comparison, Callable[[Any, Any], Any]] = {
    "eq": operator.eq,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}


@dataclass(frozen=True, slots=True)
class Equals:
    """The text is this one."""

    text: str
    """Folded by ``casefold`` unless ``cased``."""
    cased: bool = False

    def test(self, value: Any) -> bool:
        """Test one value that is not missing."""
        return bool(value == self.text if self.cased else value.casefold() == self.text)


@dataclass(frozen=True, slots=True)
class Affix:
    """The text begins with, ends with or holds this one."""

    text: str
    where: Literal["start", "end", "inside"]
    cased: bool = False

    def test(self, value: Any) -> bool:
        """Test one value that is not missing."""
        text = value if self.cased else value.casefold()
        if self.where == "start":
            return bool(text.startswith(self.text))
        return bool(text.endswith(self.text)) if self.where == "end" else self.text in text


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression in RE2 syntax, its flags written inside."""

    regex: str

    def test(self, value: Any) -> bool:
        """Test one value that is not missing."""
        return compile_regex(self.regex)(value) is not None


@dataclass(frozen=True, slots=True)
class Network:
    """The address lies in a range."""

    cidr: str

    def test(self, value: Any) -> bool:
        """Test one value that is not missing."""
        return value in _ranges(self.cidr)


@dataclass(frozen=True, slots=True)
class Compare:
    """The number compares to this one; booleans count as 0 and 1."""

    how: Comparison
    number: float

    def test(self, value: Any) -> bool:
        """Test one value that is not missing."""
        return bool(COMPARE[self.how](value, self.number))


@dataclass(frozen=True, slots=True)
class Missing:
    """The value is missing."""

    missing: bool

    def test(self, value: Any) -> bool:
        """Test one value; the only test that is also asked of a missing one."""
        return (value is None) is self.missing


@dataclass(frozen=True, slots=True)
class SameAs:
    """The value equals, begins with, ends with or holds that of another field of the record."""

    field: str
    where: Literal["all", "start", "end", "inside"] = "all"

    def test_pair(self, value: Any, other: Any) -> bool:
        """Test the two fields' values; two missing values are not the same."""
        if value is None or other is None:
            return False
        mine = value if isinstance(value, tuple) else (value,)
        theirs = other if isinstance(other, tuple) else (other,)
        return any(self._relates(_fold(left), _fold(right)) for left in mine for right in theirs)

    def _relates(self, left: Any, right: Any) -> bool:
        if self.where == "all":
            return bool(left == right)
        return Affix(right, self.where, cased=True).test(left)


Match = Equals | Affix | Pattern | Network | Compare | Missing | SameAs


def matches_value(match: Match, value: Any) -> bool:
    """Test a value, a missing one (``None``) or a list (a tuple: any element may match)."""
    if isinstance(match, Missing):
        return match.test(value)
    if value is None or isinstance(match, SameAs):
        return False
    if isinstance(value, tuple):
        return any(element is not None and match.test(element) for element in value)
    return match.test(value)


@lru_cache(maxsize=4096)
def compile_regex(regex: str) -> Callable[[str], Any]:
    """Compile an RE2 expression into a search function; raises RE2's error when it is none."""
    from sigma.policy import default_policy  # noqa: PLC0415 - rules that are known load without pySigma

    return cast("Callable[[str], Any]", default_policy.regex_engine.compile(regex).search)


@lru_cache(maxsize=4096)
def _ranges(cidr: str) -> Ranges:
    return Ranges([ipaddress.ip_network(cidr)])


def _fold(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value
