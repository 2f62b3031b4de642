"""Layouts of payloads: one that differs in digits only from a payload seen before is of its kind and shape (kernels).

A sensor's messages say the same with other numbers. A digit changes neither what is text nor what is JSON, unless it
stands in a key, so a payload that fits a known layout need not be read again. Bytes are compared eight at a time.

A layout is a word of mask and a word of value for each eight bytes, the last of them overlapping: where the mask is
0xFF the byte is the value, where it is 0xF0 any digit fits.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from parsers.packet import Bytes
from parsers.payload import JSON, KEY, is_plain_text, list_keys
from wanglou.kernel import inlined_kernel, int64, kernel

Words = NDArray[np.int64]

WORD = 8
"""Bytes of a word."""
LONGEST = 1_024
"""Bytes of the longest payload whose layout is remembered."""
LAYOUTS = 256
"""Layouts remembered."""
_WAYS = 4
_MOST_KEYS = 256  # keys of a payload whose layout is remembered
_SEEN = 4_096

LAYOUT = np.dtype(
    [("mark", "i8"), ("form", "i8"), ("length", "i4"), ("kind", "i4"), ("plain", "i4"), ("next", "i4")], align=True
)
"""``form``: shape of JSON; ``plain``: 1 where all is printable ASCII; ``next``, of a set's first: which to replace."""


class Layouts(NamedTuple):
    """Layouts that are remembered."""

    table: Any
    """LAYOUT[LAYOUTS]"""
    masks: Words
    values: Words
    """int64[LAYOUTS * LONGEST / 8]: a layout's words."""
    seen: NDArray[np.int32]
    """int32[_SEEN]: marks of payloads seen once."""
    places: Bytes
    """uint8[LONGEST]: masks of the bytes of a payload that is being learnt."""
    keys: Any
    """KEY[_MOST_KEYS]: its keys."""


def make_layouts() -> Layouts:
    """Know none."""
    table: Any = np.zeros(LAYOUTS, dtype=LAYOUT).view(np.recarray)
    masks, values = np.zeros((2, LAYOUTS * LONGEST // WORD), dtype=np.int64)
    places, keys = np.zeros(LONGEST, dtype=np.uint8), np.zeros(_MOST_KEYS, dtype=KEY).view(np.recarray)
    return Layouts(table, masks, values, np.zeros(_SEEN, dtype=np.int32), places, keys)


def view_words(buffer: NDArray[np.uint8]) -> Words:
    """int64[n - 7]: the eight bytes that begin at each byte of ``buffer``."""
    if len(buffer) <= WORD:  # one word alone would be an array of another kind to a kernel
        buffer = np.concatenate([buffer, np.zeros(2 * WORD, dtype=np.uint8)])
    return np.ndarray(len(buffer) - WORD + 1, np.int64, buffer, strides=(1,))


@kernel
def mark_layout(words: Words, pos: int, length: int) -> int:
    """Hash of a payload in 31 bits that is equal whatever its digits, of half of each byte; -1: of a wrong length."""
    if length < WORD or length > LONGEST:
        return int64(-1)
    mixed = int64(length)
    for at in range(pos, pos + length - WORD + 1, WORD):
        word = words[at]
        mixed = ((mixed << 5 | mixed >> 27) & 0xFFFFFFFF) ^ (word & 0xF0F0F0F0 | word >> 36 & 0x0F0F0F0F)
    word = words[pos + length - WORD]
    mixed = ((mixed << 5 | mixed >> 27) & 0xFFFFFFFF) ^ (word & 0xF0F0F0F0 | word >> 36 & 0x0F0F0F0F)
    return int((mixed * 0x2C1B3C6D >> 16) & 0x7FFFFFFF)


@kernel
def find_layout(words: Words, pos: int, length: int, mark: int, layouts: Layouts) -> int:
    """Number of the layout that the payload fits, -1: none."""
    first = (mark & (LAYOUTS // _WAYS - 1)) * _WAYS
    for number in range(first, first + _WAYS):
        layout = layouts.table[number]
        if layout.mark == mark and has_layout(words, pos, length, number, layouts):
            return number
    return -1


@inlined_kernel
def has_layout(words: Words, pos: int, length: int, number: int, layouts: Layouts) -> bool:
    """True where each byte is that of layout ``number``, or a digit where it has one."""
    if layouts.table[number].length != length:
        return False
    start, count = number * (LONGEST // WORD), (length + WORD - 1) // WORD
    for k in range(count):
        word, mask = words[pos + min(k * WORD, length - WORD)], layouts.masks[start + k]
        digits = (word & ~mask) + (~mask & 0x0606060606060606)  # above 9 carries into the fifth bit
        if word & mask != layouts.values[start + k] or digits & 0x1010101010101010:
            return False
    return True


@kernel
def learn_layout(
    buf: Bytes, words: Words, pos: int, length: int, mark: int, kind: int, shape: int, layouts: Layouts
) -> None:
    """Remember the layout of a payload whose like was seen before, in place of the oldest of its set."""
    if layouts.seen[mark & (_SEEN - 1)] != mark:
        layouts.seen[mark & (_SEEN - 1)] = mark
        return
    for k in range(length):
        layouts.places[k] = 0xF0 if 0x30 <= buf[pos + k] <= 0x39 else 0xFF
    if kind == JSON:
        keys = list_keys(buf, pos, pos + length, layouts.keys)
        if keys == len(layouts.keys):
            return
        for n in range(keys):
            start = layouts.keys[n].at - pos
            for k in range(start, start + layouts.keys[n].length):
                layouts.places[k] = 0xFF
    first = (mark & (LAYOUTS // _WAYS - 1)) * _WAYS
    number = first + int64(layouts.table[first].next)
    layouts.table[first].next = (number + 1) & (_WAYS - 1)
    layout = layouts.table[number]
    layout.mark, layout.length, layout.kind, layout.form = mark, length, kind, shape
    layout.plain = is_plain_text(buf, pos, pos + length)
    start = number * (LONGEST // WORD)
    for k in range((length + WORD - 1) // WORD):
        at, mask = min(k * WORD, length - WORD), int64(0)
        for j in range(WORD):
            mask |= int64(layouts.places[at + j]) << 8 * j
        layouts.masks[start + k] = mask
        layouts.values[start + k] = words[pos + at] & mask
