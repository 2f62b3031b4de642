"""The leaves of a query: one value or comparison in a field of a known kind, or a bare word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from correlation.query_tree import Between, Contains, Equal, Everything, Exists, Like, Node, Scalar, Wild, Within
from correlation.query_values import (
    parse_address,
    parse_boolean,
    parse_duration,
    parse_network,
    parse_number,
    parse_time,
    parse_whole,
    split_wildcards,
    unescape,
)
from parsers.schema import Dataset, Field

BARE_NAMES = ("event.action", "error.code", "network.protocol", "organization.id")
"""Keywords a bare word is looked for in, beside free texts and keywords whose names end in ``.name``."""
NOT_BARE = ("observer.name",)
"""Left out of them: the name of a sensor or file says nothing about what happened."""


@dataclass(frozen=True, slots=True)
class Text:
    """A word or phrase as written, without the quotes."""

    raw: str
    quoted: bool

    @property
    def value(self) -> str:
        """The text meant, escapes resolved."""
        return unescape(self.raw)

    @property
    def pattern(self) -> tuple[str | Wild, ...]:
        """The text meant, with wildcards where it is not quoted."""
        return (self.value,) if self.quoted else split_wildcards(self.raw)

    @property
    def has_wildcards(self) -> bool:
        """True when any wildcard is in it."""
        return any(isinstance(part, Wild) for part in self.pattern)

    def unless_star(self) -> Text | None:
        """Give None for a star, which is an open end of a range."""
        return None if self.raw == "*" and not self.quoted else self


_PARSERS: dict[str, Callable[[str], Scalar]] = {
    "duration": parse_duration,
    "boolean": parse_boolean,
    "double": parse_number,
    "long": parse_whole,
    "u8": parse_whole,
    "u16": parse_whole,
    "u32": parse_whole,
    "longs": parse_whole,
    "doubles": parse_number,
}


def equal_leaf(field: Field, text: Text, now_ns: int) -> Node:
    """Ask whether a field is (or, for free text, holds) a value; raises ValueError with a sentence."""
    if text.pattern == (Wild.ANY,):
        return Exists(field)
    if field.kind == "text":
        return Contains(field, text.pattern)
    if field.kind in ("keyword", "keywords"):
        return Like(field, text.pattern) if text.has_wildcards else Equal(field, "".join(map(str, text.pattern)))
    if text.has_wildcards:
        network = "; a network is written 10.0.0.0/8" if field.kind == "ip" else "; a range is written [1 TO 9]"
        raise ValueError(f"wildcards are for keywords{network}")
    if field.kind == "ip":
        return Within(field, parse_network(text.value)) if "/" in text.value else Equal(field, _address(text))
    if field.kind == "time":
        span = parse_time(text.value, now_ns)
        return Between(field, span.start_ns, span.end_ns, low_included=True, high_included=False)
    return Equal(field, _PARSERS[field.kind](text.value))


def _address(text: Text) -> str:
    return str(parse_address(text.value))


def compare_leaf(field: Field, low: Text | None, high: Text | None, included: tuple[bool, bool], now_ns: int) -> Node:
    """Ask whether a field lies between two values, None being an open end; raises ValueError with a sentence."""
    if low is None and high is None:
        return Exists(field)
    if field.kind in ("text", "boolean"):
        raise ValueError(f"a field of kind {field.kind} has no order to compare by")
    if any(end is not None and end.has_wildcards for end in (low, high)):
        raise ValueError("a wildcard cannot be the end of a range")
    if field.kind == "time":
        return _between_times(field, low, high, included, now_ns)
    if field.kind == "ip":
        return _between_addresses(field, low, high, included)
    parse = _PARSERS.get(field.kind, str)
    ends = [None if end is None else parse(end.value) for end in (low, high)]
    return Between(field, ends[0], ends[1], *included)


def _between_times(
    field: Field, low: Text | None, high: Text | None, included: tuple[bool, bool], now_ns: int
) -> Between:
    """A date is a stretch of time: ``>`` begins after its end, ``<=`` reaches to its end."""
    start = end = None
    if low is not None:
        span = parse_time(low.value, now_ns)
        start = span.start_ns if included[0] else span.end_ns
    if high is not None:
        span = parse_time(high.value, now_ns)
        end = span.end_ns if included[1] else span.start_ns
    return Between(field, start, end, low_included=True, high_included=False)


def _between_addresses(field: Field, low: Text | None, high: Text | None, included: tuple[bool, bool]) -> Between:
    ends = [None if end is None else parse_address(end.value) for end in (low, high)]
    if len({end.version for end in ends if end is not None}) > 1:
        raise ValueError("both ends of a range must be of the same version of IP")
    start, stop = (None if end is None else str(end) for end in ends)
    return Between(field, start, stop, *included)


def bare_fields(dataset: Dataset) -> list[Field]:
    """List the fields a bare word is looked for in."""
    return [
        field
        for field in dataset.fields
        if field.name not in NOT_BARE
        and (
            field.kind == "text"
            or (field.kind == "keyword" and (field.name in BARE_NAMES or field.name.endswith(".name")))
        )
    ]


def bare_leaves(dataset: Dataset, text: Text) -> Sequence[Node]:
    """Look for a word without a field; raises ValueError with a sentence."""
    if text.pattern == (Wild.ANY,):
        return [Everything()]
    if not text.value:
        raise ValueError("there is nothing in the quotes")
    if not text.quoted and text.raw in ("and", "or", "not"):
        raise ValueError("operators are written AND, OR, NOT; put this in quotes to look for the word")
    fields = bare_fields(dataset)
    addresses = _bare_address(dataset, text)
    if addresses:
        fields = [field for field in fields if field.kind == "text"]
    leaves = [*addresses, *(Contains(field, text.pattern) for field in fields)]
    if not leaves:
        raise ValueError(f"{dataset.name} has no text to look in; name a field, as in field:value")
    return leaves


def _bare_address(dataset: Dataset, text: Text) -> list[Node]:
    """Look for an address or network in the fields for them; nothing when it is neither."""
    found = [field for field in dataset.fields if field.kind == "ip"]
    try:
        return [equal_leaf(field, text, 0) for field in found]
    except ValueError:
        return []
