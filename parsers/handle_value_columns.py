"""Columns of handle values: each distinct content is read once, then laid out by rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from parsers.columns import make_lists
from parsers.handle_cells import HOLDER, SAID, SITE, Cells, repeat_texts
from parsers.handle_pdu import VALUES
from parsers.handle_rows import Decoded, Lists, Rows, flatten, make_keyword_lists, make_number_lists
from parsers.handle_value import Fact, read_site_fact, read_value
from parsers.spans import SPAN, TEXT_BYTES, decode_text, decode_values
from wanglou.kernel import kernel

MOST_LONG = 4_096
"""Values longer than ``TEXT_BYTES`` that are read each for itself in a batch; further ones of one beginning are one."""
MOST_BYTES = 65_536
"""Bytes of a value that are read."""

_LONGS = pa.list_(pa.int64())


def make_value_columns(decoded: Decoded, cells: Cells) -> dict[str, pa.Array]:
    """Columns ``handle.value.*``."""
    columns = {"handle.value.count": cells.make_numbers(SAID, pa.int64())}
    has_values, has_sites = bool(decoded.pools.used[VALUES]) and cells.has(HOLDER), cells.has(SITE)
    if not has_values and not has_sites:
        return columns
    holders = cells.values[HOLDER]
    offsets, items = flatten(decoded.take(holders, "first_value"), decoded.take(holders, "values_count"))
    facts, codes = list[Fact](), np.empty(0, dtype=np.int64)
    if has_values:
        lists = Lists(offsets)
        fields, contents = np.empty((len(_FIXED), len(items)), dtype=np.int64), np.recarray(len(items), dtype=SPAN)
        _take_values(decoded.pools.values, items, fields, contents)
        for name, numbers in zip(_FIXED, fields, strict=True):
            columns[f"handle.value.{name}"] = lists.make(pa.array(numbers))
        codes, facts = _read_contents(decoded, np.asarray(contents))
        columns |= _make_texts(lists, codes, facts)
    rows = np.repeat(np.arange(len(holders)), np.diff(offsets))
    if any(f.secret for f in facts):
        columns["handle.value.secret"] = _mark_secrets(rows, codes, facts, len(holders))
    if has_sites:
        rows, codes, facts = _add_sites(decoded, cells.values[SITE], rows, codes, facts)
    return columns | _make_details(rows, codes, facts, len(holders)) | _make_references(decoded, holders)


_FIXED = ("indexes", "ttls", "ttl_types", "permissions", "timestamps")


@kernel
def _take_values(values: Any, items: Rows, fields: Rows, contents: Any) -> None:
    """Take the fixed fields of the values ``items`` out of their records, and where their contents lie."""
    for k in range(len(items)):
        v, c = values[items[k]], contents[k]
        fields[0, k], fields[1, k], fields[2, k], fields[3, k] = v.index, v.ttl, v.ttl_type, v.permissions
        fields[4, k] = v.ts_s
        c.offset, c.length, c.spill = v.offset, v.length, v.spill


def _make_texts(lists: Lists, codes: Rows, facts: list[Fact]) -> dict[str, pa.Array]:
    """Lists of types and texts, and of those texts that are URLs; whether a value is secret, where none is."""
    count, kinds = len(lists.empty), {f.kind for f in facts}
    if len(kinds) == 1:
        types = repeat_texts([*kinds], len(codes))
    else:
        types = pa.array([f.kind for f in facts], pa.string()).take(pa.array(codes))
    texts = lists.make(pa.array([f.text for f in facts], pa.string()).take(pa.array(codes)))
    found = {
        "handle.value.types": lists.make(types),
        "handle.value.texts": texts,
        "handle.value.secret": pa.array(np.zeros(count, dtype=np.bool_), mask=lists.empty),
    }
    if all(f.urls == (f.text,) for f in facts):
        found["handle.value.urls"] = texts
    elif any(f.urls for f in facts):
        rows = np.repeat(np.arange(count), np.diff(lists.offsets))
        found["handle.value.urls"] = make_keyword_lists(rows, codes, [f.urls for f in facts], count)
    return found


def _read_contents(decoded: Decoded, spans: Any) -> tuple[NDArray[np.int64], list[Fact]]:
    """Code of each content and what each code says."""
    coded = decoded.code(spans)
    codes = coded.codes.astype(np.int64)
    facts = [_read_content(value) for value in coded.values]
    for at in np.flatnonzero(spans["length"] > TEXT_BYTES)[:MOST_LONG].tolist():
        start, length = int(spans["offset"][at]), min(int(spans["length"][at]), MOST_BYTES)
        buffer = decoded.spill if spans["spill"][at] else decoded.data
        codes[at] = len(facts)
        facts.append(_read_content(buffer[start : start + length].tobytes()))
    return codes, facts


_REMEMBERED = 128
"""Bytes of the longest content that is remembered."""


def _read_content(content: bytes) -> Fact:
    """Read type and data, each behind its length; a cut content gives what is there."""
    return _remember_content(content) if len(content) <= _REMEMBERED else _read_parts(content)


def _read_parts(content: bytes) -> Fact:
    length = int.from_bytes(content[:4], "big")
    return read_value(content[4 : 4 + min(length, TEXT_BYTES)], content[8 + length :])


_remember_content = lru_cache(maxsize=8_192)(_read_parts)  # nobody changes a fact that was read


def _mark_secrets(rows: Rows, codes: NDArray[np.int64], facts: list[Fact], count: int) -> pa.Array:
    """Column that is true where a value is a secret key, false where there are values but none is."""
    secret = np.zeros(count, dtype=np.bool_)
    there = np.zeros(count, dtype=np.bool_)
    there[rows] = True
    secret[rows[np.array([f.secret for f in facts] or [False])[codes]]] = True
    return pa.array(secret, mask=~there)


def _add_sites(
    decoded: Decoded, sites: Rows, rows: Rows, codes: NDArray[np.int64], facts: list[Fact]
) -> tuple[Rows, NDArray[np.int64], list[Fact]]:
    """Join bare site records to the values, in the order of the rows."""
    own = np.flatnonzero(sites >= 0)
    numbers = np.arange(len(own)) + len(facts)
    facts = [*facts, *(read_site_fact(decoded.read(int(sites[k]), "site", MOST_BYTES)) for k in own)]
    rows, codes = np.concatenate([rows, own]), np.concatenate([codes, numbers])
    order = np.argsort(rows, kind="stable")
    return rows[order], codes[order], facts


_TEXTS: dict[str, Callable[[Fact], Sequence[str]]] = {
    "admin.handles": lambda f: [decode_text(a.handle[:TEXT_BYTES]) for a in f.admins],
    "site.addresses": lambda f: f.addresses,
    "site.interfaces": lambda f: f.interfaces,
    "key.types": lambda f: f.key_types,
    "key.sha256": lambda f: f.key_hashes,
}
_NUMBERS: dict[str, Callable[[Fact], Sequence[int]]] = {
    "admin.indexes": lambda f: [a.index for a in f.admins],
    "admin.permissions": lambda f: [a.permissions for a in f.admins],
    "site.serials": lambda f: f.serials,
}


def _make_details(rows: Rows, codes: NDArray[np.int64], facts: list[Fact], count: int) -> dict[str, pa.Array]:
    """Lists that only the predefined types have."""
    special = [f for f in facts if f.special]
    if not special:
        return {}
    own = np.array([f.special for f in facts])
    rows, codes = rows[own[codes]], (np.cumsum(own) - 1)[codes[own[codes]]]
    made: dict[str, pa.Array] = {}
    for name, take_texts in _TEXTS.items():
        lists = [take_texts(f) for f in special]
        if any(lists):
            made[f"handle.value.{name}"] = make_keyword_lists(rows, codes, lists, count)
    for name, take_numbers in _NUMBERS.items():
        values = [take_numbers(f) for f in special]
        if any(values):
            made[f"handle.value.{name}"] = make_number_lists(rows, codes, values, count)
    return made


def _make_references(decoded: Decoded, holders: Rows) -> dict[str, pa.Array]:
    """References of the values as ``index:handle``."""
    count = decoded.take(holders, "references")
    if not count.any():
        return {}
    offsets, items = flatten(decoded.take(holders, "first_reference"), count)
    coded = decoded.code(decoded.list_texts(items))
    handles = decode_values(coded)
    indexes = decoded.pools.items["index"][items].tolist()
    texts = [f"{index}:{handles[code]}" for index, code in zip(indexes, coded.codes.tolist(), strict=True)]
    return {"handle.value.references": Lists(offsets).make(pa.array(texts, pa.string()))}


def make_index_column(decoded: Decoded, subject: Rows, answer: Rows) -> dict[str, pa.Array]:
    """Column of the indexes that the subject names, else the reply."""
    if len(decoded.pdus) == 1:
        return {}
    holders = np.where(decoded.take(subject, "indexes") > 0, subject, answer)
    offsets, items = flatten(decoded.take(holders, "first_index"), decoded.take(holders, "indexes"))
    return {"handle.indexes": make_lists(offsets, decoded.pools.items["index"][items], _LONGS)}
