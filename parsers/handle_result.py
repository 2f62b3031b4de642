"""What came of a Handle transaction: action, outcome, errors, sizes, and which message tells what."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from parsers.columns import make_numbers
from parsers.handle_names import name_operation
from parsers.handle_pdu import DIGEST_MISMATCH, NO_ERROR, OP_MISMATCH
from parsers.handle_rows import MALFORMED, Decoded, Halves, Rows, is_any, make_names
from parsers.pairing import Pairs

OUTCOMES = ("unknown", "success", "failure")
_REFERRALS, _INTERIM = (302, 303), (402, 900, 901, 902)
_CHANGES = (100, 102, 104)  # requests that carry values

_MALFORMED, _ENCRYPTED, _COMPRESSED = 1 << 32, 1 << 33, 1 << 34
_ACTIONS = {_MALFORMED: "malformed", _ENCRYPTED: "encrypted", _COMPRESSED: "compressed"}


def make_actions(decoded: Decoded, halves: Halves) -> pa.Array:
    """What the request asks for; malformed, or encrypted or compressed where it cannot be read."""
    op = decoded.take(halves.first, "op")
    sealed = (decoded.take(halves.first, "sealed", 0) == 1) & (op < 0)
    hidden = np.where(decoded.take(halves.first, "envelope_flags", 0) & 0x40, _ENCRYPTED, _COMPRESSED)
    action = np.where(halves.pairing == MALFORMED, _MALFORMED, np.where(sealed, hidden, op))
    return make_names(action, lambda code: _ACTIONS.get(code) or name_operation(code))


def find_outcomes(decoded: Decoded, halves: Halves) -> Rows:
    """Outcome by the ResponseCode: a referral is a success, a challenge and an interim reply are neither."""
    response = decoded.take(halves.answer, "response")
    malformed = decoded.take(halves.answer, "malformed", 1) == 1
    success = (response == 1) | is_any(response, _REFERRALS)
    unknown = malformed | (response < 0) | is_any(response, _INTERIM)
    return np.where(unknown, 0, np.where(success, 1, 2))


def find_errors(decoded: Decoded, halves: Halves, matches: NDArray[np.int8]) -> Rows:
    """First thing wrong: with the request, with the reply, or between them."""
    errors = decoded.take(halves.ask, "error", NO_ERROR)
    errors = np.where(errors == NO_ERROR, decoded.take(halves.answer, "error", NO_ERROR), errors)
    errors = np.where((errors == NO_ERROR) & (matches == 0), DIGEST_MISMATCH, errors)
    asked, answered = decoded.take(halves.ask, "op"), decoded.take(halves.answer, "op")
    differs = (asked >= 0) & (answered >= 0) & (asked != answered) & (asked != 200)  # RFC 3652 §3.5 allows it there
    return np.where((errors == NO_ERROR) & differs, OP_MISMATCH, errors)


def make_sizes(decoded: Decoded, halves: Halves, pairs: Pairs) -> dict[str, pa.Array]:
    """Bytes and datagrams of both halves, and whether the request came again."""
    found = {}
    for rows, name in ((halves.ask, "request"), (halves.answer, "response")):
        length, fragments = decoded.take(rows, "message_length"), decoded.take(rows, "fragments")
        found[f"handle.{name}.bytes"] = make_numbers(np.where(length >= 0, length + 20, -1), pa.int64())
        found[f"handle.{name}.fragments"] = make_numbers(np.where(fragments > 1, fragments, -1), pa.int64())
    again = pairs.duplicate & (halves.ask >= 0)
    found["handle.retransmitted"] = pa.array(again, mask=~again)
    return found


def choose_rows(decoded: Decoded, name: str, *halves: Rows) -> Rows:
    """Of each row the first of ``halves`` whose count ``name`` is above zero, -1 where there is none."""
    found = np.full(len(halves[0]), -1, dtype=np.int64)
    for rows in reversed(halves):
        found = np.where(decoded.take(rows, name, 0) > 0, rows, found)
    return found


def find_holders(decoded: Decoded, halves: Halves, subject: Rows) -> tuple[Rows, Rows]:
    """Message whose values a row tells, and message that is a bare site record; -1: none."""
    op, response = decoded.take(halves.answer, "op"), decoded.take(halves.answer, "response")
    answered = (op == 1) & (response == 1)
    answered |= is_any(response, _REFERRALS) & (decoded.take(halves.answer, "values_count", 0) > 0)
    sent = is_any(decoded.take(subject, "op"), _CHANGES) & (decoded.take(subject, "response") == 0)
    holders = np.where(sent, subject, np.where(answered, halves.answer, -1))
    return holders, np.where((op == 2) & (response == 1), halves.answer, -1)
