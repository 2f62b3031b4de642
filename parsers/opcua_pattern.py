"""OPC UA messages that repeat: what a connection says again and again is walked once and then recognised (kernels).

A client polls the same nodes, and the server answers in the same form: only numbers of fixed size differ, as times,
handles and values. A pattern is the body of a walked message with a mask that leaves those numbers out, and the events
of its walk. Every byte that decided the walk is under the mask, so a body that equals it there has the same events.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from parsers.opcua_buffers import Words
from parsers.opcua_builtin import size_fixed
from parsers.opcua_event import EVENT, NUMBER
from parsers.opcua_program import INT16, INT32, SBYTE, TAGS
from wanglou.kernel import int64, kernel

PATTERNS_MAX = 4_096
"""Patterns known at once."""
TRIED_MAX = 8
"""Patterns of one bucket, which is mostly one connection, message and size."""
SIZE_MAX = 4_096
"""Bytes of a body that is remembered."""
KEPT_MAX = 512
"""Events of a body that is remembered."""

_WORD = 8
_BUCKETS = 4_096
_WORDS, _EVENTS = 48 * PATTERNS_MAX, 48 * PATTERNS_MAX
_CLEARED = np.array([~(255 << (8 * place)) for place in range(_WORD - 1)] + [(1 << 56) - 1], dtype=np.int64)
"""All bits but those of one byte."""

PATTERN = np.dtype(
    [
        ("uid", "i8"),  # connection
        ("structure", "i4"),
        ("length", "i4"),  # bytes of the body behind its type
        ("begin", "i4"),  # its first word
        ("first", "i4"),  # its runs
        ("last", "i4"),
        ("following", "i4"),  # next of the bucket, -1: none
    ],
    align=True,
)


MOVE = np.dtype(
    [
        ("value", "i8"),
        ("moved", "i8"),  # all bits: where the body begins is added to the value; else 0
        ("mask", "i8"),  # bits of the word that are added; 0 of an event whose value is always the same
        ("place", "i4"),  # word of the message, counted from where the body begins
        ("shift", "i4"),
    ],
    align=True,
)
"""How the value of a pattern's event is made of a message: without a branch, as it is done for each event."""


RUN = np.dtype([("tag", "i4"), ("first", "i4"), ("last", "i4")], align=True)
"""The events of one column in a pattern."""


class Patterns(NamedTuple):
    """What is remembered; kernels add to it."""

    table: Any
    """PATTERN[PATTERNS_MAX]."""
    heads: NDArray[np.int32]
    """First pattern of each bucket, -1: none."""
    words: NDArray[np.int64]
    """int64[n]: eight bytes of a body each; its last eight may overlap those before."""
    masks: NDArray[np.int64]
    """int64[n]: which of their bits count."""
    events: Any
    """EVENT[n]: column by column, else as they were walked; their values belong to the first message."""
    moves: Any
    """MOVE[n]: one for each event."""
    runs: Any
    """RUN[n]."""
    places: NDArray[np.int64]
    """int64[tags]: room to sort a pattern's events."""
    counts: NDArray[np.int64]
    """int64[5]: patterns, words, events and runs in use; 1 where one did not fit."""


def make_patterns() -> Patterns:
    """Nothing is remembered yet."""
    return Patterns(
        np.recarray(PATTERNS_MAX, dtype=PATTERN),
        np.full(_BUCKETS, -1, dtype=np.int32),
        np.empty(_WORDS, dtype=np.int64),
        np.empty(_WORDS, dtype=np.int64),
        np.recarray(_EVENTS, dtype=EVENT),
        np.recarray(_EVENTS, dtype=MOVE),
        np.recarray(_EVENTS, dtype=RUN),
        np.zeros(max(TAGS.values()) + 1, dtype=np.int64),
        np.zeros(5, dtype=np.int64),
    )


def trim_patterns(patterns: Patterns) -> None:
    """Forget everything once something did not fit; numbers of patterns mean nothing then."""
    if patterns.counts[4]:
        patterns.heads[:] = -1
        patterns.counts[:] = 0


@kernel
def _choose_bucket(uid: int, structure: int, length: int) -> int:
    """Bucket of a connection's messages of one size; products stay below 62 bits."""
    mixed = (uid & 0xFFFFFFF) * 0x1E3779B1 + structure * 0x2C1B3C6D + length * 0x1B873593
    return (mixed ^ (mixed >> 17)) & (_BUCKETS - 1)


@kernel
def find_pattern(words: Words, pos: int, end: int, uid: int, structure: int, patterns: Patterns) -> int:
    """Number of the pattern that the body from ``pos`` to ``end`` follows; -1: none."""
    length = end - pos
    at = int64(patterns.heads[_choose_bucket(uid, structure, length)])
    while at >= 0:
        known = patterns.table[at]
        if known.uid == uid and known.structure == structure and known.length == length:
            begin = int64(known.begin)
            last = begin + (length - 1) // _WORD
            wrong = (words[end - _WORD] ^ patterns.words[last]) & patterns.masks[last]
            if wrong == 0 and _is_alike(words[pos : end - _WORD : _WORD], begin, last, patterns):
                return at
        at = int64(known.following)
    return -1


@kernel
def _is_alike(body: Words, begin: int, last: int, patterns: Patterns) -> bool:
    """True where the words of a body but its last are those of a pattern, as far as its masks go."""
    own, masks = patterns.words[begin:last], patterns.masks[begin:last]
    wrong = int64(0)
    for k in range(len(body)):
        wrong |= (body[k] ^ own[k]) & masks[k]
    return wrong == 0


@kernel
def learn_pattern(
    words: Words, pos: int, end: int, uid: int, structure: int, events: Any, first: int, last: int, patterns: Patterns
) -> None:
    """Remember a body and its events, which a walk found whole and without fault from ``pos`` to ``end``."""
    length, counts = end - pos, patterns.counts
    if length < _WORD or length > SIZE_MAX or last - first > KEPT_MAX:
        return
    number, begin, event, size = counts[0], counts[1], counts[2], (length + _WORD - 1) // _WORD
    if number >= PATTERNS_MAX or begin + size > _WORDS or event + last - first > _EVENTS:
        counts[4] = 1
        return
    bucket = _choose_bucket(uid, structure, length)
    at = int64(patterns.heads[bucket])
    for _ in range(TRIED_MAX - 1):
        if at < 0:
            break
        at = int64(patterns.table[at].following)
    if at >= 0:
        return
    for k in range(size):
        patterns.words[begin + k] = words[min(pos + k * _WORD, end - _WORD)]
        patterns.masks[begin + k] = -1
    known = patterns.table[number]
    known.uid, known.structure, known.length, known.begin = uid, structure, length, begin
    known.first, known.following = counts[3], patterns.heads[bucket]
    known.last = _find_runs(events, first, last, patterns)
    for i in range(first, last):
        e = events[i]
        at = patterns.places[e.tag]
        patterns.places[e.tag] = at + 1
        own = patterns.events[at]
        own.value, own.message, own.length, own.place = e.value, e.message, e.length, e.place
        own.tag, own.kind, own.spill = e.tag, e.kind, e.spill
        _plan_move(e, pos, patterns.moves[at])
        if e.place >= 0:
            for k in range(e.place, e.place + size_fixed(int64(e.kind))):
                _leave_out(patterns.masks, begin, size, length, k)
    patterns.heads[bucket] = number
    counts[0], counts[1], counts[2], counts[3] = number + 1, begin + size, event + last - first, known.last


@kernel
def _find_runs(events: Any, first: int, last: int, patterns: Patterns) -> int:
    """Add the runs of the events, and leave in ``places`` where each begins; returns the next free run."""
    places, at, run = patterns.places, patterns.counts[2], patterns.counts[3]
    places[:] = 0
    for i in range(first, last):
        places[events[i].tag] += 1
    for tag in range(len(places)):
        if places[tag]:
            r = patterns.runs[run]
            r.tag, r.first, r.last = tag, at, at + places[tag]
            places[tag] = at
            at = int64(r.last)
            run += 1
    return int64(run)


@kernel
def _plan_move(e: Any, pos: int, move: Any) -> None:
    """Say how an event's value is made: of the end of a word, so that no word lies beyond the message."""
    move.value, move.moved, move.mask, move.place, move.shift = e.value, 0, 0, 0, 0
    if e.length != NUMBER:
        move.value, move.moved = e.value - pos, -1
    elif e.place >= 0:
        size = size_fixed(int64(e.kind))
        move.value, move.place, move.shift = 0, e.place + size - _WORD, 8 * (_WORD - size)
        move.mask = -1 if e.kind in (SBYTE, INT16, INT32) or size == _WORD else (1 << (8 * size)) - 1


@kernel
def _leave_out(masks: NDArray[np.int64], begin: int, size: int, length: int, place: int) -> None:
    """Take the byte at ``place`` of a body out of its mask; it may be in two words."""
    if place // _WORD < size - 1:
        masks[begin + place // _WORD] &= _CLEARED[place % _WORD]
    if place >= length - _WORD:
        masks[begin + size - 1] &= _CLEARED[place - length + _WORD]
