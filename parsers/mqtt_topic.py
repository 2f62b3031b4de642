"""Topics of PUBLISH packets by content, remembered from batch to batch (kernels).

A topic lies in the batch, or where an alias stands for it among the aliases' topics or those of carried packets.
"""

from __future__ import annotations

import secrets
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from parsers.columns import make_distinct, make_keywords
from parsers.mqtt_packet import ARENA
from parsers.packet import Bytes
from parsers.payload_layout import WORD, Words, view_words
from parsers.spans import TEXT_BYTES, decode_text
from parsers.sparkplug import Place, is_sparkplug_topic, split_topic
from wanglou.kernel import inlined_kernel, int64, kernel

MOST_TOPICS = 16_384
"""Topics that are remembered beyond a batch."""
MOST_BYTES = 2 << 20
"""Bytes of those topics."""

TOPIC = np.dtype(
    [
        ("mark", "i8"),  # hash of its bytes
        ("at", "i8"),  # where it lies among the remembered
        ("batch", "i8"),  # in which it was last met
        ("length", "i4"),  # of which TEXT_BYTES are remembered
        ("code", "i4"),  # in that batch
        ("layout", "i4"),  # of its last payload
        ("sparkplug", "i4"),
    ],
    align=True,
)

# Rows of the scalar state.
_KNOWN, _FILLED, _BATCH, _MET, _SEED = range(5)
_ROOM = 512


class Buffers(NamedTuple):
    """What ``topic_spill`` and ``spill`` of packets and messages point into, as bytes and as words."""

    data: Bytes
    spill: Bytes
    arena: Bytes
    kept: Bytes
    data_words: Words
    spill_words: Words
    arena_words: Words
    kept_words: Words

    @staticmethod
    def view(
        data: NDArray[np.uint8], spill: NDArray[np.uint8], arena: NDArray[np.uint8], kept: NDArray[np.uint8]
    ) -> Buffers:
        """``arena`` and ``kept`` are what ARENA and KEPT stand for."""
        buffers = data, spill, arena, kept
        return Buffers(*buffers, *map(view_words, buffers))

    def read_topic(self, packet: Any) -> bytes:
        """Topic of one packet; empty when it has none."""
        at, length = int(packet["topic_at"]), max(int(packet["topic_length"]), 0)
        return self[int(packet["topic_spill"])][at : at + length].tobytes()


class Book(NamedTuple):
    """Topics that are known."""

    topics: Any
    """TOPIC[n]"""
    held: Bytes
    """The topics' bytes."""
    words: Words
    """The same as words."""
    slots: NDArray[np.int32]
    """Hash table, -1: empty; a power of two above 2n."""
    met: NDArray[np.int32]
    """int32[n]: the batch's topics, in the order in which they were met."""
    scalars: NDArray[np.int64]


class Topics:
    """Numbers topics and tells what they say."""

    def __init__(self) -> None:
        """Know none."""
        self._scalars = np.zeros(5, dtype=np.int64)
        self._scalars[_SEED] = secrets.randbits(30) | 1  # so that traffic cannot be made to collide
        self._clear()

    def _clear(self) -> None:
        self._scalars[[_KNOWN, _FILLED]] = 0
        self._texts: list[str] = []
        self._places: list[Place | None] = []
        self.book = _make_book(_ROOM, _ROOM * WORD * WORD, self._scalars)

    def begin(self) -> None:
        """Begin a batch; where too much is remembered all is forgotten."""
        if self._scalars[_KNOWN] > MOST_TOPICS or self._scalars[_FILLED] > MOST_BYTES:
            self._clear()
        self._scalars[_BATCH] += 1
        self._scalars[_MET] = 0

    def grow(self) -> None:
        """Make room for more."""
        old, known, filled = self.book, int(self._scalars[_KNOWN]), int(self._scalars[_FILLED])
        self.book = _make_book(2 * len(old.topics), 2 * len(old.held) + 2 * TEXT_BYTES, self._scalars)
        self.book.topics[:known], self.book.met[:known] = old.topics[:known], old.met[:known]
        self.book.held[:filled] = old.held[:filled]
        _place_topics(self.book)

    def make_columns(self, codes: NDArray[np.int32]) -> dict[str, pa.Array]:
        """Columns of the batch's topics by code, -1: none."""
        self._read()
        met = self.book.met[: self._scalars[_MET]].tolist()
        columns = {"mqtt.topic": make_keywords(codes, [self._texts[number] for number in met])}
        places = [self._places[number] for number in met]
        if any(places):
            for at, name in enumerate(("group", "message_type", "edge_node", "device")):
                numbers, texts = make_distinct([place[at] if place else "" for place in places])
                columns[f"mqtt.sparkplug.{name}"] = make_keywords(np.where(codes >= 0, numbers[codes], -1), texts)
        return columns

    def _read(self) -> None:
        """Decode what was met for the first time."""
        book, known = self.book, len(self._texts)
        fresh = book.topics[known : self._scalars[_KNOWN]]
        for at, length in zip(fresh["at"].tolist(), fresh["length"].tolist(), strict=True):
            text = decode_text(book.held[at : at + min(length, TEXT_BYTES)].tobytes())
            self._texts.append(text + "\u2026" if length > TEXT_BYTES else text)
            self._places.append(split_topic(self._texts[-1]))


def _make_book(room: int, room_bytes: int, scalars: NDArray[np.int64]) -> Book:
    """Room for topics, none of them known."""
    topics: Any = np.zeros(room, dtype=TOPIC).view(np.recarray)
    held = np.zeros(room_bytes, dtype=np.uint8)
    slots = np.full(4 * room, -1, dtype=np.int32)
    return Book(topics, held, view_words(held), slots, np.empty(room, dtype=np.int32), scalars)


@inlined_kernel
def has_room(book: Book) -> bool:
    """True when one more topic can be remembered."""
    filled = book.scalars[_FILLED] + TEXT_BYTES + WORD
    return bool(book.scalars[_KNOWN] < len(book.topics) and filled < len(book.held))


@inlined_kernel
def number_topic(buffers: Buffers, p: Any, book: Book) -> int:
    """Number of the packet's topic, which it has; the book has room for it."""
    buf, words = buffers.data, buffers.data_words
    if p.topic_spill != 0:
        if p.topic_spill == 1:
            buf, words = buffers.spill, buffers.spill_words
        elif p.topic_spill == ARENA:
            buf, words = buffers.arena, buffers.arena_words
        else:
            buf, words = buffers.kept, buffers.kept_words
    at, length = int64(p.topic_at), int64(p.topic_length)
    count = min(length, TEXT_BYTES)
    mark = _mark(buf, words, at, count, length, book.scalars[_SEED])
    place = mark & (len(book.slots) - 1)
    while book.slots[place] >= 0:
        number = int64(book.slots[place])
        topic = book.topics[number]
        if topic.mark == mark and topic.length == length and _is_equal(buf, words, at, book, int64(topic.at), count):
            break
        place = (place + 1) & (len(book.slots) - 1)
    if book.slots[place] < 0:
        book.slots[place] = book.scalars[_KNOWN]
        _remember(buf, at, count, length, mark, book)
    number = int64(book.slots[place])
    topic = book.topics[number]
    if topic.batch != book.scalars[_BATCH]:
        topic.batch, topic.code = book.scalars[_BATCH], book.scalars[_MET]
        book.met[book.scalars[_MET]] = number
        book.scalars[_MET] += 1
    return number


@kernel
def _remember(buf: Bytes, at: int, count: int, length: int, mark: int, book: Book) -> None:
    """Append a topic."""
    topic, filled = book.topics[book.scalars[_KNOWN]], book.scalars[_FILLED]
    topic.mark, topic.at, topic.length, topic.batch, topic.layout = mark, filled, length, 0, 0
    topic.sparkplug = is_sparkplug_topic(buf, at, length)
    for k in range(count):
        book.held[filled + k] = buf[at + k]
    book.scalars[_KNOWN] += 1
    book.scalars[_FILLED] += count


@inlined_kernel
def _mark(buf: Bytes, words: Words, at: int, count: int, length: int, seed: int) -> int:
    """Hash of ``count`` bytes; products stay below 2**63."""
    mixed, factor = int64(length), seed
    for k in range(0, count - WORD + 1, WORD):
        mixed = (mixed + _multiply(words[at + k], factor)) & 0x3FFFFFFFFFFFFFFF
        factor = (factor * 0x165667B1 >> 13 & 0x3FFFFFFF) | 1
    word = int64(0)
    if count >= WORD:
        word = words[at + count - WORD]
    else:
        for k in range(count):
            word = word << 8 | int64(buf[at + k])
    mixed = (mixed + _multiply(word, factor)) & 0x3FFFFFFFFFFFFFFF
    return (mixed ^ mixed >> 31) & 0x7FFFFFFF


@kernel
def _multiply(word: int, factor: int) -> int:
    """Both halves of a word by a factor of 30 bits each, in 62 bits."""
    return (word >> 32 & 0xFFFFFFFF) * factor ^ (word & 0xFFFFFFFF) * (factor ^ 0x2AAAAAAA)


@inlined_kernel
def _is_equal(buf: Bytes, words: Words, at: int, book: Book, bt: int, count: int) -> bool:
    """True when ``count`` bytes are a remembered topic's."""
    if count < WORD:
        for k in range(count):  # noqa: SIM110 - kernels know no generators
            if buf[at + k] != book.held[bt + k]:
                return False
        return True
    for k in range(0, count - WORD + 1, WORD):
        if words[at + k] != book.words[bt + k]:
            return False
    return bool(words[at + count - WORD] == book.words[bt + count - WORD])


@kernel
def _place_topics(book: Book) -> None:
    """Fill an empty hash table with the topics that are known."""
    mask = len(book.slots) - 1
    for number in range(book.scalars[_KNOWN]):
        place = book.topics[number].mark & mask
        while book.slots[place] >= 0:
            place = (place + 1) & mask
        book.slots[place] = number
