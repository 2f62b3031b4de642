"""DNS messages to fields, names expanded (kernels).

Standards: RFC 1035 §4.1 (messages and records), RFC 6891 §6.1 (OPT), RFC 9267 (what goes wrong). Names, data and
options are written in a form that does not depend on the message, and numbered: equal content is an equal number.
"""

from __future__ import annotations

from typing import Any

from parsers.dns_contents import COUNT, DATA, FILLED, NAME, OPTIONS, Store, Words, number_content
from parsers.dns_frame import HEADER, LENGTH_FIELD, NAME_MAX
from parsers.dns_message import (
    CONTENTS_KEPT,
    COUNTS,
    EXPANDED_BASE,
    EXPANDED_RATIO,
    GAP,
    HEADER_SHORT,
    NO_ERROR,
    QUESTION,
    RECORDS_KEPT,
    SEQUENCE,
    TRAILING_BYTES,
    TRUNCATED,
)
from parsers.dns_name import expand_name, hash_name
from parsers.dns_record import read_data, read_options
from parsers.message import BROKEN_BY_GAP, STRAY
from parsers.packet import Bytes, get16, get32
from parsers.protocol import DNS_STREAM
from wanglou.kernel import int64, kernel

_OPT = 41


@kernel
def room_for(length: int) -> int:
    """Bytes of texts that a message of ``length`` bytes may take."""
    return EXPANDED_BASE + EXPANDED_RATIO * length


@kernel
def words_for(length: int) -> int:
    """Words of contents that a message of ``length`` bytes may take: each begins with a word of its own."""
    return (room_for(length) >> 3) + CONTENTS_KEPT


@kernel
def decode_messages(
    data: Bytes, spill: Bytes, messages: Any, first: int, pdus: Any, records: Any, store: Store, text: Bytes,
    words: Words, used: Any,
) -> int:  # fmt: skip
    """Decode messages from ``first`` on until there might be no room; returns where it stopped.

    ``used`` holds how many records are filled, and the bytes of names and data of the message at hand. ``text`` and
    ``words`` are the same bytes, with room for those of any message.
    """
    for i in range(first, len(messages)):
        m = messages[i]
        length = int64(m.length)
        if used[0] + RECORDS_KEPT > len(records) or _is_full(store, length):
            return i
        p = pdus[i]
        _clear(p, used)
        buf = data if m.spill == 0 else spill
        pos, end = int64(m.offset), int64(m.offset) + length
        if m.app == DNS_STREAM:
            pos += LENGTH_FIELD
        p.size_bytes = max(int64(m.wire) - (LENGTH_FIELD if m.app == DNS_STREAM else 0), 0)
        _decode_message(buf, pos, end, p, records, store, text, words, used)
        if m.status == BROKEN_BY_GAP:
            p.error = GAP
            p.malformed = 1
        elif p.error == TRUNCATED and m.wire > m.length:  # only its beginning was kept
            p.error = NO_ERROR
            p.malformed = 0
            p.bounded = 1
        elif p.error == NO_ERROR and m.status == STRAY:
            p.error = SEQUENCE
    return len(messages)


@kernel
def _is_full(store: Store, length: int) -> bool:
    """True when there might not be room for the contents of a message of ``length`` bytes."""
    is_crowded = store.state[COUNT] + CONTENTS_KEPT > len(store.entries)
    return bool(is_crowded or store.state[FILLED] + words_for(length) > len(store.words))


@kernel
def _clear(p: Any, used: Any) -> None:
    """Nothing is known yet."""
    p.hash = 0
    p.name = p.options = p.name_length = -1
    p.records = used[0]
    p.records_count = p.expanded = 0
    used[1] = 0
    p.id = p.word = p.kind = p.group = p.udp_size = p.extended = -1
    p.questions = p.answers = p.authorities = p.additionals = -1
    p.error = p.malformed = p.bounded = 0


@kernel
def _fail(p: Any, error: int) -> None:
    """Note an error that ends the message."""
    p.error = error
    p.malformed = 1


@kernel
def _decode_message(
    buf: Bytes, pos: int, end: int, p: Any, records: Any, store: Store, text: Bytes, words: Words, used: Any
) -> None:
    """Decode the message from ``pos`` to ``end``; what was read before an error stays."""
    start = pos
    if end - pos < HEADER:
        _fail(p, HEADER_SHORT)
        return
    p.id, p.word = get16(buf, pos), get16(buf, pos + 2)
    p.questions, p.answers = get16(buf, pos + 4), get16(buf, pos + 6)
    p.authorities, p.additionals = get16(buf, pos + 8), get16(buf, pos + 10)
    last = room_for(end - start) - 2 * NAME_MAX
    pos += HEADER
    seen = int64(0)
    for section in range(4):
        count = int64(p.questions)
        if section == 1:
            count = int64(p.answers)
        elif section == 2:
            count = int64(p.authorities)
        elif section == 3:
            count = int64(p.additionals)
        for _ in range(count):
            if seen >= RECORDS_KEPT or used[1] > last:
                p.bounded = 1
                return
            if pos >= end:
                _fail(p, COUNTS)
                return
            r = records[used[0]]
            r.section = section
            pos = _read_name(buf, pos, end, start, p, r, store, text, words, used)
            if pos < 0:
                _fail(p, -pos)
                return
            pos = _read_rest(buf, pos, end, start, last, p, r, store, text, words, used)
            if pos <= 0:
                return
            seen += 1
    if pos < end and p.error == NO_ERROR:
        p.error = TRAILING_BYTES


@kernel
def _read_name(
    buf: Bytes, pos: int, end: int, start: int, p: Any, r: Any, store: Store, text: Bytes, words: Words, used: Any
) -> int:
    """Owner's name of a question or record; one that points to the first question shares its bytes."""
    if p.name_length >= 0 and pos + 2 <= end and buf[pos] == 0xC0 and buf[pos + 1] == HEADER:
        r.name = p.name
        return pos + 2
    after, size = expand_name(buf, pos, end, start, text, 0)
    if after < 0:
        return after
    known = store.state[COUNT]
    r.name = number_content(store, NAME, text, words, size)
    if r.name == known:
        store.entries[known].fold = hash_name(text, 0, size)
    used[1] += size
    return after


@kernel
def _read_rest(
    buf: Bytes, pos: int, end: int, start: int, last: int, p: Any, r: Any, store: Store, text: Bytes,
    words: Words, used: Any,
) -> int:  # fmt: skip
    """What follows the name of a question or record; returns where it ends, 0 when the message ends before."""
    question = r.section == QUESTION
    if pos + (4 if question else 10) > end:
        _fail(p, TRUNCATED)
        return 0
    r.kind, r.group = get16(buf, pos), get16(buf, pos + 2)
    r.content, r.content_length, r.ttl = -1, -1, -1
    name = store.entries[r.name]
    size = int64(name.size_bytes)
    if question:
        if p.name_length < 0:
            p.name, p.name_length, p.kind, p.group = r.name, size, r.kind, r.group
            p.hash = name.fold ^ (int64(r.kind) << 16 | int64(r.group))
        used[0] += 1
        p.records_count += 1
        p.expanded += size
        return pos + 4
    length = get16(buf, pos + 8)
    r.ttl = get32(buf, pos + 4)
    pos += 10
    if r.kind == _OPT:
        if pos + length > end:
            _fail(p, TRUNCATED)
            return 0
        p.udp_size, p.extended = r.group, r.ttl
        size = read_options(buf, pos, pos + length, last - int64(used[1]), p, text)
        p.options = number_content(store, OPTIONS, text, words, size)
        used[1] += size
        return pos + length
    used[0] += 1
    p.records_count += 1
    p.expanded += size
    if pos + length > end:
        _fail(p, TRUNCATED)
        return 0
    size = read_data(buf, pos, pos + length, start, last - int64(used[1]), p, int64(r.kind), text)
    if size >= 0:
        r.content, r.content_length = number_content(store, DATA, text, words, size), size
        p.expanded += size
        used[1] += size
    return pos + length
