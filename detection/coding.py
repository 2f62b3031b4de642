"""Turns the columns of a table into whole numbers that mean the same in every batch.

Numbers, booleans and times are their own codes. Text and lists are numbered in the order of their first appearance by
a ``Vocabulary`` per column, because dictionary indices of Arrow are local to a batch. A missing value is ``NULL``.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from detection.columns import is_list, is_text
from parsers.schema import Field
from wanglou.kernel import kernel

NULL = int(np.iinfo(np.int64).min)
"""Code of a missing value. A 64-bit value that is this very number is read as its neighbour."""


class Vocabulary:
    """The distinct values of one column, numbered."""

    __slots__ = ("codes", "values")

    def __init__(self) -> None:
        """Begin empty."""
        self.values: list[Any] = []
        self.codes: dict[Any, int] = {}

    def __len__(self) -> int:
        """Count the values."""
        return len(self.values)

    def number(self, values: list[Any]) -> NDArray[np.int64]:
        """Number values, adding new ones; ``None`` is ``NULL``."""
        codes = np.empty(len(values), dtype=np.int64)
        for index, value in enumerate(values):
            if value is None:
                codes[index] = NULL
                continue
            code = self.codes.get(value)
            if code is None:
                code = self.codes[value] = len(self.values)
                self.values.append(value)
            codes[index] = code
        return codes


class Column:
    """Codes one column of a dataset, batch after batch."""

    __slots__ = ("field", "vocabulary")

    def __init__(self, field: Field) -> None:
        """Code the values of ``field``."""
        self.field = field
        self.vocabulary: Vocabulary | None = Vocabulary() if is_text(field) or is_list(field) else None

    def encode(self, array: pa.Array) -> NDArray[np.int64]:
        """Code an Arrow array: int64[n]."""
        if array.null_count == len(array):
            return np.full(len(array), NULL, dtype=np.int64)
        if self.vocabulary is None:
            return encode_numbers(array)
        if is_list(self.field):
            return self._encode_lists(array)
        if not pa.types.is_dictionary(array.type):
            array = array.dictionary_encode()
        return self._encode_dictionary(array, self.vocabulary)

    def decode(self, codes: NDArray[np.int64]) -> list[Any]:
        """Give the values behind codes: text, tuples, numbers, booleans, ``None``."""
        if self.vocabulary is not None:
            values = self.vocabulary.values
            return [None if code == NULL else values[code] for code in codes.tolist()]
        if self.field.kind == "double":
            numbers = codes.view(np.float64).tolist()
            return [None if code == NULL else number for code, number in zip(codes.tolist(), numbers, strict=True)]
        make = bool if self.field.kind == "boolean" else int
        return [None if code == NULL else make(code) for code in codes.tolist()]

    def _encode_dictionary(self, array: pa.DictionaryArray, vocabulary: Vocabulary) -> NDArray[np.int64]:
        """Number the dictionary's entries that occur, then look the rows up."""
        size = len(array.dictionary)
        indices = array.indices.fill_null(size) if array.indices.null_count else array.indices
        rows = indices.to_numpy(zero_copy_only=False)
        used = np.zeros(size + 1, dtype=np.bool_)
        used[rows] = True
        occurring = np.flatnonzero(used[:size])
        lookup = np.full(size + 1, NULL, dtype=np.int64)
        values = array.dictionary if len(occurring) == size else array.dictionary.take(pa.array(occurring))
        lookup[occurring] = vocabulary.number(values.to_pylist())
        coded: NDArray[np.int64] = lookup[rows]
        return coded

    def _encode_lists(self, array: pa.ListArray) -> NDArray[np.int64]:
        """Find the distinct lists of the batch by content, then number those."""
        vocabulary = self.vocabulary
        if vocabulary is None:
            raise TypeError(self.field.name)
        if not pa.types.is_integer(array.type.value_type):
            return vocabulary.number([None if value is None else tuple(value) for value in array.to_pylist()])
        offsets, items, codes, firsts = code_lists(array)
        values = [tuple(_plain(items[offsets[row] : offsets[row + 1]])) for row in firsts.tolist()]
        lookup = vocabulary.number(values)
        listed: NDArray[np.int64] = np.where(array.is_valid().to_numpy(zero_copy_only=False), lookup[codes], NULL)
        return listed


def code_lists(array: pa.ListArray) -> tuple[NDArray[np.int64], ...]:
    """Number lists of whole numbers by content, a missing one as an empty one.

    Gives offsets int64[n + 1] into items int64[m], codes int64[n], and each code's first row int64[k].
    """
    offsets = array.offsets.to_numpy().astype(np.int64)
    items = encode_numbers(array.values)
    slots = np.full(_power_of_two(2 * len(array) + 2), -1, dtype=np.int64)
    codes, firsts = np.empty((2, len(array)), dtype=np.int64)
    used = code_slices(offsets, items, slots, codes, firsts)
    return offsets, items, codes, firsts[:used]


def encode_numbers(array: pa.Array) -> NDArray[np.int64]:
    """Code numbers, booleans and times as themselves; floating point by its bits (-0.0 as 0.0)."""
    kind = array.type
    valid = array.is_valid().to_numpy(zero_copy_only=False) if array.null_count else None
    if pa.types.is_timestamp(kind):
        array = array.cast(pa.int64())
    filled = array.fill_null(False if pa.types.is_boolean(kind) else 0) if valid is not None else array
    plain = filled.to_numpy(zero_copy_only=False)
    if pa.types.is_floating(kind):
        codes = (plain.astype(np.float64) + 0.0).view(np.int64)
    elif kind.bit_width == 64:
        codes = np.maximum(plain.astype(np.int64, copy=False), NULL + 1)
    else:
        codes = plain.astype(np.int64)
    return codes if valid is None else np.where(valid, codes, NULL)


class ValueDigests:
    """Codes the values of a counted field so that the codes outlive any vocabulary.

    Numbers are themselves; text is a keyed 64-bit BLAKE2b digest, so that traffic cannot be made to collide.
    """

    LIMIT = 65_536
    """Texts whose digest is remembered."""

    def __init__(self, field: Field) -> None:
        """Code the values of ``field``."""
        self.column = None if is_text(field) else Column(field)
        self.key = secrets.token_bytes(16)
        self.known: dict[str, int] = {}

    def encode(self, array: pa.Array) -> NDArray[np.int64]:
        """Code an Arrow array: int64[n]."""
        if self.column is not None:
            return self.column.encode(array)
        if not pa.types.is_dictionary(array.type):
            array = array.dictionary_encode()
        if len(self.known) > self.LIMIT:
            self.known.clear()
        size = len(array.dictionary)
        lookup = np.full(size + 1, NULL, dtype=np.int64)
        for index, text in enumerate(array.dictionary.to_pylist()):
            lookup[index] = NULL if text is None else self._digest(text)
        indices = array.indices.fill_null(size) if array.indices.null_count else array.indices
        coded: NDArray[np.int64] = lookup[indices.to_numpy(zero_copy_only=False)]
        return coded

    def _digest(self, text: str) -> int:
        code = self.known.get(text)
        if code is None:
            digest = hashlib.blake2b(text.encode(), digest_size=8, key=self.key).digest()
            code = self.known[text] = max(int.from_bytes(digest, "little", signed=True), NULL + 1)
        return code


def _plain(codes: NDArray[np.int64]) -> list[int | None]:
    return [None if code == NULL else code for code in codes.tolist()]


def _power_of_two(least: int) -> int:
    return 1 << max(least - 1, 1).bit_length()


@kernel
def code_slices(
    offsets: NDArray[np.int64],
    items: NDArray[np.int64],
    slots: NDArray[np.int64],
    codes: NDArray[np.int64],
    firsts: NDArray[np.int64],
) -> int:
    """Number lists by content: offsets int64[n + 1] into items -> codes int64[n], first row of each code int64[k].

    ``slots`` is an empty hash table (-1) of a power of two above 2n. Returns k.
    """
    used = 0
    mask = len(slots) - 1
    for row in range(len(offsets) - 1):
        start, end = int(offsets[row]), int(offsets[row + 1])
        mixed = end - start
        for at in range(start, end):
            mixed = ((mixed ^ (int(items[at]) & 0xFFFFFFFF)) * 0x2C1B3C6D) & 0xFFFFFFFFFFFF
            mixed ^= mixed >> 23
        place = mixed & mask
        while True:
            code = int(slots[place])
            if code < 0:
                slots[place] = used
                firsts[used] = row
                codes[row] = used
                used += 1
                break
            first = int(firsts[code])
            same = int(offsets[first + 1]) - int(offsets[first]) == end - start
            at = 0
            while same and at < end - start:
                same = items[int(offsets[first]) + at] == items[start + at]
                at += 1
            if same:
                codes[row] = code
                break
            place = (place + 1) & mask
    return used
