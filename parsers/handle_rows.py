"""Paired Handle messages as rows: which message tells what, and texts, numbers and lists taken from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from parsers.columns import make_keywords
from parsers.handle_pdu import SPANS, Pools
from parsers.packet import Bytes
from parsers.pairing import Pairs
from parsers.spans import SPAN, Coded, code_spans, make_texts
from wanglou.kernel import kernel

PAIRED, NO_RESPONSE, NO_REQUEST, CONTINUATION, MALFORMED = range(5)
PAIRINGS = ("paired", "no_response", "no_request", "continuation", "malformed")

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Decoded:
    """Decoded messages of a batch."""

    data: Bytes
    spill: Bytes
    messages: Any
    """MESSAGE[n]."""
    pdus: Any
    """PDU[n]."""
    pools: Pools
    present: int
    """Bit i is set when any message has a span SPANS[i]."""
    taken: dict[tuple[int, str, int], tuple[Rows, Rows]] = field(default_factory=dict)
    """What ``take`` has given: the rows, so that their number stays theirs, and the values."""

    def has(self, name: str) -> bool:
        """True when any message has the span ``name``."""
        return bool(self.present >> SPANS.index(name) & 1)

    def take(self, rows: Rows, name: str, missing: int = -1) -> Rows:
        """Field ``name`` of the messages ``rows``; ``missing`` where a row is -1. What was taken once is kept."""
        key = id(rows), name, missing
        kept = self.taken.get(key)
        if kept is None:
            found = np.full(len(rows), missing, dtype=np.int64)
            if len(self.pdus):
                found = np.asarray(self.pdus)[name][rows].astype(np.int64)  # a record array's fields are slow to get
                absent = self._find_absent(rows)
                if len(absent):
                    found[absent] = missing
            found.flags.writeable = False
            kept = self.taken[key] = rows, found
        return kept[1]

    def _find_absent(self, rows: Rows) -> Rows:
        """Where ``rows`` is -1."""
        key = id(rows), "", 0
        kept = self.taken.get(key)
        if kept is None:
            kept = self.taken[key] = rows, np.flatnonzero(rows < 0)
        return kept[1]

    def spans(self, rows: Rows, name: str) -> Any:
        """SPAN[n]: span ``name`` of the messages ``rows``; none where a row is -1."""
        found = np.empty(len(rows), dtype=SPAN)
        found["offset"], found["length"] = self.take(rows, f"{name}_at", 0), self.take(rows, f"{name}_length")
        found["spill"] = self.take(rows, "spill", 0)
        return found

    def code(self, spans: Any) -> Coded:
        """Number spans by content."""
        return code_spans(self.data, self.spill, spans)

    def read(self, row: int, name: str, most: int) -> bytes:
        """Bytes of a span of one message, at most ``most``; empty when there is none."""
        p = self.pdus[row]
        start, length = int(p[f"{name}_at"]), min(int(p[f"{name}_length"]), most)
        return (self.spill if p["spill"] else self.data)[start : start + max(length, 0)].tobytes()


@kernel
def note_spans(pdus: Any) -> int:
    """Which spans any message has, as bits in the order of SPANS."""
    found = 0
    for i in range(len(pdus)):
        p = pdus[i]
        found |= (p.handle_length >= 0) | (p.key_handle_length >= 0) << 1 | (p.method_length >= 0) << 2
        found |= (p.answer_length >= 0) << 3 | (p.nonce_length >= 0) << 4 | (p.digest_length >= 0) << 5
        found |= (p.reason_length >= 0) << 6 | (p.identity_length > 0) << 7 | (p.exchange_length >= 0) << 8
        found |= (p.key_length >= 0) << 9 | (p.site_length >= 0) << 10 | (p.signer_length >= 0) << 11
        found |= (p.kind_length >= 0) << 12 | (p.algorithm_length >= 0) << 13 | (p.rest_length > 0) << 14
    return found


@dataclass(frozen=True, slots=True)
class Halves:
    """Rows of the table: where request and reply of each are."""

    ask: Rows
    """int64[n]: message that is the request, -1: none."""
    answer: Rows
    """int64[n]: message that is the reply, -1: none."""
    first: Rows
    """int64[n]: request, or the reply where it is alone."""
    last: Rows
    pairing: NDArray[np.int32]


def split_halves(pdus: Any, pairs: Pairs) -> Halves:
    """Tell requests from replies: a malformed message stands alone by its ResponseCode."""
    ask, answer = pairs.request.astype(np.int64), pairs.reply.astype(np.int64)
    if len(ask):
        alone = (ask >= 0) & (answer < 0)
        turned = alone & (pdus["reply"][ask] == 1)
        answer = np.where(turned, ask, answer)
        ask = np.where(turned, -1, ask)
    first, last = np.where(ask >= 0, ask, answer), np.where(answer >= 0, answer, ask)
    pairing = np.where(ask < 0, NO_REQUEST, np.where(answer < 0, NO_RESPONSE, PAIRED))
    if len(ask):
        pairing = np.where((pdus["malformed"][first] == 1) & ((ask < 0) | (answer < 0)), MALFORMED, pairing)
    return Halves(ask, answer, first, last, pairing.astype(np.int32))


def code_numbers(values: Rows) -> tuple[NDArray[np.int32], list[int]]:
    """Codes and distinct values; a negative value has code -1."""
    if len(values) == 0 or (values[0] >= 0 and (values == values[0]).all()):
        return np.zeros(len(values), dtype=np.int32), values[:1].tolist()
    distinct, codes = np.unique(values, return_inverse=True)
    absent = int((distinct < 0).sum())
    return np.maximum(codes - absent, -1).astype(np.int32), distinct[absent:].tolist()


def make_names(values: Rows, name: Callable[[int], str]) -> pa.Array:
    """Column of the names of numbers; a negative number, and one without a name, is null."""
    codes, distinct = code_numbers(values)
    texts = [name(number) for number in distinct]
    if "" in texts:
        codes = np.where(np.array([text == "" for text in texts] or [True])[np.maximum(codes, 0)], -1, codes)
    return make_keywords(codes, texts)


def is_any(values: Rows, numbers: Sequence[int]) -> NDArray[np.bool_]:
    """True where ``values`` is one of a few numbers; ``np.isin`` costs more than the comparisons."""
    found = np.asarray(values == numbers[0])
    for number in numbers[1:]:
        found |= values == number
    return found


def flatten(first: Rows, count: Rows) -> tuple[NDArray[np.int32], Rows]:
    """Offsets of lists, and where their items lie: list i is ``count[i]`` items from ``first[i]`` on."""
    offsets = np.zeros(len(first) + 1, dtype=np.int32)
    np.cumsum(count, out=offsets[1:])
    items = np.arange(offsets[-1], dtype=np.int64) + np.repeat(first - offsets[:-1], count)
    return offsets, items


def expand(rows: Rows, codes: NDArray[Any], lists: Sequence[Sequence[Any]], count: int) -> tuple[Any, Any, Any]:
    """Lists of ``count`` rows: occurrence k adds ``lists[codes[k]]`` to row ``rows[k]``; rows ascend.

    Gives offsets int32[count + 1], and for each item its number in the concatenation of ``lists``, and that.
    """
    sizes = np.array([len(one) for one in lists] or [0], dtype=np.int64)
    starts = np.cumsum(sizes) - sizes
    own = sizes[codes]
    _, items = flatten(starts[codes], own)
    offsets = np.zeros(count + 1, dtype=np.int32)
    np.cumsum(np.bincount(rows, weights=own, minlength=count).astype(np.int64), out=offsets[1:])
    return offsets, items, [item for one in lists for item in one]


def make_keyword_lists(rows: Rows, codes: NDArray[Any], lists: Sequence[Sequence[str]], count: int) -> pa.Array:
    """Column of lists of texts out of ``expand``; an empty list is null."""
    offsets, items, flat = expand(rows, codes, lists, count)
    return _make_list(offsets, pa.array(flat, pa.string()).take(pa.array(items)), pa.string())


def make_number_lists(rows: Rows, codes: NDArray[Any], lists: Sequence[Sequence[int]], count: int) -> pa.Array:
    """Column of lists of numbers out of ``expand``; an empty list is null."""
    offsets, items, flat = expand(rows, codes, lists, count)
    return _make_list(offsets, pa.array(flat, pa.int64()).take(pa.array(items)), pa.int64())


def _make_list(offsets: NDArray[np.int32], flat: pa.Array, kind: pa.DataType) -> pa.Array:
    empty = offsets[1:] == offsets[:-1]
    if empty.all():
        return pa.nulls(len(empty), pa.list_(kind))
    mask = pa.array(empty) if empty.any() else None
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), flat, type=pa.list_(kind), mask=mask)


def make_sparse_texts(count: int, texts: dict[int, str]) -> pa.Array:
    """Column of ``count`` texts of which few are there, by row."""
    numbers: dict[str, int] = {}
    codes = np.full(count, -1, dtype=np.int32)
    for row, text in texts.items():
        codes[row] = numbers.setdefault(text, len(numbers))
    return make_keywords(codes, list(numbers))


def make_sparse_numbers(count: int, numbers: dict[int, int]) -> Rows:
    """``count`` numbers of which few are there, by row; the others are -1."""
    found = np.full(count, -1, dtype=np.int64)
    found[list(numbers)] = list(numbers.values())
    return found


def make_span_texts(decoded: Decoded, rows: Rows, name: str) -> pa.Array:
    """Column of the texts of a span of the messages ``rows``."""
    return make_texts(decoded.code(decoded.spans(rows, name)))
