"""The query of a page: what was typed, the chips it falls into, and where it is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import luqum.thread
from luqum.exceptions import ParseError
from luqum.tree import AndOperation, Item, UnknownOperation

from console.translation import Told, translate
from console.visit import Visit
from correlation.query import parse_query
from correlation.query_error import QueryError

MOST_CHIPS = 24
"""Chips that are shown; a query of more parts is shown in its box only."""


@dataclass(frozen=True, slots=True)
class Chip:
    """One part of a query."""

    text: str
    without: str
    """The query without it."""


@dataclass(frozen=True, slots=True)
class QueryFault:
    """What is wrong with a query, and where."""

    told: Told
    text: str
    position: int

    @property
    def before(self) -> str:
        """What stands before the place."""
        return self.text[: self.position]

    @property
    def at(self) -> str:
        """The character at the place; a space at the end of the query."""
        return self.text[self.position : self.position + 1] or " "

    @property
    def after(self) -> str:
        """What stands behind the place."""
        return self.text[self.position + 1 :]


@dataclass(frozen=True, slots=True)
class Question:
    """A query as it was typed."""

    text: str
    chips: Sequence[Chip] = ()
    fault: QueryFault | None = None


def read_question(visit: Visit, dataset: str, text: str | None = None) -> Question:
    """Read the query of the address (``?q=``) and check it against a dataset; what is wrong is part of the answer."""
    typed = (visit.asked("q") if text is None else text).strip()
    try:
        parse_query(typed, visit.store.datasets[dataset], now_ns=visit.now_ns)
    except QueryError as error:
        return Question(typed, fault=QueryFault(translate(error, visit.language), error.text, error.position))
    return Question(typed, split_chips(typed))


def split_chips(text: str) -> Sequence[Chip]:
    """Split a query at the ANDs between its parts; one that no AND holds together is one chip."""
    if not text:
        return ()
    try:
        tree = luqum.thread.parse(text)
    except (ParseError, ValueError, ArithmeticError):
        return ()
    parts = [str(part).strip() for part in _split(tree)]
    if len(parts) > MOST_CHIPS:
        return ()
    return [Chip(part, " AND ".join(parts[:place] + parts[place + 1 :])) for place, part in enumerate(parts)]


def _split(tree: Item) -> Sequence[Item]:
    return list(tree.children) if isinstance(tree, AndOperation | UnknownOperation) else [tree]


def join_queries(*texts: str) -> str:
    """Ask for what fits all of several queries."""
    given = [text.strip() for text in texts if text.strip()]
    return given[0] if len(given) == 1 else " AND ".join(f"({text})" for text in given)
