"""Paired Handle messages as rows: which message tells what, and texts, numbers and lists taken from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from parsers.columns import make_keywords
from parsers.handle_pdu import HEAD, SPANS, Pools
from parsers.packet import Bytes
from parsers.pairing import Pairs
from parsers.spans import SPAN, Coded, code_spans, make_texts
from wanglou.kernel import int64, kernel

PAIRED, NO_RESPONSE, NO_REQUEST, CONTINUATION, MALFORMED = range(5)
PAIRINGS = ("paired", "no_response", "no_request", "continuation", "malformed")

Rows = NDArray[np.int64]

CONTINUOUS = 0x04000000
"""OpFlag CN: more replies to the same request follow."""

_FEW = 64
"""Distinct numbers that are looked up one after the other."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """Decoded messages of a batch."""

    data: Bytes
    spill: Bytes
    messages: Any
    """MESSAGE[n]."""
    heads: Any
    """HEAD[n]."""
    pdus: Any
    """PDU[m]: the messages that have other fields than those of HEAD; the first has none."""
    pools: Pools
    present: int
    """Bit i is set when any message has a span SPANS[i]."""

    def has(self, name: str) -> bool:
        """True when any message has the span ``name``."""
        return bool(self.present >> SPANS.index(name) & 1)

    def get(self, row: int, name: str) -> int:
        """Field ``name`` of one message."""
        head = self.heads[row]
        return int(head[name] if name in _HEAD else self.pdus[name][head["rich"]])

    def take(self, rows: Rows, name: str) -> Rows:
        """Field ``name`` of the messages ``rows``; where a row is -1, as it is in a message without fields."""
        if name not in _HEAD and len(self.pdus) == 1:
            return np.full(len(rows), self.pdus[name][0], dtype=np.int64)
        absent = rows < 0
        if name in _HEAD:
            found = np.asarray(self.heads)[name][rows].astype(np.int64)  # a record array's fields are slow to get
            found[absent] = self.pdus[name][0]
            return found
        places = np.asarray(self.heads)["rich"][rows]
        places[absent] = 0
        return np.asarray(np.asarray(self.pdus)[name][places], dtype=np.int64)

    def spans(self, rows: Rows, name: str) -> Any:
        """SPAN[n]: span ``name`` of the messages ``rows``; none where a row is -1."""
        found = np.empty(len(rows), dtype=SPAN)
        found["offset"], found["length"] = self.take(rows, f"{name}_at"), self.take(rows, f"{name}_length")
        found["spill"] = self.take(rows, "spill")
        return found

    def list_texts(self, items: Rows) -> Any:
        """SPAN[n]: texts of ``items`` of the pool."""
        listed, found = np.asarray(self.pools.items)[items], np.empty(len(items), dtype=SPAN)
        for name in SPAN.names or ():
            found[name] = listed[name]
        return found

    def code(self, spans: Any) -> Coded:
        """Number spans by content."""
        return code_spans(self.data, self.spill, spans)

    def read(self, row: int, name: str, most: int) -> bytes:
        """Bytes of a span of one message, at most ``most``; empty when there is none."""
        start, length = self.get(row, f"{name}_at"), min(self.get(row, f"{name}_length"), most)
        return (self.spill if self.get(row, "spill") else self.data)[start : start + max(length, 0)].tobytes()


_HEAD = frozenset(HEAD.names or ())


@dataclass(frozen=True, slots=True)
class Halves:
    """Rows of the table: where request and reply of each are."""

    ask: Rows
    """int64[n]: message that is the request, -1: none."""
    answer: Rows
    """int64[n]: message that is the reply, -1: none."""
    pairing: NDArray[np.int32]
    session: Rows
    """Rows that belong to a session, or begin one."""
    is_continued: bool
    """True when a reply says that more will follow."""

    @property
    def first(self) -> Rows:
        """int64[n]: request, or the reply where it is alone."""
        return np.where(self.ask >= 0, self.ask, self.answer)


def split_halves(heads: Any, pairs: Pairs) -> Halves:
    """Tell requests from replies: a malformed message stands alone by its ResponseCode."""
    count = len(pairs.request)
    ask, answer = np.empty((2, count), dtype=np.int64)
    pairing, marks = np.empty(count, dtype=np.int32), np.empty(count, dtype=np.bool_)
    counts = np.zeros(2, dtype=np.int64)
    _split(heads, pairs.request, pairs.reply, ask, answer, pairing, marks, counts)
    session = np.flatnonzero(marks) if counts[0] else np.empty(0, dtype=np.int64)
    return Halves(ask, answer, pairing, session, bool(counts[1]))


@kernel
def _split(
    heads: Any, requests: NDArray[np.int32], replies: NDArray[np.int32], asks: Rows, answers: Rows,
    pairing: NDArray[np.int32], marks: NDArray[np.bool_], counts: Rows,
) -> None:  # fmt: skip
    """Fill the halves; ``counts`` are the rows of sessions, and the replies after which more come."""
    for k in range(len(requests)):
        ask, answer = int64(requests[k]), int64(replies[k])
        row = ask if ask >= 0 else answer
        first = heads[row]
        if ask >= 0 and answer < 0 and first.reply == 1:
            ask, answer = int64(-1), ask
        asks[k], answers[k] = ask, answer
        if first.malformed == 1 and (ask < 0 or answer < 0):
            pairing[k] = MALFORMED
        else:
            pairing[k] = NO_REQUEST if ask < 0 else (NO_RESPONSE if answer < 0 else PAIRED)
        about = first.session > 0 or first.op in (200, 400, 2000, 2001)
        if answer >= 0:
            reply = heads[answer]
            about = about or reply.session > 0
            counts[1] += reply.op_flag & CONTINUOUS != 0
        marks[k] = about
        counts[0] += about


def code_numbers(values: Rows) -> tuple[NDArray[np.int32], list[int]]:
    """Codes and distinct values; a negative value has code -1."""
    codes, distinct = np.empty(len(values), dtype=np.int32), np.empty(_FEW, dtype=np.int64)
    used = _code_few(values, codes, distinct)
    if used >= 0:
        return codes, distinct[:used].tolist()
    many, places = np.unique(values, return_inverse=True)
    absent = int((many < 0).sum())
    return np.maximum(places - absent, -1).astype(np.int32), many[absent:].tolist()


@kernel
def _code_few(values: Rows, codes: NDArray[np.int32], distinct: Rows) -> int:
    """Number the values as they come; -1 when ``distinct`` has no room for them."""
    used, code = int64(0), int64(0)
    for k in range(len(values)):
        value = values[k]
        if value < 0:
            codes[k] = -1
            continue
        if code >= used or distinct[code] != value:
            code = int64(0)
            while code < used and distinct[code] != value:
                code += 1
            if code == used:
                if used == len(distinct):
                    return -1
                distinct[used] = value
                used += 1
        codes[k] = code
    return used


def make_names(values: Rows, name: Callable[[int], str]) -> pa.Array:
    """Column of the names of numbers; a negative number, and one without a name, is null."""
    codes, distinct = code_numbers(values)
    texts = [name(number) for number in distinct]
    if "" in texts:
        codes = np.where(np.array([text == "" for text in texts])[np.maximum(codes, 0)], -1, codes)
    return make_keywords(codes, texts)


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


class Lists:
    """Where lists of rows begin in a flat array: several columns have the same; an empty list is null."""

    def __init__(self, offsets: NDArray[np.int32]) -> None:
        """``offsets`` is int32[n + 1]."""
        self.offsets = offsets
        self.empty = offsets[1:] == offsets[:-1]
        self._starts, self._mask = pa.array(offsets), pa.array(self.empty) if self.empty.any() else None
        self._is_empty = bool(self.empty.all())

    def make(self, flat: pa.Array) -> pa.Array:
        """Column of lists of the items ``flat``."""
        if self._is_empty:
            return pa.nulls(len(self.empty), pa.list_(flat.type))
        return pa.ListArray.from_arrays(self._starts, flat, mask=self._mask)


def make_keyword_lists(rows: Rows, codes: NDArray[Any], lists: Sequence[Sequence[str]], count: int) -> pa.Array:
    """Column of lists of texts out of ``expand``; an empty list is null."""
    offsets, items, flat = expand(rows, codes, lists, count)
    return Lists(offsets).make(pa.array(flat, pa.string()).take(pa.array(items)))


def make_number_lists(rows: Rows, codes: NDArray[Any], lists: Sequence[Sequence[int]], count: int) -> pa.Array:
    """Column of lists of numbers out of ``expand``; an empty list is null."""
    offsets, items, flat = expand(rows, codes, lists, count)
    return Lists(offsets).make(pa.array(flat, pa.int64()).take(pa.array(items)))


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
