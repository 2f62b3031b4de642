"""Events to Arrow columns: a column's kind and its events' built-in type say how.

Texts are made once per distinct value. A list whose values are all null is null.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from parsers.columns import make_distinct, make_keywords
from parsers.field import Kind
from parsers.opcua_certificate import Certificate
from parsers.opcua_certificate_columns import describe_certificates, read_certificates
from parsers.opcua_event import NULL, NUMBER
from parsers.opcua_items import Resolved
from parsers.opcua_names import name_number, name_status
from parsers.opcua_number import code_numbers, take_texts
from parsers.opcua_program import (
    BYTE_STRING,
    DATE_TIME,
    EXPANDED_NODE_ID,
    GUID,
    NODE_ID,
    QUALIFIED_NAME,
    STATUS_CODE,
    TAGS,
)
from parsers.opcua_rows import Events, Facts, Sorted, lay_out
from parsers.opcua_schema import OPCUA
from parsers.opcua_value import (
    decode_guid,
    decode_node_id,
    decode_qualified_name,
)
from parsers.opcua_variant import (
    Buffers,
    convert_ticks,
    make_doubles,
    make_spans,
    make_variant_texts,
    mask_values,
    name_kinds,
)
from parsers.spans import Coded, code_spans, decode_text, decode_values

KINDS: dict[str, Kind] = {field.name.removeprefix("opcua."): field.kind for field in OPCUA.fields}

VALUES = {
    "values": "types",
    "inputs": "input_types",
    "outputs": "output_types",
    "event.fields": "",
    "filter.operands": "",
}
"""Columns that hold Variants, and where their types go."""
CERTIFICATES = ("client.certificate", "server.certificate", "user.certificate")
SESSION_KEYS = ("session.key", "session.new_key")

_DECODERS: dict[int, Callable[[bytes], str]] = {
    NODE_ID: decode_node_id,
    EXPANDED_NODE_ID: decode_node_id,
    QUALIFIED_NAME: decode_qualified_name,
    BYTE_STRING: bytes.hex,
    GUID: decode_guid,
}

_NAMES = {tag: name for name, tag in TAGS.items()}
_SPECIAL = {f"{name}.thumbprint" for name in CERTIFICATES} | {"endpoints.thumbprints"} | set(SESSION_KEYS)
_CERTIFICATE_TAGS = {TAGS[name] for name in _SPECIAL.difference(SESSION_KEYS)}
TOLD = np.array(["status" in _NAMES.get(tag, "") for tag in range(max(_NAMES) + 1)])
"""bool[tags]: columns whose nulls say something, as a value without a status is good (OPC 10000-4 §7.11.1)."""
_TIME = pa.timestamp("ns", tz="UTC")


class Layout(NamedTuple):
    """Where the lists of a column lie; columns of one message mostly have the same."""

    rows: NDArray[np.int32]
    """Row of each element."""
    offsets: pa.Array
    mask: pa.Array | None
    """bool[n]: which rows have no element; None: all have."""


class Columns:
    """Makes the columns of ``n`` rows."""

    def __init__(self, buffers: Buffers, found: Sorted, count: int, nodes: Resolved | None = None) -> None:
        """Take the events of the rows, the buffers their bytes lie in, and the nodes of notified values."""
        self._buffers, self._found, self._count, self._nodes = buffers, found, count, nodes
        self._tags = {*np.flatnonzero(np.diff(found.starts)).tolist()}
        self._every: NDArray[np.int32] = np.arange(count, dtype=np.int32)
        self._layout = _lay_out(self._every[:0], count)

    def make(self) -> dict[str, pa.Array]:
        """All columns that any event was kept for, by name without ``opcua.``; one that is all null may be missing."""
        columns: dict[str, pa.Array] = {}
        for tag in sorted(self._tags):
            name, facts = _NAMES[tag], self._found.tell(tag)
            if name in _SPECIAL:
                continue
            events = self._found.take(tag)
            if name in VALUES:
                columns |= self._make_values(name, events, facts)
            else:
                columns[name] = self._make_one(name, events, facts)
        if self._nodes:
            columns["nodes"] = self._make_nodes(self._nodes)
        for name in SESSION_KEYS:
            columns |= self._make_session_key(name)
        return columns | self._make_certificates()

    def _make_one(self, name: str, events: Events, facts: Facts) -> pa.Array:
        """Column of a name."""
        kind = KINDS[name]
        if kind in ("longs", "doubles", "keywords"):
            flat, there = self._make_flat(name, kind, events, facts)
            return self._make_list(events.row, flat, there)
        if np.array_equal(events.row, self._every):
            return self._make_flat(name, kind, events, facts)[0]
        first = np.flatnonzero(np.r_[True, events.row[1:] != events.row[:-1]])
        flat, _ = self._make_flat(name, kind, events.pick(first), facts)
        places = np.full(self._count, -1, dtype=np.int64)
        places[events.row[first]] = np.arange(len(first))
        return flat.take(pa.array(places, mask=places < 0))

    def _make_flat(
        self, name: str, kind: Kind, events: Events, facts: Facts
    ) -> tuple[pa.Array, NDArray[np.bool_] | None]:
        """One value per event, and which are not null; None: all."""
        if kind in ("keyword", "keywords"):
            codes, texts = self._code_texts(name, events, facts)
            there = None if len(codes) and codes.min() >= 0 else codes >= 0
            return (make_keywords if kind == "keyword" else _take_texts)(codes, texts), there
        there = None if facts.numbers == facts.total else events.length == NUMBER
        values = events.value if there is None else np.where(there, events.value, 0)
        if kind in ("double", "doubles"):
            return mask_values(values.copy().view(np.float64), there), there
        if kind == "boolean":
            return mask_values(values != 0, there), there
        if kind == "time" or facts.high == DATE_TIME:
            nanoseconds, valid = convert_ticks(values)
            there = valid if there is None else there if valid is None else there & valid
            if kind == "longs":
                return mask_values(nanoseconds, there), there
            whole = nanoseconds // 1_000 * 1_000  # as Python's datetimes can hold it
            return mask_values(whole.view("M8[ns]"), there).cast(_TIME), there
        return mask_values(values.copy(), there), there

    def _make_list(self, rows: NDArray[np.int32], flat: pa.Array, there: NDArray[np.bool_] | None) -> pa.Array:
        """List column of a flat one, of which some elements are there; None: all."""
        if not np.array_equal(rows, self._layout.rows):
            self._layout = _lay_out(rows, self._count)
        mask = self._layout.mask
        if there is not None:
            empty = np.bincount(rows[there], minlength=self._count) == 0
            mask = pa.array(empty) if empty.any() else None
        return pa.ListArray.from_arrays(self._layout.offsets, flat, mask=mask)

    def _code_texts(self, name: str, events: Events, facts: Facts) -> tuple[NDArray[np.int32], list[str]]:
        """Code of each event's text, -1 for null, and the texts."""
        if facts.numbers or TOLD[TAGS[name]]:
            values = np.zeros(len(events.row), dtype=np.int64)
            if facts.numbers:
                values = events.value
            if 0 < facts.numbers < facts.total:
                values = np.where(events.length == NUMBER, values, 0)
            return _name_numbers(name, facts.high, values)
        codes, coded = self._code_spans(events)
        return _merge_empty(codes, decode_values(coded, _DECODERS.get(facts.high, decode_text)))

    def _code_spans(self, events: Events) -> tuple[NDArray[np.int32], Coded]:
        """Number of each event's bytes; only the first of those that are twins is looked at."""
        numbers, firsts = events.find_twins()
        coded = code_spans(*self._buffers, make_spans(events.pick(firsts)))
        return coded.codes[numbers], coded

    def _make_values(self, name: str, events: Events, facts: Facts) -> dict[str, pa.Array]:
        """Variants as texts, as numbers, and their types."""
        texts = make_variant_texts(self._buffers, events, facts)
        there = events.length != NULL if facts.nulls else None
        columns = {name: self._make_list(events.row, texts, there)}
        if VALUES[name]:
            named = name_kinds(events, facts)
            columns[VALUES[name]] = self._make_list(events.row, named, there)
        if name == "values":
            columns["numbers"] = self._make_list(events.row, *make_doubles(events, facts))
        return columns

    def _make_nodes(self, notified: Resolved) -> pa.Array:
        """Nodes asked for, and those of notified values; no row has both."""
        events = self._found.take(TAGS["nodes"])
        asked, there = None, events.row >= 0
        if len(events.row):
            asked, some = self._make_flat("nodes", "keywords", events, self._found.tell(TAGS["nodes"]))
            there = there if some is None else some
        codes = pa.array(notified.code, mask=notified.code < 0)
        told = pa.array(notified.texts, pa.string()).take(codes)
        both = told if asked is None else pa.concat_arrays([asked, told])
        rows = np.r_[events.row, notified.row]
        order = np.argsort(rows, kind="stable")
        return self._make_list(rows[order], both.take(pa.array(order)), np.r_[there, notified.code >= 0][order])

    def _make_session_key(self, name: str) -> dict[str, pa.Array]:
        """Hash of the authentication token of each row."""
        if TAGS[name] not in self._tags:
            return {}
        events = self._found.take(TAGS[name])
        numbers, coded = self._code_spans(events)
        keys = [hash_token(decode_node_id(value)) for value in coded.values]
        codes, texts = make_distinct(keys)
        own = np.full(self._count, -1, dtype=np.int32)
        own[events.row] = codes[numbers]
        return {name: make_keywords(own, texts)}

    def _make_certificates(self) -> dict[str, pa.Array]:
        """Columns of certificates; a server's may also be that of its first endpoint."""
        columns: dict[str, pa.Array] = {}
        if not self._tags & _CERTIFICATE_TAGS:
            return columns
        offered = self._read_certificates("endpoints.thumbprints")
        if offered:
            events = self._found.take(TAGS["endpoints.thumbprints"])
            texts = pa.array([found.thumbprint if found else None for found in offered], pa.string())
            there = np.array([found is not None for found in offered])
            columns["endpoints.thumbprints"] = self._make_list(events.row, texts, there)
        for owner in CERTIFICATES:
            chosen: dict[int, Certificate] = {}
            sources = [f"{owner}.thumbprint"] + (["endpoints.thumbprints"] if owner == "server.certificate" else [])
            for source in sources:
                rows = self._found.take(TAGS[source]).row.tolist()
                for row, found in zip(rows, self._read_certificates(source), strict=True):
                    if found:
                        chosen.setdefault(row, found)
            if chosen:
                columns |= describe_certificates(owner, chosen, self._count)
        return columns

    def _read_certificates(self, name: str) -> list[Certificate | None]:
        return read_certificates(self._buffers, self._found.take(TAGS[name]))


def hash_token(text: str) -> str:
    """Key of a session by the text of its authentication token; empty for the null token, which names none."""
    return "" if text == "i=0" else hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _name_numbers(name: str, kind: int, values: NDArray[np.int64]) -> tuple[NDArray[np.int32], list[str]]:
    """Names of numbers: status codes, or an enumeration's."""
    distinct, codes = code_numbers(values)
    if kind == STATUS_CODE or "status" in name:
        return codes, [name_status(value) for value in distinct]
    return codes, [name_number(name, value) for value in distinct]


def _lay_out(rows: NDArray[np.int32], count: int) -> Layout:
    """Where the lists of ``count`` rows begin and end."""
    offsets, empty = np.empty(count + 1, dtype=np.int32), np.empty(count, dtype=np.bool_)
    missing = lay_out(rows, offsets, empty)
    return Layout(rows, pa.array(offsets), pa.array(empty) if missing else None)


def _take_texts(codes: NDArray[np.int32], texts: list[str]) -> pa.Array:
    return take_texts(texts, codes)


def _merge_empty(codes: NDArray[np.int32], texts: list[str]) -> tuple[NDArray[np.int32], list[str]]:
    """Make empty texts null."""
    empty = [code for code, text in enumerate(texts) if not text]
    return (np.where(np.isin(codes, empty), -1, codes).astype(np.int32), texts) if empty else (codes, texts)
