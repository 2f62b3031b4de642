"""Whose things may be seen, as conditions of SQL; for a store's queries it is ``alert_filter.in_scope``."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

Enterprises = frozenset[str] | None
"""Enterprises whose things may be seen; None for the whole park, the empty set for nothing."""


def may_see(column: sa.ColumnElement[str], enterprises: Enterprises) -> Sequence[sa.ColumnElement[bool]]:
    """Give the conditions on a table's column of enterprises: one, or none for the whole park."""
    return () if enterprises is None else (column.in_(sorted(enterprises)),)


def holds_text(column: sa.ColumnElement[str], text: str) -> Sequence[sa.ColumnElement[bool]]:
    """Ask for every word of a text, anywhere in a column of small letters."""
    return [column.contains(word, autoescape=True) for word in text.lower().split()[:MOST_WORDS]]


MOST_WORDS = 16
"""Words of a text that are looked for."""


def goes_on(
    value: sa.ColumnElement[str] | sa.ColumnElement[int] | sa.ColumnElement[float],
    identity: sa.ColumnElement[str],
    place: Sequence[str | int | float],
    *,
    falling: bool,
) -> sa.ColumnElement[bool]:
    """Ask for the rows behind a place: by value, rising or falling, and by id where values are equal."""
    beyond = value < place[0] if falling else value > place[0]
    return sa.or_(beyond, sa.and_(value == place[0], identity > place[1]))
