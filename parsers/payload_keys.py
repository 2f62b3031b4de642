"""Keys of JSON payloads, read once per shape and remembered (kernels)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from parsers.payload import KEY, LOOKED_AT, MOST_KEYS, SAMPLE_BYTES, list_keys
from parsers.payload_layout import WORD, Words, view_words
from parsers.spans import decode_text
from wanglou.kernel import int64, kernel

MOST_SHAPES = 4_096
"""Shapes that are remembered beyond a batch."""
MOST_BYTES = 1 << 20
"""Bytes of their keys."""

_ROOM = 256


class Keys:
    """Turns shapes into lists of keys."""

    def __init__(self) -> None:
        """Know none."""
        self._clear()

    def _clear(self) -> None:
        self._shapes = np.zeros(_ROOM, dtype=np.int64)
        self._slots = np.full(4 * _ROOM, -1, dtype=np.int32)
        self._known = 0
        self._counts = np.zeros(0, dtype=np.int64)
        self._sizes = np.zeros(0, dtype=np.int64)
        self._ends: NDArray[np.int32] = np.zeros(0, dtype=np.int32)
        self._texts = b""

    def make_column(
        self, data: NDArray[np.uint8], spill: NDArray[np.uint8], spans: NDArray[Any], shapes: NDArray[np.int64]
    ) -> pa.Array:
        """Column of the keys of JSON payloads, SPAN[n] of ``shapes``; null where the shape is 0."""
        if not shapes.any():
            return pa.nulls(len(shapes), pa.list_(pa.string()))
        if self._known > MOST_SHAPES or len(self._texts) > MOST_BYTES:
            self._clear()
        codes = np.empty(len(shapes), dtype=np.int32)
        firsts = self._number(shapes, codes)
        self._learn([
            read_keys((data, spill)[int(spans["spill"][row])], *_place(spans[row])) for row in firsts
        ])  # fmt: skip
        return self._write(codes)

    def _number(self, shapes: NDArray[np.int64], codes: NDArray[np.int32]) -> list[int]:
        """Number the rows' shapes; returns the first row of each that was not known."""
        done, rows = 0, []
        while True:
            firsts = np.empty(len(self._shapes), dtype=np.int32)
            start = self._known
            done, self._known = _number_shapes(shapes, done, self._shapes, start, self._slots, firsts, codes)
            rows += firsts[start : self._known].tolist()
            if done == len(shapes):
                return rows
            self._shapes = np.concatenate([self._shapes, np.zeros_like(self._shapes)])
            self._slots = np.full(2 * len(self._slots), -1, dtype=np.int32)
            _place_shapes(self._shapes, self._known, self._slots)

    def _learn(self, lists: list[list[str]]) -> None:
        """Remember the keys of new shapes."""
        if not lists:
            return
        encoded = [[key.encode() for key in keys] for keys in lists]
        ends = [np.cumsum([len(key) for key in keys], dtype=np.int32) for keys in encoded]
        texts = [b"".join(keys) for keys in encoded]
        self._counts = np.append(self._counts, [*map(len, encoded)])
        self._sizes = np.append(self._sizes, [*map(len, texts)])
        self._ends = np.concatenate([self._ends, *ends]).astype(np.int32)
        self._texts = b"".join([self._texts, *texts])

    def _write(self, codes: NDArray[np.int32]) -> pa.Array:
        """Column of the lists of shapes by number."""
        rows = np.bincount(codes + 1, minlength=self._known + 1)
        keys, size = int(rows[1:] @ self._counts), int(rows[1:] @ self._sizes)
        lists, offsets = np.zeros(len(codes) + 1, dtype=np.int32), np.zeros(keys + 1, dtype=np.int32)
        values, texts = np.empty(size + WORD, dtype=np.uint8), np.frombuffer(self._texts + bytes(WORD), dtype=np.uint8)
        starts, places = np.cumsum(self._counts) - self._counts, np.cumsum(self._sizes) - self._sizes
        known = (self._counts, starts, self._ends, self._sizes, places)
        _write_lists(codes, *known, view_words(texts.copy()), lists, offsets, view_words(values))
        flat = pa.StringArray.from_buffers(keys, pa.py_buffer(offsets), pa.py_buffer(values[:size]))
        validity = pa.py_buffer(np.packbits(codes >= 0, bitorder="little")) if rows[0] else None
        return pa.ListArray.from_buffers(
            pa.list_(pa.string()), len(codes), [validity, pa.py_buffer(lists)], int(rows[0]), children=[flat]
        )


def _place(span: Any) -> tuple[int, int]:
    """Where a span begins and ends, as far as it is looked at."""
    return int(span["offset"]), int(span["offset"]) + min(int(span["length"]), LOOKED_AT)


def read_keys(buf: NDArray[np.uint8], pos: int, end: int) -> list[str]:
    """Distinct keys of the JSON in ``buf[pos:end]`` in order, nested ones behind those they lie in, joined by dots."""
    keys: Any = np.recarray(4 * MOST_KEYS, dtype=KEY)
    count = list_keys(buf, pos, end, keys)
    path: dict[int, str] = {}
    found: dict[str, None] = {}
    for at, length, depth in keys[:count].tolist():
        text = decode_text(buf[at : at + min(length, SAMPLE_BYTES)].tobytes())
        above = [path[level] for level in sorted(path) if level < depth]
        path = {level: name for level, name in path.items() if level < depth} | {depth: text}
        found[".".join((*above, text))] = None
        if len(found) == MOST_KEYS:
            break
    return list(found)


@kernel
def _number_shapes(
    shapes: NDArray[np.int64], done: int, known: NDArray[np.int64], count: int, slots: NDArray[np.int32],
    firsts: NDArray[np.int32], codes: NDArray[np.int32],
) -> tuple[int, int]:  # fmt: skip
    """Number the shapes from row ``done`` on; returns at which row there was no room left, and how many are known."""
    last, number = int64(0), int64(-1)
    for i in range(done, len(shapes)):
        shape = shapes[i]
        if shape != last:
            last, number = shape, int64(-1)
            if shape != 0:
                if count >= len(known):
                    return i, count
                place = _find_shape(known, slots, shape)
                if slots[place] < 0:
                    slots[place], known[count], firsts[count] = count, shape, i
                    count += 1
                number = int64(slots[place])
        codes[i] = number
    return len(shapes), count


@kernel
def _find_shape(known: NDArray[np.int64], slots: NDArray[np.int32], shape: int) -> int:
    """Where a shape stands, or may stand; ``slots`` is a power of two and never full."""
    place = (shape ^ shape >> 32) & (len(slots) - 1)
    while slots[place] >= 0 and known[slots[place]] != shape:
        place = (place + 1) & (len(slots) - 1)
    return int64(place)


@kernel
def _place_shapes(known: NDArray[np.int64], count: int, slots: NDArray[np.int32]) -> None:
    """Fill an empty table with the shapes that are known."""
    for number in range(count):
        slots[_find_shape(known, slots, known[number])] = number


@kernel
def _write_lists(
    codes: NDArray[np.int32], counts: NDArray[np.int64], starts: NDArray[np.int64], ends: NDArray[np.int32],
    sizes: NDArray[np.int64], places: NDArray[np.int64], texts: Words, lists: NDArray[np.int32],
    offsets: NDArray[np.int32], values: Words,
) -> None:  # fmt: skip
    """Write each row's list: its texts behind one another, and where each ends."""
    item, out = int64(0), int64(0)
    for i in range(len(codes)):
        code = codes[i]
        if code >= 0:
            start, place, size = starts[code], places[code], sizes[code]
            for k in range(counts[code]):
                offsets[item + k + 1] = out + int64(ends[start + k])
            for k in range(0, size, WORD):
                values[out + k] = texts[place + k]
            item += counts[code]
            out += size
        lists[i + 1] = item
