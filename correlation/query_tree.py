"""The checked query: what remains of the text once fields exist and values have their types.

Both stores compile this tree. Leaves ask one field; a leaf on a list asks whether any element fits. A record without a
value fits no leaf, so ``NOT`` of a leaf holds for it (as in Elasticsearch).
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as dataclass_field
from enum import Enum
from ipaddress import IPv4Network, IPv6Network

from parsers.schema import Field

Scalar = str | int | float | bool


class Wild(Enum):
    """Wildcards of a pattern."""

    ANY = "*"
    """Any characters, also none."""
    ONE = "?"
    """One character."""


@dataclass(frozen=True, slots=True)
class Everything:
    """Every record."""


@dataclass(frozen=True, slots=True)
class And:
    """All parts hold."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one part holds."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Node


@dataclass(frozen=True, slots=True)
class Equal:
    """The field is this value, exactly and with case; addresses in canonical form."""

    field: Field
    value: Scalar


@dataclass(frozen=True, slots=True)
class Between:
    """The field lies between two values, with or without the ends; None is an open end.

    Times and durations are nanoseconds, keywords compare by code point, addresses by number within their version.
    """

    field: Field
    low: Scalar | None
    high: Scalar | None
    low_included: bool = True
    high_included: bool = True


@dataclass(frozen=True, slots=True)
class Like:
    """The whole keyword fits the pattern, with case."""

    field: Field
    pattern: tuple[str | Wild, ...]


@dataclass(frozen=True, slots=True)
class Contains:
    """The text or keyword holds this, whatever the case; wildcards may stand inside."""

    field: Field
    pattern: tuple[str | Wild, ...]


@dataclass(frozen=True, slots=True)
class Within:
    """The address lies in the network. IPv4 networks hold IPv4 addresses only, IPv6 networks IPv6 ones only."""

    field: Field
    network: IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Exists:
    """The field has a value; an empty list is none."""

    field: Field


@dataclass(frozen=True, slots=True)
class Among:
    """The keyword is one of many values; no text asks for it, only programs do.

    A hundred thousand values are handed to a database as one text, so they hold no line break.
    """

    field: Field
    values: str = dataclass_field(repr=False)
    """One a line, each once; empty for none."""


Node = Everything | And | Or | Not | Equal | Between | Like | Contains | Within | Exists | Among
