"""Columns of a Handle transaction: envelope and header of both halves, what it is about, who asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa

from parsers import handle_cells as at
from parsers.columns import make_constant, make_keywords, make_numbers
from parsers.glossary import Glossary
from parsers.handle_cells import Cells
from parsers.handle_handles import make_identifiers
from parsers.handle_names import (
    ENVELOPE_FLAGS,
    name_category,
    name_flags,
    name_operation,
    name_response,
)
from parsers.handle_rows import Decoded, Halves, Rows, flatten, make_span_texts, make_sparse_texts
from parsers.spans import TEXT_BYTES, decode_text, make_text_lists

MOST_IDENTITIES = 20_000
"""Identities for recursion that are read in a batch; further ones are only told to be present."""

_U8, _U16, _U32, _LONG = pa.uint8(), pa.uint16(), pa.uint32(), pa.int64()


def make_header_columns(cells: Cells) -> dict[str, pa.Array]:
    """Columns of envelopes and headers."""
    found = {f"handle.{name}": cells.make_numbers(place, kind) for name, (place, kind) in _NUMBERS.items()}
    found |= {f"handle.{name}": cells.make_names(place, tell) for name, (place, tell) in _NAMES.items()}
    found |= {f"handle.{name}": cells.make_lists(place, tell) for name, (place, tell) in _LISTS.items()}
    return found | _make_expirations(cells)


def _name_version(number: int) -> str:
    return f"{number >> 8}.{number & 255}"


_NUMBERS: dict[str, tuple[int, pa.DataType]] = {
    "request_id": (at.REQUEST, _U32), "session_id": (at.SESSION, _U32), "op.code": (at.OP, _U32),
    "response.op.code": (at.REPLY_OP, _U32), "response.code": (at.RESPONSE, _U32), "op_flag": (at.ASK_FLAGS, _U32),
    "response.op_flag": (at.REPLY_FLAGS, _U32), "site.serial": (at.SERIAL, _U16),
    "response.site.serial": (at.REPLY_SERIAL, _U16), "recursion_count": (at.RECURSIONS, _U8),
    "request.bytes": (at.REQUEST_BYTES, _LONG), "response.bytes": (at.REPLY_BYTES, _LONG),
    "request.fragments": (at.REQUEST_FRAGMENTS, _LONG), "response.fragments": (at.REPLY_FRAGMENTS, _LONG),
}  # fmt: skip
_NAMES: dict[str, tuple[int, Callable[[int], str]]] = {
    "version": (at.VERSION, _name_version), "response.version": (at.REPLY_VERSION, _name_version),
    "suggested_version": (at.SUGGESTED_VERSION, _name_version), "op.name": (at.OP, name_operation),
    "op.category": (at.OP, name_category), "response.name": (at.RESPONSE, name_response),
}  # fmt: skip
_LISTS: dict[str, tuple[int, Callable[[int], Sequence[str]]]] = {
    "flags": (at.FIRST_FLAGS, name_flags), "response.flags": (at.REPLY_FLAGS, name_flags),
    "envelope.flags": (at.ENVELOPE_FLAGS, lambda bits: name_flags(bits, ENVELOPE_FLAGS)),
}  # fmt: skip


def _make_expirations(cells: Cells) -> dict[str, pa.Array]:
    """When requests expire; nothing where they never do."""
    if not cells.has(at.EXPIRATION):
        return {}
    seconds = cells.values[at.EXPIRATION]
    mask = seconds < 0 if cells.lowest[at.EXPIRATION] < 0 else None
    return {
        "handle.expiration": pa.array(
            (seconds * 1_000_000_000).view("M8[ns]"), pa.timestamp("ns", tz="UTC"), mask=mask
        ),
        "handle.expires_in": pa.array(cells.values[at.EXPIRES_IN], _LONG, mask=mask),
    }


def _make_rest(decoded: Decoded, halves: Halves) -> dict[str, pa.Array]:
    """Bytes that no layout explains, of both halves."""
    if not decoded.has("rest"):
        return {}
    parts = [np.maximum(decoded.take(rows, "rest_length"), 0) for rows in (halves.ask, halves.answer)]
    return {"handle.trailing_bytes": make_numbers(np.where(sum(parts) > 0, sum(parts), -1), _LONG)}


def make_subject_columns(
    decoded: Decoded, halves: Halves, cells: Cells, subject: Rows, handles: Glossary[bytes]
) -> dict[str, pa.Array]:
    """Columns that tell what the transaction is about; ``subject`` int64[n] is the message that says so, -1: none."""
    found = make_identifiers(decoded.code(np.asarray(cells.own)), handles)
    if cells.has(at.ECHO):
        echoed = decoded.code(np.asarray(cells.echoed))
        found["handle.response.identifier"] = make_identifiers(echoed, handles)["handle.identifier"]
    handles.trim()
    if cells.has(at.REFERRER):
        found["handle.referral"] = make_span_texts(decoded, cells.values[at.REFERRER], "handle")
    if decoded.has("reason"):
        found["handle.message"] = make_span_texts(decoded, halves.answer, "reason")
    if decoded.has("identity"):
        found |= _make_identities(decoded, halves)
    if len(decoded.pdus) > 1:
        types = np.where(decoded.take(subject, "texts") > 0, subject, -1)
        found["handle.types"] = _make_text_lists(decoded, types)
    return found | _make_listing(decoded, cells) | _make_rest(decoded, halves)


def _make_text_lists(decoded: Decoded, rows: Rows) -> pa.Array:
    """Lists of the texts of the messages ``rows``."""
    offsets, items = flatten(decoded.take(rows, "first_text"), decoded.take(rows, "texts"))
    return make_text_lists(offsets, decoded.code(decoded.list_texts(items)))


def _make_listing(decoded: Decoded, cells: Cells) -> dict[str, pa.Array]:
    """Handles that a reply lists, and how many it says there are."""
    if not cells.has(at.LISTER):
        return {}
    rows = cells.values[at.LISTER]
    return {
        "handle.handles": _make_text_lists(decoded, rows),
        "handle.handle_count": make_numbers(decoded.take(rows, "said"), _LONG),
    }


def _make_identities(decoded: Decoded, halves: Halves) -> dict[str, pa.Array]:
    """Whether a request carries an identity for recursion, and the identity that its JSON names; nothing else of it."""
    present = decoded.take(halves.ask, "identity_length") > 0
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
