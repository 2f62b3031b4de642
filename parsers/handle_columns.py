"""Columns of a Handle transaction: envelope and header of both halves, what it is about, who asked."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa

from parsers.columns import make_constant, make_keywords, make_nulls, make_numbers
from parsers.glossary import Glossary
from parsers.handle_handles import key_handles, split_identifiers
from parsers.handle_names import (
    ENVELOPE_FLAGS,
    name_category,
    name_flags,
    name_operation,
    name_response,
)
from parsers.handle_rows import (
    Decoded,
    Halves,
    Rows,
    code_numbers,
    flatten,
    is_any,
    make_keyword_lists,
    make_names,
    make_span_texts,
    make_sparse_texts,
)
from parsers.spans import SPAN, TEXT_BYTES, decode_text, make_text_lists

MOST_IDENTITIES = 20_000
"""Identities for recursion that are read in a batch; further ones are only told to be present."""

_U8, _U16, _U32, _LONG = pa.uint8(), pa.uint16(), pa.uint32(), pa.int64()


def make_header_columns(decoded: Decoded, halves: Halves, ts_ns: Rows) -> dict[str, pa.Array]:
    """Columns of envelopes and headers."""
    ask, answer, first = halves.ask, halves.answer, halves.first
    op = decoded.take(first, "op")
    reply_op = np.where(ask >= 0, decoded.take(answer, "op"), -1)
    session, assigned = decoded.take(first, "session"), decoded.take(answer, "session")
    response = decoded.take(answer, "response")
    expiration = decoded.take(first, "expiration")
    expires = (expiration <= 0) | (ts_ns < 0)
    return {
        "handle.version": _make_versions(decoded, first, "major", "minor"),
        "handle.response.version": _make_versions(decoded, answer, "major", "minor"),
        "handle.suggested_version": _make_versions(decoded, ask, "suggested_major", "suggested_minor"),
        "handle.envelope.flags": _make_envelope_flags(decoded, halves),
        "handle.request_id": make_numbers(decoded.take(first, "request"), _U32),
        "handle.session_id": make_numbers(np.where(session > 0, session, np.maximum(session, assigned)), _U32),
        "handle.op.code": make_numbers(op, _U32),
        "handle.op.name": make_names(op, name_operation),
        "handle.op.category": make_names(op, name_category),
        "handle.response.op.code": make_numbers(np.where(reply_op != op, reply_op, -1), _U32),
        "handle.response.code": make_numbers(response, _U32),
        "handle.response.name": make_names(response, name_response),
        "handle.flags": _make_flags(decoded.take(first, "op_flag")),
        "handle.op_flag": make_numbers(decoded.take(ask, "op_flag"), _U32),
        "handle.response.flags": _make_flags(decoded.take(answer, "op_flag")),
        "handle.response.op_flag": make_numbers(decoded.take(answer, "op_flag"), _U32),
        "handle.site.serial": make_numbers(decoded.take(ask, "serial"), _U16),
        "handle.response.site.serial": make_numbers(decoded.take(answer, "serial"), _U16),
        "handle.recursion_count": make_numbers(decoded.take(first, "recursions"), _U8),
        "handle.expiration": pa.array(
            (np.maximum(expiration, 0) * 1_000_000_000).view("M8[ns]"), pa.timestamp("ns", tz="UTC"), mask=expires
        ),
        "handle.expires_in": pa.array(expiration - ts_ns // 1_000_000_000, _LONG, mask=expires),
        "handle.trailing_bytes": _make_rest(decoded, halves),
    }


def _make_versions(decoded: Decoded, rows: Rows, major: str, minor: str) -> pa.Array:
    number = decoded.take(rows, major) * 256 + decoded.take(rows, minor)
    there = (rows >= 0) & (decoded.take(rows, "request") >= 0)
    return make_names(np.where(there, number, -1), lambda n: f"{n >> 8}.{n & 255}")


def _make_flags(bits: Rows) -> pa.Array:
    """Lists of the names of the bits that are set; made once per distinct number."""
    codes, distinct = code_numbers(bits)
    rows = np.flatnonzero(codes >= 0)
    return make_keyword_lists(rows, codes[rows], [name_flags(n) for n in distinct], len(bits))


def _make_envelope_flags(decoded: Decoded, halves: Halves) -> pa.Array:
    bits = decoded.take(halves.ask, "envelope_flags", 0) | decoded.take(halves.answer, "envelope_flags", 0)
    if not bits.any():
        return make_nulls(len(bits), pa.list_(pa.string()))
    codes, distinct = code_numbers(bits)
    names = [name_flags(n, ENVELOPE_FLAGS) for n in distinct]
    return make_keyword_lists(np.arange(len(bits)), codes, names, len(bits))


def _make_rest(decoded: Decoded, halves: Halves) -> pa.Array:
    """Bytes that no layout explains, of both halves."""
    count = len(halves.first)
    if not decoded.has("rest"):
        return pa.nulls(count, _LONG)
    parts = [np.maximum(decoded.take(rows, "rest_length"), 0) for rows in (halves.ask, halves.answer)]
    return make_numbers(np.where(sum(parts) > 0, sum(parts), -1), _LONG)


def make_subject_columns(
    decoded: Decoded, halves: Halves, subject: Rows, handles: Glossary[bytes]
) -> dict[str, pa.Array]:
    """Columns that tell what the transaction is about; ``subject`` int64[n] is the message that says so, -1: none."""
    answer, count = halves.answer, len(subject)
    response = decoded.take(answer, "response")
    own = decoded.spans(subject, "handle")
    own["length"][decoded.take(subject, "op") == 2000] = -1  # a login's is the name of a user
    echoed = decoded.spans(np.where(response == 1, answer, -1), "handle")
    own = np.where(own["length"] >= 0, own, echoed)
    coded = decoded.code(np.concatenate([own, echoed]))
    codes, others = coded.codes[:count], coded.codes[count:]
    numbers = np.append(handles.number(key_handles(coded)), 0)  # the last is that of no handle
    found = {
        "handle.identifier": handles.take_texts(0, numbers[codes]),
        "handle.response.identifier": handles.take_texts(0, numbers[np.where(others != codes, others, -1)]),
        **split_identifiers(codes, coded.lengths, numbers, handles),
    }
    handles.trim()
    referring = is_any(response, (302, 303))
    if referring.any():
        found["handle.referral"] = make_span_texts(decoded, np.where(referring, answer, -1), "handle")
    if decoded.has("reason"):
        found["handle.message"] = make_span_texts(decoded, answer, "reason")
    if decoded.has("identity"):
        found |= _make_identities(decoded, halves)
    types = np.where(decoded.take(subject, "texts", 0) > 0, subject, -1)
    if (types >= 0).any():
        found["handle.types"] = _make_text_lists(decoded, types)
    return found | _make_listing(decoded, answer, response)


def _make_text_lists(decoded: Decoded, rows: Rows) -> pa.Array:
    """Lists of the texts of the messages ``rows``."""
    offsets, items = flatten(decoded.take(rows, "first_text", 0), decoded.take(rows, "texts", 0))
    return make_text_lists(offsets, decoded.code(np.asarray(decoded.pools.texts[items], dtype=SPAN)))


def _make_listing(decoded: Decoded, answer: Rows, response: Rows) -> dict[str, pa.Array]:
    """Handles that a reply lists, and how many it says there are."""
    op = decoded.take(answer, "op")
    rows = np.where((response == 1) & is_any(op, (105, 106, 302)), answer, -1)
    if not (rows >= 0).any():
        return {}
    return {
        "handle.handles": _make_text_lists(decoded, rows),
        "handle.handle_count": make_numbers(decoded.take(rows, "said"), _LONG),
    }


def _make_identities(decoded: Decoded, halves: Halves) -> dict[str, pa.Array]:
    """Whether a request carries an identity for recursion, and the identity that its JSON names; nothing else of it."""
    present = decoded.take(halves.ask, "identity_length", 0) > 0
    found = {}
    for k in np.flatnonzero(present)[:MOST_IDENTITIES].tolist():
        try:
            content = json.loads(decoded.read(int(halves.ask[k]), "identity", 4 * TEXT_BYTES))
            identity = content.get("identity") if isinstance(content, dict) else None
        except (ValueError, RecursionError):
            continue
        if isinstance(identity, str):
            found[k] = decode_text(identity.encode("utf-8", "backslashreplace")[:TEXT_BYTES])
    return {
        "handle.recursion_auth.present": pa.array(present, mask=~present),
        "handle.recursion_auth.identity": make_sparse_texts(len(present), found),
    }


def make_transports(columns: dict[str, pa.Array], count: int) -> pa.Array:
    """Column of what carried the messages, from the columns of their conversations."""
    transport = columns["network.transport"]
    names = [text if text in ("tcp", "udp") else "" for text in transport.dictionary.to_pylist()]
    codes = transport.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
    protocol = columns["network.protocol"]
    if "http" not in protocol.dictionary.to_pylist():
        return make_keywords(codes, names) if names else make_constant(count, "")
    http = pa.compute.equal(protocol.cast(pa.string()), "http").fill_null(False).to_numpy(zero_copy_only=False)
    return make_keywords(np.where(http, len(names), codes), [*names, "http"])
