"""Distinct names, data and options of DNS messages: numbered where they are read, each told as text once (kernels).

Kernels find a content by its bytes in a table that outlives the batch, so that one that comes again is neither kept nor
decoded again. ``trim`` makes the table empty when it holds more than its bounds.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from parsers.dns_name import spell_names
from parsers.packet import Bytes
from parsers.spans import TEXT_BYTES
from wanglou.kernel import int64, kernel

MOST_KEPT = 65_536
"""Contents that are remembered beyond a batch."""
MOST_KEPT_BYTES = 6 << 20
"""Bytes of them."""

NAME, DATA, OPTIONS = range(3)
"""Sorts of contents: an expanded name; a record's type and data; the EDNS options of a message."""

CONTENT = np.dtype(
    [
        ("start", "i8"),  # where it begins in the words
        ("fold", "i8"),  # a name's hash, letters' case apart; of other contents nothing
        ("size_bytes", "i4"),  # its whole length
        ("sort_number", "i4"),
    ],
    align=True,
)

COUNT, FILLED, _SEED = 0, 1, 2
"""Places in ``Store.state``."""

_VALUES, _WORDS = 8_192, 65_536
_ELLIPSIS = "\u2026"

Words = NDArray[np.int64]


class Store(NamedTuple):
    """Arrays of contents; the first ``TEXT_BYTES`` bytes of each are kept and told apart."""

    slots: NDArray[np.int32]
    """Hash table: number of a content, -1: free; a power of two above twice the contents."""
    entries: Any
    """CONTENT[n]: the contents by number."""
    words: Words
    """Bytes, eight a word; the last word of each is filled up with zeros."""
    state: Words
    """How many contents and words there are, and the seed of the hash: traffic cannot be made to collide."""


def make_store(values: int, words: int) -> Store:
    """Room for so many contents and words."""
    slots = np.full(1 << (2 * values).bit_length(), -1, dtype=np.int32)
    state = np.array([0, 0, secrets.randbits(31) | 1], dtype=np.int64)
    return Store(slots, np.recarray(values, dtype=CONTENT), np.empty(words, np.int64), state)


class Contents:
    """Contents by number, and their texts."""

    def __init__(self, *decoders: Callable[[bytes], str]) -> None:
        """``decoders`` tell the text of a content that is no name, by its sort."""
        self._decoders = decoders
        self._clear()

    def _clear(self) -> None:
        self.store = make_store(_VALUES, _WORDS)
        self._texts: pa.Array = pa.array([], pa.string())

    def __len__(self) -> int:
        """Contents that are known."""
        return int(self.store.state[COUNT])

    @property
    def size_bytes(self) -> int:
        """Bytes there is room for."""
        return self.store.words.nbytes

    def grow(self) -> None:
        """Double the room."""
        old, count = self.store, len(self)
        self.store = make_store(2 * len(old.entries), 2 * len(old.words))
        for near, far in zip(old[1:], self.store[1:], strict=True):
            far[: len(near)] = near
        place_contents(self.store, count)

    def trim(self) -> bool:
        """Forget all when it is too much, and tell so; numbers given before mean nothing then."""
        count, filled, _ = self.store.state.tolist()
        full = bool(count > MOST_KEPT or filled * 8 > MOST_KEPT_BYTES)
        if full:
            self._clear()
        return full

    def list_values(self, numbers: NDArray[Any]) -> list[bytes]:
        """Contents of these numbers, cut to ``TEXT_BYTES`` bytes."""
        data, entries = self.store.words.view(np.uint8).data, np.asarray(self.store.entries)[numbers]
        starts = (entries["start"] * 8).tolist()
        sizes = np.minimum(entries["size_bytes"], TEXT_BYTES).tolist()
        return [data[start : start + size].tobytes() for start, size in zip(starts, sizes, strict=True)]

    @property
    def texts(self) -> pa.Array:
        """Texts of all numbers; one that was cut ends in an ellipsis."""
        known, count = len(self._texts), len(self)
        if known < count:
            sorts = np.asarray(self.store.entries)["sort_number"][known:count]
            names, others = np.flatnonzero(sorts == NAME), np.flatnonzero(sorts != NAME)
            texts = pa.concat_arrays([self._spell(known + names), self._tell(known + others)])
            if len(others):
                texts = texts.take(pa.array(np.argsort(np.concatenate((names, others)))))
            self._texts = pa.concat_arrays([self._texts, texts])
        return self._texts

    def _spell(self, numbers: NDArray[np.int64]) -> pa.Array:
        """Texts of names."""
        entries = np.asarray(self.store.entries)[numbers]
        sizes = entries["size_bytes"].astype(np.int64)
        out, offsets = np.empty(4 * int(sizes.sum()) + len(sizes), np.uint8), np.empty(len(sizes) + 1, np.int32)
        spell_names(self.store.words.view(np.uint8), entries["start"] * 8, sizes, out, offsets)
        buffers = pa.py_buffer(offsets), pa.py_buffer(out[: offsets[-1]].copy())
        return pa.StringArray.from_buffers(len(sizes), *buffers)

    def _tell(self, numbers: NDArray[np.int64]) -> pa.Array:
        """Texts of other contents."""
        entries = np.asarray(self.store.entries)[numbers]
        sorts = zip(entries["sort_number"].tolist(), self.list_values(numbers), strict=True)
        texts = [self._decoders[sort - 1](value) for sort, value in sorts]
        for at in np.flatnonzero(entries["size_bytes"] > TEXT_BYTES).tolist():
            texts[at] += _ELLIPSIS
        return pa.array(texts, pa.string())


@kernel
def number_content(store: Store, sort: int, text: Bytes, words: Words, size: int) -> int:
    """Number of the content ``text[:size]``, a new one where it is not known; ``words`` are the same bytes.

    The caller made room for it in the store, and for seven bytes more in the text.
    """
    kept = min(size, TEXT_BYTES)
    count = (kept + 7) >> 3
    for k in range(kept, 8 * count):
        text[k] = 0
    mask = len(store.slots) - 1
    place = _hash(words, 0, count, size << 2 | sort, int64(store.state[_SEED])) & mask
    while True:
        number = int64(store.slots[place])
        if number < 0:
            break
        known = store.entries[number]
        same = known.size_bytes == size and known.sort_number == sort
        if same and _is_equal(store.words, int64(known.start), words, count):
            return number
        place = (place + 1) & mask
    number, start = int64(store.state[COUNT]), int64(store.state[FILLED])
    for k in range(count):
        store.words[start + k] = words[k]
    store.slots[place] = number
    entry = store.entries[number]
    entry.start, entry.size_bytes, entry.sort_number = start, size, sort
    store.state[COUNT], store.state[FILLED] = number + 1, start + count
    return number


@kernel
def place_contents(store: Store, count: int) -> None:
    """Enter the first ``count`` contents in the hash table, which is empty."""
    mask, seed = len(store.slots) - 1, int64(store.state[_SEED])
    for number in range(count):
        entry = store.entries[number]
        size = int64(entry.size_bytes)
        words = (min(size, TEXT_BYTES) + 7) >> 3
        place = _hash(store.words, int64(entry.start), words, size << 2 | int64(entry.sort_number), seed) & mask
        while store.slots[place] >= 0:
            place = (place + 1) & mask
        store.slots[place] = number


@kernel
def _hash(words: Words, start: int, count: int, kind: int, seed: int) -> int:
    """Mix ``count`` words; products stay below 63 bits, so nothing overflows."""
    mixed = seed ^ ((kind & 0xFFFFF) * 0x1E3779B1)
    for k in range(start, start + count):
        word = int64(words[k])
        low, high = (mixed ^ word) & 0xFFFFFFFF, ((mixed >> 29) ^ (word >> 32)) & 0xFFFFFFFF
        mixed = low * 0x2C1B3C6D ^ high * 0x297A2D39
    return mixed ^ (mixed >> 31)


@kernel
def _is_equal(a: Words, at: int, b: Words, count: int) -> bool:
    """True when ``count`` words are the same."""
    for k in range(count):  # noqa: SIM110 - kernels know no generators
        if a[at + k] != b[k]:
            return False
    return True
