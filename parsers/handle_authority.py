"""Columns that tell who asked for a Handle transaction: challenges, sessions, credentials, digests."""

from __future__ import annotations

import hashlib

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from parsers import handle_cells as at
from parsers.columns import make_keywords, make_numbers
from parsers.handle_cells import Cells
from parsers.handle_names import DIGESTS, SESSION_MODES, name_operation
from parsers.handle_rows import (
    Decoded,
    Halves,
    Rows,
    make_names,
    make_span_texts,
    make_sparse_numbers,
    make_sparse_texts,
)
from parsers.handle_session import Links
from parsers.handle_value import BrokenDataError, read_key_type
from parsers.spans import TEXT_BYTES, decode_text

MOST_DIGESTS = 4_096
"""Request digests that are checked in a batch."""
MOST_KEYS = 4_096
"""Keys of session set-ups whose type is read in a batch."""

_U32, _LONG = pa.uint32(), pa.int64()
_KINDS = ("none", "challenge", "session", "signature", "password")


def make_authority_columns(decoded: Decoded, halves: Halves, cells: Cells, links: Links) -> dict[str, pa.Array]:
    """Columns that tell who asked, and how that was shown."""
    ask, count = halves.ask, len(halves.ask)
    found = {
        "handle.operation": _make_operations(cells, links),
        "handle.authentication.kind": _make_kinds(decoded, halves, cells, links),
    }
    texts = {
        "handle.admin.handle": {k: handle for k, (handle, _) in links.admins.items()},
        "handle.authentication.method": links.methods,
        "handle.authentication.algorithm": links.algorithms,
        "handle.challenge.state": links.states,
        "handle.challenge.nonce": links.nonces,
        "handle.challenge.op.name": {k: name_operation(c.op) for k, c in links.challenges.items()},
        "user.name": links.users,
    }
    found |= {name: make_sparse_texts(count, there) for name, there in texts.items() if there}
    numbers = {
        "handle.admin.index": {k: index for k, (_, index) in links.admins.items()},
        "handle.challenge.op.code": {k: c.op for k, c in links.challenges.items()},
        "handle.challenge.request_id": {k: c.request for k, c in links.challenges.items()},
    }
    found |= {n: make_numbers(make_sparse_numbers(count, there), _U32) for n, there in numbers.items() if there}
    if links.challenges:
        packets = make_sparse_numbers(count, {k: c.packet for k, c in links.challenges.items()})
        found["handle.challenge.packet"] = make_numbers(packets, _LONG)
    found |= _make_credentials(decoded, halves, cells)
    if len(decoded.pdus) == 1:
        return found
    password = decoded.take(ask, "password") == 1
    if password.any():
        found["handle.password_present"] = pa.array(password, mask=~password)
    found["handle.transaction_id"] = make_numbers(decoded.take(halves.answer, "transaction"), _LONG)
    return found | _make_setups(decoded, halves)


def _make_operations(cells: Cells, links: Links) -> pa.Array:
    """What is asked for; for an answer to a challenge the challenged operation."""
    if not links.challenges:
        return cells.make_names(at.OP, name_operation)
    operation = cells.values[at.OP].copy()
    for k, challenge in links.challenges.items():
        operation[k] = challenge.op
    return make_names(operation, name_operation)


def _make_kinds(decoded: Decoded, halves: Halves, cells: Cells, links: Links) -> pa.Array:
    """How a request shows who asks: none but for what its session, its body or its credential says."""
    if not links.kinds and not decoded.has("signer"):
        return cells.make_names(at.READABLE, _KINDS.__getitem__)
    codes = cells.values[at.READABLE].astype(np.int32)
    if decoded.has("signer"):
        codes[decoded.take(halves.ask, "signer_length") > 0] = _KINDS.index("signature")
    for k, kind in links.kinds.items():
        codes[k] = _KINDS.index(kind)
    return make_keywords(codes, _KINDS)


def _make_credentials(decoded: Decoded, halves: Halves, cells: Cells) -> dict[str, pa.Array]:
    """Columns of the credentials of both halves."""
    found = {}
    for rows, place, base in (
        (halves.ask, at.CREDENTIAL, "handle.credential"),
        (halves.answer, at.REPLY_CREDENTIAL, "handle.response.credential"),
    ):
        found[f"{base}.present"] = cells.make_booleans(place)
        if decoded.has("signer"):
            found[f"{base}.signer"] = make_span_texts(decoded, rows, "signer")
            found[f"{base}.type"] = make_span_texts(decoded, rows, "kind")
            found[f"{base}.algorithm"] = make_span_texts(decoded, rows, "algorithm")
            found[f"{base}.index"] = make_numbers(decoded.take(rows, "signer_index"), _U32)
    return found


def _make_setups(decoded: Decoded, halves: Halves) -> dict[str, pa.Array]:
    """Columns of session set-ups, and the verdict of a verification."""
    ask, found = halves.ask, {}
    mode = decoded.take(halves.first, "mode")
    if (mode >= 0).any():
        found["handle.session.mode"] = make_names(mode, lambda n: SESSION_MODES.get(n, f"mode_{n}"))
        found["handle.session.timeout"] = make_numbers(decoded.take(ask, "timeout"), _U32)
        found["handle.session.exchange_index"] = make_numbers(decoded.take(ask, "exchange_index"), _U32)
        found["handle.session.exchange_handle"] = make_span_texts(decoded, ask, "exchange")
        found["handle.session.key_type"] = _make_key_types(decoded, ask)
    matches = decoded.take(halves.answer, "matches")
    if (matches >= 0).any():
        found["handle.verify.matches"] = pa.array(matches == 1, mask=matches < 0)
    return found


def _make_key_types(decoded: Decoded, ask: Rows) -> pa.Array:
    """Types of the public keys that set-ups send."""
    found = {}
    for k in np.flatnonzero(decoded.take(ask, "key_length") > 0)[:MOST_KEYS].tolist():
        try:
            found[k] = decode_text(read_key_type(decoded.read(int(ask[k]), "key", TEXT_BYTES)))
        except BrokenDataError:
            found[k] = ""
    return make_sparse_texts(len(ask), {k: text for k, text in found.items() if text})


def check_digests(decoded: Decoded, halves: Halves) -> tuple[NDArray[np.int8], int]:
    """Compare request digests with the requests: int8[n] of 1 equal, 0 not, -1 not known.

    Gives also how many were not looked at. A digest is over header and body of the request, without its credential
    (RFC 3652 §2.2.3).
    """
    found = np.full(len(halves.ask), -1, dtype=np.int8)
    if not decoded.has("digest"):
        return found, 0
    there = (halves.ask >= 0) & (decoded.take(halves.answer, "digest_length") >= 0)
    there &= (decoded.take(halves.ask, "cut") == 0) & (decoded.take(halves.ask, "body_length") >= 0)
    rows = np.flatnonzero(there).tolist()
    for k in rows[:MOST_DIGESTS]:
        found[k] = _is_digest(decoded, int(halves.ask[k]), int(halves.answer[k]))
    return found, max(len(rows) - MOST_DIGESTS, 0)


def _is_digest(decoded: Decoded, ask: int, answer: int) -> bool:
    """True when the reply's digest is that of the request's header and body."""
    message, kind = decoded.messages[ask], decoded.get(answer, "digest_kind")
    start = int(message["offset"]) + 20
    stop = start + 24 + decoded.get(ask, "body_length")
    asked = (decoded.spill if message["spill"] else decoded.data)[start:stop]
    name = DIGESTS[kind] if kind else "md5"
    digest = hashlib.new(name, asked.tobytes(), usedforsecurity=False).digest()
    return digest == decoded.read(answer, "digest", 64)


def make_digest_columns(decoded: Decoded, halves: Halves, matches: NDArray[np.int8]) -> dict[str, pa.Array]:
    """Columns of the request digest."""
    if not decoded.has("digest"):
        return {}
    kind = np.where(decoded.take(halves.answer, "digest_length") >= 0, decoded.take(halves.answer, "digest_kind"), -1)
    return {
        "handle.digest.algorithm": make_names(kind, lambda n: DIGESTS.get(n, f"algorithm_{n}")),
        "handle.digest.matches": pa.array(matches == 1, mask=matches < 0),
    }
