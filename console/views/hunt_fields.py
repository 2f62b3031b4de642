"""What completes a query: the fields of a dataset, and the commonest values of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from console.formats import quote_value
from console.views.hunt import choose_dataset
from console.visit import Visit
from correlation.query_tree import Everything, Like, Node, Wild
from correlation.store import Terms, Value
from parsers.schema import Field
from wanglou.errors import UsageError

MOST_VALUES = 20
COUNTED = ("keyword", "keywords", "ip", "boolean", "long", "longs", "u8", "u16", "u32")
"""Kinds of fields whose values are worth a list."""


@dataclass(frozen=True, slots=True)
class CommonValue:
    """One value of a field."""

    value: str
    term: str
    """As a query takes it."""
    count: int


def list_fields(visit: Visit) -> Sequence[Field]:
    """List the fields of the dataset asked for."""
    return choose_dataset(visit).fields


def list_values(visit: Visit, name: str, beginning: str = "") -> list[CommonValue]:
    """List the commonest values of a field in the period, those that begin so; raises UsageError for no field."""
    dataset = choose_dataset(visit)
    field = dataset.field(name)
    if field is None:
        raise UsageError(f"{dataset.name} has no field {name[:80]}", do="ask for the fields of the dataset")
    if field.kind not in COUNTED or field.derived:
        return []
    size = MOST_VALUES if not beginning or field.kind.startswith("keyword") else 10 * MOST_VALUES
    buckets = visit.store.aggregate(
        dataset.name,
        Terms(name, size),
        _begins(field, beginning),
        start_ns=visit.period.start_ns,
        end_ns=visit.period.end_ns,
    )
    texts = [(_write(bucket.key), int(bucket.value)) for bucket in buckets]
    found = [CommonValue(text, quote_value(text), count) for text, count in texts if text.startswith(beginning)]
    return found[:MOST_VALUES]


def _write(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _begins(field: Field, beginning: str) -> Node:
    if not beginning or not field.kind.startswith("keyword"):
        return Everything()
    return Like(field, (beginning, Wild.ANY))
