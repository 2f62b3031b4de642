"""Variants and numbers as columns: texts and numbers by built-in type, once per distinct value."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from parsers.opcua_event import NULL, NUMBER
from parsers.opcua_names import name_status
from parsers.opcua_number import code_numbers, repeat_text, take_texts
from parsers.opcua_program import BOOLEAN, DATE_TIME, DOUBLE, FLOAT, STATUS_CODE, UINT64
from parsers.opcua_rows import Events, Facts
from parsers.opcua_value import decode_variant, format_ticks, name_kind
from parsers.spans import SPAN, code_spans, decode_values

_EPOCH_TICKS = 116_444_736_000_000_000
"""1970 in units of 100 ns since 1601 (OPC 10000-6 §5.2.2.5)."""
_TICKS_MIN = _EPOCH_TICKS - (1 << 63) // 100 + 1
_TICKS_MAX = _EPOCH_TICKS + (1 << 63) // 100 - 1
_KIND_TEXTS = [name_kind(kind) for kind in range(256)]
Buffers = tuple[NDArray[np.uint8], NDArray[np.uint8]]


def make_variant_texts(buffers: Buffers, events: Events, facts: Facts) -> pa.Array:
    """Give the text of each Variant: numbers by kind at once, others once per distinct value."""
    count = len(events.row)
    if facts.numbers == facts.total and facts.low == facts.high:
        coded = pa.array(events.value).dictionary_encode()
        return format_numbers(facts.low, coded.dictionary.to_numpy()).take(coded.indices)
    places = np.full(count, -1, dtype=np.int32)
    parts, size = [], 0
    lengths, kinds = events.length, events.kind
    numbers = lengths == NUMBER
    for kind in np.flatnonzero(np.bincount(kinds[numbers])).tolist():
        chosen = np.flatnonzero(numbers & (kinds == kind))
        coded = pa.array(events.value[chosen]).dictionary_encode()
        parts.append(format_numbers(kind, coded.dictionary.to_numpy()))
        places[chosen] = size + coded.indices.to_numpy()
        size += len(parts[-1])
    spans = np.flatnonzero(lengths >= 0)
    if len(spans):
        texts = code_spans(*buffers, make_spans(events.pick(spans)))
        parts.append(pa.array(decode_values(texts, decode_variant), pa.string()))
        places[spans] = size + texts.codes
    if not parts:
        return pa.nulls(count, pa.string())
    return pa.concat_arrays(parts).take(mask_values(places, places >= 0))


def make_spans(events: Events) -> NDArray[Any]:
    """SPAN[n] of events that are bytes; others have none."""
    spans = np.empty(len(events.row), dtype=SPAN)
    spans["offset"], spans["spill"] = events.value, events.spill
    spans["length"] = np.maximum(events.length, -1)
    return spans


def make_doubles(events: Events, facts: Facts) -> tuple[pa.Array, NDArray[np.bool_] | None]:
    """Each Variant as a number, null where it is none or not alone."""
    values = events.value
    if facts.numbers == facts.total and facts.low == facts.high == DOUBLE:
        return pa.array(values.copy().view(np.float64)), None
    kinds = events.kind
    there = (events.length == NUMBER) & (kinds >= BOOLEAN) & (kinds <= DOUBLE)
    numbers = np.where(there, values, 0).astype(np.float64)
    numbers[kinds == UINT64] = np.ascontiguousarray(values[kinds == UINT64]).view(np.uint64).astype(np.float64)
    for kind in (FLOAT, DOUBLE):
        chosen = there & (kinds == kind)
        numbers[chosen] = view_floats(kind, values[chosen])
    return mask_values(numbers, there), there


def view_floats(kind: int, bits: NDArray[np.int64]) -> NDArray[Any]:
    """Floats or doubles by their bits."""
    if kind == FLOAT:
        return bits.astype(np.uint32).view(np.float32)
    return np.ascontiguousarray(bits).view(np.float64)


def format_numbers(kind: int, values: NDArray[np.int64]) -> pa.Array:
    """Text of numbers of one built-in type."""
    if kind == BOOLEAN:
        return pa.array(["false", "true"]).take(pa.array((values != 0).astype(np.int32)))
    if kind in (FLOAT, DOUBLE):
        return pc.cast(pa.array(view_floats(kind, values)), pa.string())
    if kind == UINT64:
        return pc.cast(pa.array(np.ascontiguousarray(values).view(np.uint64)), pa.string())
    if kind in (DATE_TIME, STATUS_CODE):
        format_one = format_ticks if kind == DATE_TIME else name_status
        distinct, codes = code_numbers(values)
        return pa.array([format_one(value) for value in distinct], pa.string()).take(pa.array(codes))
    return pc.cast(pa.array(values), pa.string())


def convert_ticks(values: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_] | None]:
    """Nanoseconds since 1970 of DateTimes, and which can be told so (the years 1678 to 2261; 0 is no time).

    None: all can.
    """
    if len(values) and values.min() >= _TICKS_MIN and values.max() <= _TICKS_MAX:
        return (values - _EPOCH_TICKS) * 100, None
    valid = (values >= _TICKS_MIN) & (values <= _TICKS_MAX)
    return np.where(valid, values - _EPOCH_TICKS, 0) * 100, valid


def name_kinds(events: Events, facts: Facts) -> pa.Array:
    """Give the name of each Variant's type."""
    if facts.low == facts.high and not facts.nulls:
        return repeat_text(_KIND_TEXTS[facts.low], facts.total)
    return take_texts(_KIND_TEXTS, np.where(events.length != NULL, events.kind.astype(np.int32), -1))


def mask_values(values: NDArray[Any], there: NDArray[np.bool_] | None) -> pa.Array:
    """Make an array whose values are null where they are not there; None: all are."""
    return pa.array(values) if there is None or there.all() else pa.array(values, mask=~there)
