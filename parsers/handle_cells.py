"""Numbers of the rows of a Handle table by place, and columns made of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from parsers.columns import make_nulls
from parsers.handle_rows import Rows, code_numbers, make_keyword_lists, make_names

# Places of the numbers; -1 is null.
(
    OP, REPLY_OP, ACTION, RESPONSE, OUTCOME, ERROR, VERSION, REPLY_VERSION, SUGGESTED_VERSION, ENVELOPE_FLAGS, SESSION,
    FIRST_FLAGS, ASK_FLAGS, REPLY_FLAGS, SERIAL, REPLY_SERIAL, RECURSIONS, EXPIRATION, REQUEST_BYTES, REPLY_BYTES,
    REQUEST_FRAGMENTS, REPLY_FRAGMENTS, RETRANSMITTED, READABLE, CREDENTIAL, REPLY_CREDENTIAL, DURATION, PDU_NUMBER,
    HOLDER, SITE, SAID, LISTER, REFERRER, ECHO, REQUEST,
) = range(35)  # fmt: skip
STEADY = 35
# Those that change from row to row: nobody asks whether they are all the same.
EXPIRES_IN, TS_NS, PACKET, PACKET_END = range(STEADY, STEADY + 4)
PLACES = STEADY + 4

ACT_MALFORMED, ACT_ENCRYPTED, ACT_COMPRESSED = 1 << 32, 1 << 33, 1 << 34
"""Actions beside the OpCodes."""

_KEYWORDS = pa.list_(pa.string())


@dataclass(frozen=True, slots=True)
class Cells:
    """Numbers of the rows by place; most columns have one value throughout a batch, and are made without looking."""

    values: Rows
    """int64[PLACES, n]."""
    lowest: list[int]
    """Of the places below STEADY the lowest number in any row; -1 where there are no rows."""
    highest: list[int]
    own: Any
    """SPAN[n]: handle that the row is about."""
    echoed: Any
    """SPAN[n]: handle that the reply tells, where it is another."""
    zeros: list[pa.Array] = field(default_factory=list)
    """Codes of a column of one text, once they are made."""

    def __len__(self) -> int:
        """Count the rows."""
        return int(self.values.shape[1])

    def has(self, place: int) -> bool:
        """True when any row has the number."""
        return self.highest[place] >= 0

    def rows(self, place: int) -> Rows:
        """Where the number is there."""
        return np.flatnonzero(self.values[place] >= 0) if self.has(place) else np.empty(0, dtype=np.int64)

    def make_numbers(self, place: int, kind: pa.DataType) -> pa.Array:
        """Column of a number."""
        if not self.has(place):
            return make_nulls(len(self), kind)
        low, values, plain = self.lowest[place], self.values[place], kind.to_pandas_dtype()
        if low == self.highest[place]:
            return pa.array(np.full(len(self), low, dtype=plain), kind)
        mask = values < 0 if low < 0 else None
        return pa.array(values.astype(plain), kind, mask=mask)

    def make_booleans(self, place: int) -> pa.Array:
        """Column of a number that is 0 or 1."""
        if not self.has(place):
            return make_nulls(len(self), pa.bool_())
        values = self.values[place]
        return pa.array(values == 1, mask=values < 0 if self.lowest[place] < 0 else None)

    def make_constant(self, text: str) -> pa.Array:
        """Column of one text; null when it is empty."""
        if not text:
            return make_nulls(len(self), pa.dictionary(pa.int32(), pa.string()))
        if not self.zeros:
            self.zeros.append(pa.array(np.zeros(len(self), dtype=np.int32)))
        return pa.DictionaryArray.from_arrays(self.zeros[0], pa.array([text], pa.string()), safe=False)

    def make_names(self, place: int, name: Callable[[int], str]) -> pa.Array:
        """Column of the names of a number; null where it has none."""
        if self.lowest[place] == self.highest[place]:
            return self.make_constant(name(self.lowest[place]) if self.has(place) else "")
        return make_names(self.values[place], name)

    def make_lists(self, place: int, names: Callable[[int], Sequence[str]]) -> pa.Array:
        """Column of the lists of texts of a number, which are made once per distinct one."""
        if not self.has(place):
            return make_nulls(len(self), _KEYWORDS)
        if self.lowest[place] == self.highest[place]:
            return repeat_list(names(self.lowest[place]), len(self))
        codes, distinct = code_numbers(self.values[place])
        rows = np.flatnonzero(codes >= 0)
        return make_keyword_lists(rows, codes[rows], [names(number) for number in distinct], len(self))


def repeat_list(texts: Sequence[str], count: int) -> pa.Array:
    """Column of ``count`` times the same list of texts, null when it is empty."""
    if not texts:
        return make_nulls(count, _KEYWORDS)
    offsets = pa.array(np.arange(0, (count + 1) * len(texts), len(texts), dtype=np.int32))
    return pa.ListArray.from_arrays(offsets, repeat_texts(texts, count))


def repeat_texts(texts: Sequence[str], count: int) -> pa.Array:
    """``count`` times the same texts, one after the other."""
    encoded = [text.encode() for text in texts]
    once = b"".join(encoded)
    ends = np.cumsum([len(text) for text in encoded], dtype=np.int64)
    offsets = np.zeros(count * len(texts) + 1, dtype=np.int32)
    offsets[1:].reshape(count, len(texts))[:] = (np.arange(count) * len(once))[:, None] + ends
    buffers = pa.py_buffer(offsets), pa.py_buffer(once * count)
    return pa.StringArray.from_buffers(len(offsets) - 1, *buffers)
