"""Values of records as pages show them: written for people, each with the query that asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from console.figures import write_time
from console.formats import quote_value, write_moment, write_span
from console.visit import Visit
from parsers.field import LISTS
from parsers.schema import Field

MOST_ITEMS = 20
"""Items of a list that are shown; the record as JSON has all."""
MOST_CHARACTERS = 500
"""Characters of a value that are shown."""
MOST_TERM = 300
"""Characters of a value that a query is made of; longer ones cannot be asked for by a click."""

SYMBOLS = {"bytes": "B"}
"""Units whose words are of one language, as pages of both write them."""


@dataclass(frozen=True, slots=True)
class Item:
    """One value of a field."""

    text: str | Markup
    raw: str
    """As it is copied."""
    filter: str
    """The query that finds records with it; empty where it is too long to ask for."""
    is_mono: bool = True


@dataclass(frozen=True, slots=True)
class FieldValue:
    """What one field of a record holds."""

    name: str
    items: Sequence[Item]
    more: int = 0
    """Items of a list that are not shown."""


def tell_field(visit: Visit, field: Field, value: Any) -> FieldValue:
    """Give the items of a field's value; none where it has no value."""
    if value is None:
        return FieldValue(field.name, ())
    if field.kind not in LISTS:
        return FieldValue(field.name, (_tell(visit, field, value),))
    kept = [one for one in value if one is not None]
    return FieldValue(
        field.name, [_tell(visit, field, one) for one in kept[:MOST_ITEMS]], max(0, len(kept) - MOST_ITEMS)
    )


def _tell(visit: Visit, field: Field, value: Any) -> Item:
    raw = _write_raw(field, value)
    text: str | Markup = raw if len(raw) <= MOST_CHARACTERS else f"{raw[:MOST_CHARACTERS]}…"
    if field.kind == "time":
        text = write_moment(value, visit, 6)
    elif field.kind == "duration":
        text = write_span(value, visit.language)
    elif field.unit and field.kind not in LISTS:
        text = f"{value:,} {SYMBOLS.get(field.unit, field.unit)}"
    asked = "" if len(raw) > MOST_TERM else f"{field.name}:{quote_value(raw)}"
    return Item(text, raw, asked, field.kind not in ("time", "duration", "text"))


def _write_raw(field: Field, value: Any) -> str:
    if field.kind == "time":
        return write_time(value)
    return str(value).lower() if isinstance(value, bool) else str(value)
