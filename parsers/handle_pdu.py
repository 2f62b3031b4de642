"""A Handle message: its fields, what can be wrong with it, and the steps its bodies share (kernels).

Standard: RFC 3652 §2.1.4 (strings and lists: a count of four bytes, then the items).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from parsers.packet import Bytes, get32
from wanglou.kernel import int64, kernel

# What can be wrong; the first that applies is reported. Order is the column's dictionary (ERRORS).
(
    NO_ERROR, TRUNCATED, COUNT, BODY_LENGTH, CREDENTIAL_LENGTH, CREDENTIAL, ENVELOPE, GAP, SEQUENCE, FRAGMENT_MISSING,
    FRAGMENT_CONFLICT, FRAGMENT_NUMBER, RESERVED, OP_CODE, OP_MISMATCH, DIGEST_MISMATCH,
) = range(16)  # fmt: skip
ERRORS = (
    "", "truncated", "count", "body_length", "credential_length", "credential", "envelope", "gap", "sequence",
    "fragment_missing", "fragment_conflict", "fragment_number", "reserved", "op_code", "op_mismatch",
    "digest_mismatch",
)  # fmt: skip

MOST_ITEMS = 2_048
"""Items of a list that are kept (the CNRI server's own bound for values); what is beyond is passed over and counted."""

VALUE_BYTES = 26  # of the shortest value: its fixed fields, an empty type, no data, no references

SPANS = (
    "handle",  # asked for, changed, answered or referred to
    "key_handle",  # of who answers a challenge, sets up a session or logs in
    "method",  # authentication type
    "answer",  # to a challenge
    "nonce",
    "digest",  # of the request, in the reply
    "reason",  # text of an error
    "identity",  # recursion authentication
    "exchange",  # handle of the exchange key
    "key",  # public key of a session's set-up
    "site",  # the record that GET_SITEINFO answers
    "signer",
    "kind",  # of the credential
    "algorithm",  # of the credential
    "rest",  # what no layout explains
)
"""Byte spans of a message: ``<name>_at`` is where it begins, ``<name>_length`` -1 where there is none."""

PDU = np.dtype(
    [
        *((f"{name}_at", "i8") for name in SPANS),
        *((name, "i8") for name in (
            "session", "request", "message_length", "op", "response", "op_flag", "expiration",
            "body_length", "credential_length", "key_index", "exchange_index", "signer_index", "signature_length",
            "timeout", "transaction", "said",  # said: items that the list says it has
        )),
        *((f"{name}_length", "i4") for name in SPANS),
        *((name, "i4") for name in (
            "serial", "recursions", "mode", "matches", "digest_kind", "fragments", "first_index", "indexes",
            "first_text", "texts", "first_value", "values_count", "first_reference", "references", "passed",
        )),
        *((name, "u1") for name in (
            "major", "minor", "envelope_flags", "suggested_major", "suggested_minor", "password", "reply", "sealed",
            "cut", "spill", "error", "malformed",
        )),
    ],
    align=True,
)  # fmt: skip
"""Fields of a message; -1 in a number that can be absent. Lists are ranges of the pools."""

HEAD = np.dtype(
    [
        *((name, "i8") for name in (
            "handle_at", "session", "request", "op", "response", "op_flag", "expiration", "message_length",
            "body_length", "credential_length", "said",
        )),
        *((name, "i4") for name in (
            "handle_length", "serial", "recursions", "fragments", "first_value", "values_count", "rich",
        )),
        *((name, "u1") for name in (
            "major", "minor", "envelope_flags", "suggested_major", "suggested_minor", "reply", "sealed", "cut", "spill",
            "error", "malformed",
        )),
    ],
    align=True,
)  # fmt: skip
"""Fields that every message has, in two cache lines; ``rich`` is the place of the PDU that has all, 0: no others."""

VALUE = np.dtype(
    [
        ("index", "i8"), ("ts_s", "i8"), ("ttl", "i8"), ("offset", "i8"), ("length", "i4"), ("spill", "i4"),
        ("ttl_type", "i4"), ("permissions", "i4"), ("references", "i4"),
    ],
    align=True,
)  # fmt: skip
"""Fixed fields of a handle value (RFC 3651 §3.1, in the order in which implementations send them), and where its
content lies: its type, the length of its data (four bytes) and its data."""

ITEM = np.dtype([("offset", "i8"), ("length", "i4"), ("spill", "i4"), ("index", "i8")], align=True)
"""Item of another list: where its text lies, and its index; an index asked for has no text, a type has no index."""


class Pools(NamedTuple):
    """Where the items of lists go; the caller makes them large enough for any content.

    Few arrays, because kernels hand them on from call to call, word by word.
    """

    used: NDArray[np.int64]
    """int64[2]: how many values and items there are."""
    values: Any
    """VALUE[n]."""
    items: Any
    """ITEM[n]: indexes and types asked for, handles listed, references of values."""


VALUES, ITEMS = range(2)


def make_pools(byte_count: int, messages: int) -> Pools:
    """Room for the lists of ``messages`` messages of ``byte_count`` bytes together; untouched pages cost nothing."""
    values = min(byte_count // VALUE_BYTES, messages * MOST_ITEMS) + 1
    items = min(byte_count // 4, 3 * messages * MOST_ITEMS) + 1
    used = np.zeros(2, dtype=np.int64)
    return Pools(used, np.recarray(values, dtype=VALUE), np.recarray(items, dtype=ITEM))


@kernel
def clear(p: Any) -> None:
    """No field is there yet."""
    p.key_handle_length = p.method_length = p.answer_length = p.nonce_length = -1
    p.digest_length = p.reason_length = p.identity_length = p.exchange_length = p.key_length = -1
    p.site_length = p.signer_length = p.kind_length = p.algorithm_length = p.rest_length = -1
    p.key_handle_at = p.method_at = p.answer_at = p.nonce_at = p.digest_at = p.reason_at = 0
    p.identity_at = p.exchange_at = p.key_at = p.site_at = p.signer_at = p.kind_at = p.algorithm_at = p.rest_at = 0
    p.key_index = p.exchange_index = p.signer_index = p.signature_length = p.timeout = p.transaction = -1
    p.mode = p.matches = p.digest_kind = -1
    p.first_index = p.indexes = p.first_text = p.texts = p.first_reference = p.references = p.passed = 0
    p.password = 0
    clear_head(p)


@kernel
def clear_head(p: Any) -> None:
    """None of the fields that HEAD tells is there yet."""
    p.handle_at, p.handle_length = 0, -1
    p.message_length = p.session = p.request = p.op = p.response = p.op_flag = p.expiration = -1
    p.body_length = p.credential_length = p.said = p.serial = p.recursions = -1
    p.fragments, p.first_value, p.values_count = 1, 0, 0
    p.major = p.minor = p.envelope_flags = p.suggested_major = p.suggested_minor = 0
    p.reply = p.sealed = p.cut = p.spill = p.error = p.malformed = 0


@kernel
def note_spans(p: Any) -> int:
    """Which spans a message has, as bits in the order of SPANS."""
    found = (p.handle_length >= 0) | (p.key_handle_length >= 0) << 1 | (p.method_length >= 0) << 2
    found |= (p.answer_length >= 0) << 3 | (p.nonce_length >= 0) << 4 | (p.digest_length >= 0) << 5
    found |= (p.reason_length >= 0) << 6 | (p.identity_length > 0) << 7 | (p.exchange_length >= 0) << 8
    found |= (p.key_length >= 0) << 9 | (p.site_length >= 0) << 10 | (p.signer_length >= 0) << 11
    found |= (p.kind_length >= 0) << 12 | (p.algorithm_length >= 0) << 13 | (p.rest_length > 0) << 14
    return int64(found)


@kernel
def is_rich(p: Any, spans: int) -> bool:
    """True when a message has a field that HEAD does not tell; ``spans`` are those it has."""
    if spans > 1 or p.indexes > 0 or p.texts > 0 or p.references > 0 or p.passed > 0 or p.password != 0:
        return True
    return bool(p.mode >= 0 or p.matches >= 0 or p.digest_kind >= 0 or p.transaction >= 0)


@kernel
def take_head(p: Any, head: Any, place: int) -> None:
    """Copy what HEAD tells of a message."""
    head.handle_at, head.session, head.request, head.op = p.handle_at, p.session, p.request, p.op
    head.response, head.op_flag, head.expiration = p.response, p.op_flag, p.expiration
    head.message_length, head.body_length = p.message_length, p.body_length
    head.credential_length, head.said = p.credential_length, p.said
    head.handle_length, head.serial, head.recursions = p.handle_length, p.serial, p.recursions
    head.fragments, head.first_value, head.values_count, head.rich = p.fragments, p.first_value, p.values_count, place
    head.major, head.minor, head.envelope_flags = p.major, p.minor, p.envelope_flags
    head.suggested_major, head.suggested_minor, head.reply = p.suggested_major, p.suggested_minor, p.reply
    head.sealed, head.cut, head.spill, head.error, head.malformed = p.sealed, p.cut, p.spill, p.error, p.malformed


@kernel
def note(p: Any, error: int) -> None:
    """Note the first thing wrong."""
    if p.error == NO_ERROR:
        p.error = error


@kernel
def fail(p: Any, error: int) -> int:
    """Mark the message malformed, unless only its beginning was kept; gives -1, which ends decoding.

    What made it malformed is told before what was only odd.
    """
    if not p.cut and not p.malformed:
        p.error = error
        p.malformed = 1
    return -1


@kernel
def measure_text(buf: Bytes, pos: int, end: int, p: Any) -> int:
    """Length of the string at ``pos``; -1, and the message marked, when it does not lie within ``end``."""
    if pos < 0 or end - pos < 4:
        return fail(p, TRUNCATED) if pos >= 0 else -1
    length = get32(buf, pos)
    if length > end - pos - 4:
        return fail(p, TRUNCATED)
    return length


@kernel
def take_number(buf: Bytes, pos: int, end: int, p: Any) -> int:
    """Four bytes as a number, -1 when they are not there or reading had ended before."""
    if pos < 0 or end - pos < 4:
        return fail(p, TRUNCATED) if pos >= 0 else -1
    return get32(buf, pos)
