"""HTTP messages paired and laid out: which message is a record's request, which its reply, and what is odd.

Replies carry no number: the replies of a connection answer its requests in their order (RFC 9112 §9.3.2). A 1xx reply
answers none, but for 101. A request or reply that was lost altogether cannot be told, and shifts what follows it until
the requests that wait have had their time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parsers.http import GAP, HEADLESS, REPLY, REQUEST, REST, TRUNCATED
from parsers.http_frame import UNTIL_CLOSE_BYTES
from parsers.message import STRAY, WHOLE
from parsers.pairing import ALONE, ANSWERS, ASKS, Pairs, pair_rows
from parsers.tracker import Limits

PAIRED, NO_RESPONSE, NO_REQUEST, INTERIM, MALFORMED = range(5)
PAIRINGS = ("paired", "no_response", "no_request", "interim", "malformed")
OUTCOMES = ("unknown", "success", "failure")

Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Rows:
    """``n`` records; each array is int64[n]."""

    asked: Indices
    """Message that is the request, -1: none was seen."""
    answered: Indices
    first: Indices
    last: Indices
    pairing: Indices
    status: Indices
    outcome: Indices


def pair_messages(messages: Any, https: Any, limits: Limits, *, flush: bool) -> Pairs:
    """Pair by flow, in order."""
    kinds, status = https["kind"], https["status"]
    final = (status >= 200) | (status == 101)
    roles = np.full(len(messages), ALONE, dtype=np.uint8)
    roles[kinds == REQUEST] = ASKS
    roles[(kinds == REPLY) & final] = ANSWERS
    keys = np.ascontiguousarray(messages["flow_uid"])
    return pair_rows(
        keys, np.zeros(len(messages), dtype=np.int64), roles, np.ascontiguousarray(messages["ts_ns"]),
        np.ascontiguousarray(messages["duplicate"]),
        timeout_ns=limits.reply_s * 1_000_000_000, most=limits.pending, flush=flush,
    )  # fmt: skip


def make_rows(messages: Any, https: Any, pairs: Pairs) -> Rows:
    """Lay the pairs out; where a chunked body goes on there is no record."""
    asked, answered = pairs.request.astype(np.int64), pairs.reply.astype(np.int64)
    alone = np.maximum(asked, answered)
    kept = https["kind"][alone] != REST
    asked, answered, alone = asked[kept], answered[kept], alone[kept]
    turned = (asked >= 0) & (answered < 0) & (messages["from_server"][alone] != 0)
    asked, answered = np.where(turned, -1, asked), np.where(turned, alone, answered)
    first, last = np.where(asked >= 0, asked, answered), np.where(answered >= 0, answered, asked)
    status = np.where(answered >= 0, https["status"][last].astype(np.int64), -1)
    pairing = np.select(
        [
            https["kind"][first] == HEADLESS,
            (asked >= 0) & (answered >= 0),
            asked >= 0,
            (status < 200) & (status != 101),
        ],
        [MALFORMED, PAIRED, NO_RESPONSE, INTERIM],
        NO_REQUEST,
    )
    outcome = np.where((status < 0) | (pairing == INTERIM), 0, np.where(status >= 400, 2, 1))
    return Rows(asked, answered, first, last, pairing, status, outcome)


def choose_errors(https: Any, rows: Rows, is_head: NDArray[np.bool_]) -> Indices:
    """Error of each record's request, else of its reply; a reply to HEAD lacks no body."""
    asked = np.where(rows.asked >= 0, https["error"][rows.asked], 0).astype(np.int64)
    answered = np.where(rows.answered >= 0, https["error"][rows.answered], 0).astype(np.int64)
    lacks_body = np.isin(answered, (TRUNCATED, GAP)) & (https["body_kept"][rows.last] == 0)
    answered[is_head & lacks_body & (https["kind"][rows.last] == REPLY)] = 0
    return np.where(asked != 0, asked, answered)


def measure_sizes(messages: Any, https: Any) -> tuple[Indices, Indices]:
    """Bytes of each message and of its body; -1 where that is not known."""
    body = https["body_bytes"].astype(np.int64)
    wire, length = messages["wire"].astype(np.int64), messages["length"].astype(np.int64)
    whole = (messages["status"] == WHOLE) | (messages["status"] == STRAY)
    total = np.where((wire < UNTIL_CLOSE_BYTES) & whole, wire, length)
    return np.where((body < 0) | (https["kind"] == HEADLESS), -1, total), body
