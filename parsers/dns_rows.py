"""Paired DNS messages to rows: which is query and which is reply, and which records each list holds (kernels)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from parsers.dns_message import ADDITIONAL, ANSWER, AUTHORITY, DUPLICATE_QUERY, NO_ERROR, QUESTION
from parsers.dns_pairing import is_reply
from parsers.pairing import Pairs
from wanglou.kernel import int64, kernel

PAIRED, NO_RESPONSE, NO_REQUEST, MALFORMED = range(4)
PAIRINGS = ("paired", "no_response", "no_request", "malformed")
UNKNOWN, SUCCESS, FAILURE = range(3)
OUTCOMES = ("unknown", "success", "failure")

LISTS = 7
"""Lists of a row: its further questions, the reply's three sections, the query's records, NAPTR, addresses."""
MORE, ANSWERS, AUTHORITIES, ADDITIONALS, BROUGHT, NAPTR, RESOLVED = range(LISTS)

WORDS = 20
"""Numbers of a row, -1 where there is none: of the header of query and reply, the first question, and EDNS."""
(
    IDENTIFIER, OPERATION, ACTION, ASKED, ANSWERED, HEADER_FLAGS, ASKED_BYTES, ANSWERED_BYTES, QUESTIONS, ANSWER_COUNT,
    AUTHORITY_COUNT, ADDITIONAL_COUNT, KNOWN_COUNT, NAME, NAME_BYTES, KIND, GROUP, EDNS_VERSION, ASKED_SIZE,
    ANSWERED_SIZE,
) = range(WORDS)  # fmt: skip
NO_ACTION = 16
"""``ACTION`` of a malformed message; others are operations."""

_A, _AAAA, _NAPTR = 1, 28, 35
_DO = 0x8000  # RFC 3225: a bit of the extended flags


class Rows(NamedTuple):
    """Columns of ``n`` records."""

    ts_ns: NDArray[np.int64]
    duration: NDArray[np.int64]
    packet: NDArray[np.int64]
    packet_end: NDArray[np.int64]
    pdu: NDArray[np.int64]
    request: NDArray[np.int32]
    """int32[n]: message that is the query, -1: none."""
    reply: NDArray[np.int32]
    conversation: NDArray[np.int32]
    pairing: NDArray[np.int32]
    outcome: NDArray[np.int32]
    error: NDArray[np.int32]
    code: NDArray[np.int32]
    """int32[n]: response code with its extension, -1: no reply."""
    turned: NDArray[np.bool_]
    """bool[n]: the message that begins it came from the side that counts as the server."""
    words: NDArray[np.int32]
    """int32[WORDS, n]: numbers of the messages."""
    offsets: NDArray[np.int32]
    """int32[LISTS, n + 1]: where each row's lists begin in ``order``."""
    order: NDArray[np.int32]
    """int32[LISTS, k]: index of the record at each place of a list."""


def fill_rows(messages: Any, pdus: Any, records: Any, pairs: Pairs) -> Rows:
    """Lay the pairs out; a list of a section has room for all records there are."""
    n = len(pairs.request)
    longs: list[Any] = [np.empty(n, dtype=np.int64) for _ in range(5)]
    numbers: list[Any] = [np.empty(n, dtype=np.int32) for _ in range(7)]
    lists: list[Any] = [
        np.empty((WORDS, n), dtype=np.int32),
        np.zeros((LISTS, n + 1), dtype=np.int32),
        np.empty((LISTS, len(records)), dtype=np.int32),
    ]
    rows = Rows(*[*longs, *numbers, np.zeros(n, dtype=np.bool_), *lists])
    _fill(messages, pdus, records, pairs.request, pairs.reply, pairs.duplicate, rows)
    return rows


@kernel
def _fill(
    messages: Any, pdus: Any, records: Any, request: NDArray[np.int32], reply: NDArray[np.int32],
    duplicate: NDArray[np.bool_], rows: Rows,
) -> None:  # fmt: skip
    """One record a turn; what stands alone is query or reply by its header."""
    for k in range(len(request)):
        asked, answered = int64(request[k]), int64(reply[k])
        if asked >= 0 and answered < 0 and is_reply(messages[asked], pdus[asked]):
            asked, answered = int64(-1), asked
        first = asked if asked >= 0 else answered
        last = answered if answered >= 0 else asked
        m, p = messages[first], pdus[first]
        end, q = messages[last], pdus[last]
        rows.request[k], rows.reply[k] = asked, answered
        rows.ts_ns[k] = m.ts_ns
        rows.duration[k] = end.end_ns - m.ts_ns if asked >= 0 and answered >= 0 else -1
        rows.packet[k] = m.packet
        rows.packet_end[k] = max(end.packet_end, m.packet_end)
        rows.pdu[k] = m.pdu
        rows.conversation[k] = m.conversation
        rows.turned[k] = m.from_server != 0
        pairing = PAIRED
        if p.malformed or q.malformed:
            pairing = MALFORMED
        elif asked < 0:
            pairing = NO_REQUEST
        elif answered < 0:
            pairing = NO_RESPONSE
        rows.pairing[k] = pairing
        code = int64(-1)
        if answered >= 0 and q.word >= 0:
            code = int64(q.word) & 0xF
            if q.extended >= 0:
                code |= (int64(q.extended) >> 24) << 4
        rows.code[k] = code
        rows.outcome[k] = UNKNOWN
        if code > 0:
            rows.outcome[k] = FAILURE
        elif code == 0 and not q.malformed:
            rows.outcome[k] = SUCCESS
        error = int64(p.error)
        if error == NO_ERROR:
            error = int64(q.error)
        if error == NO_ERROR and duplicate[k]:
            error = DUPLICATE_QUERY
        rows.error[k] = error
        _fill_header(rows.words, k, p, q)
        _fill_question(rows.words, k, q if asked < 0 or (p.name < 0 and answered >= 0) else p)
        _fill_asked(rows.words, k, p, asked >= 0)
        _fill_answered(rows.words, k, q, answered >= 0)
        if pairing == MALFORMED:
            rows.words[ACTION, k] = NO_ACTION
        _list_records(pdus, records, rows, k, asked, answered)


@kernel
def _fill_header(words: NDArray[np.int32], k: int, p: Any, q: Any) -> None:
    """What the headers say: the identifier and operation of the first message, the flags of the last."""
    words[IDENTIFIER, k] = p.id
    words[QUESTIONS, k] = p.questions
    operation = int64(p.word) >> 11 & 15 if p.word >= 0 else int64(-1)
    words[OPERATION, k], words[ACTION, k] = operation, operation
    flags = int64(q.word)
    if flags >= 0 and q.extended >= 0:
        flags |= (int64(q.extended) & _DO) << 1
    words[HEADER_FLAGS, k] = flags


@kernel
def _fill_question(words: NDArray[np.int32], k: int, p: Any) -> None:
    """The first question."""
    words[NAME, k], words[NAME_BYTES, k] = p.name, p.name_length
    words[KIND, k], words[GROUP, k] = p.kind, p.group


@kernel
def _fill_asked(words: NDArray[np.int32], k: int, p: Any, there: bool) -> None:
    """Numbers of the query, and how many records it brings, that of EDNS left out."""
    words[ASKED, k] = p.word if there else -1
    words[ASKED_BYTES, k] = p.size_bytes if there else -1
    words[ASKED_SIZE, k] = p.udp_size if there else -1
    words[EDNS_VERSION, k] = int64(p.extended) >> 16 & 0xFF if there and p.extended >= 0 else -1
    brought = int64(-1)
    if there and p.word >= 0:
        brought = int64(p.answers) + int64(p.authorities) + int64(p.additionals) - (1 if p.udp_size >= 0 else 0)
    words[KNOWN_COUNT, k] = brought if brought > 0 else -1


@kernel
def _fill_answered(words: NDArray[np.int32], k: int, q: Any, there: bool) -> None:
    """Numbers of the reply."""
    words[ANSWERED, k] = q.word if there else -1
    words[ANSWERED_BYTES, k] = q.size_bytes if there else -1
    words[ANSWERED_SIZE, k] = q.udp_size if there else -1
    words[ANSWER_COUNT, k] = q.answers if there else -1
    words[AUTHORITY_COUNT, k] = q.authorities if there else -1
    words[ADDITIONAL_COUNT, k] = q.additionals if there else -1
    if words[EDNS_VERSION, k] < 0 and there and q.extended >= 0:
        words[EDNS_VERSION, k] = int64(q.extended) >> 16 & 0xFF


@kernel
def _list_records(pdus: Any, records: Any, rows: Rows, k: int, asked: int, answered: int) -> None:
    """Put the records of both messages on the row's lists."""
    offsets, order = rows.offsets, rows.order
    for which in range(LISTS):
        offsets[which, k + 1] = offsets[which, k]
    first = asked if asked >= 0 else answered
    p = pdus[first]
    begin = int64(p.records)
    for index in range(begin, begin + int64(p.records_count)):
        if records[index].section == QUESTION:
            if index > begin:
                _put(offsets, order, MORE, k, index)
        elif asked >= 0:
            _put(offsets, order, BROUGHT, k, index)
    if answered < 0:
        return
    q = pdus[answered]
    for index in range(int64(q.records), int64(q.records) + int64(q.records_count)):
        r = records[index]
        if r.section == ANSWER:
            _put(offsets, order, ANSWERS, k, index)
            if (r.kind == _A and r.content_length == 6) or (r.kind == _AAAA and r.content_length == 18):
                _put(offsets, order, RESOLVED, k, index)
        elif r.section == AUTHORITY:
            _put(offsets, order, AUTHORITIES, k, index)
        elif r.section == ADDITIONAL:
            _put(offsets, order, ADDITIONALS, k, index)
        if r.kind == _NAPTR and r.section != QUESTION:
            _put(offsets, order, NAPTR, k, index)


@kernel
def _put(offsets: NDArray[np.int32], order: NDArray[np.int32], which: int, k: int, index: int) -> None:
    """Append a record to a list of row ``k``."""
    order[which, offsets[which, k + 1]] = index
    offsets[which, k + 1] += 1
