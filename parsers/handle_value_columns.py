"""Columns of handle values: each distinct content is read once, then laid out by rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from parsers.columns import make_lists, make_nulls, make_numbers
from parsers.handle_pdu import REFERENCES, VALUES
from parsers.handle_rows import Decoded, Rows, flatten, make_keyword_lists, make_number_lists
from parsers.handle_value import Fact, read_site_fact, read_value
from parsers.spans import TEXT_BYTES, decode_text, decode_values

MOST_LONG = 4_096
"""Values longer than ``TEXT_BYTES`` that are read each for itself in a batch; further ones of one beginning are one."""
MOST_BYTES = 65_536
"""Bytes of a value that are read."""

_LONGS = pa.list_(pa.int64())


def make_value_columns(decoded: Decoded, holders: Rows, sites: Rows) -> dict[str, pa.Array]:
    """Columns ``handle.value.*``.

    ``holders`` int64[n] is the message whose values a row tells, -1: none; ``sites`` the one that is
    a bare site record.
    """
    columns = {"handle.value.count": _count(decoded, holders)}
    has_values = bool(decoded.pools.used[VALUES]) and bool((holders >= 0).any())
    has_sites = decoded.has("site") and bool((sites >= 0).any())
    if not has_values and not has_sites:
        return columns
    offsets, items = flatten(decoded.take(holders, "first_value", 0), decoded.take(holders, "values_count", 0))
    rows = np.repeat(np.arange(len(holders)), np.diff(offsets))
    codes, facts = _read_contents(decoded) if has_values else (np.empty(0, dtype=np.int64), [])
    columns |= _make_fixed(decoded, offsets, items)
    codes = codes[items]
    columns["handle.value.types"] = make_keyword_lists(rows, codes, [[f.kind] for f in facts], len(holders))
    columns["handle.value.texts"] = make_keyword_lists(rows, codes, [[f.text] for f in facts], len(holders))
    columns["handle.value.urls"] = make_keyword_lists(rows, codes, [f.urls for f in facts], len(holders))
    columns["handle.value.secret"] = _mark_secrets(rows, codes, facts, len(holders))
    if has_sites:
        rows, codes, facts = _add_sites(decoded, sites, rows, codes, facts)
    return columns | _make_details(rows, codes, facts, len(holders)) | _make_references(decoded, holders)


def _count(decoded: Decoded, holders: Rows) -> pa.Array:
    """Number of values that the messages say they hold."""
    return make_numbers(decoded.take(holders, "said"), pa.int64())


def _make_fixed(decoded: Decoded, offsets: NDArray[np.int32], items: Rows) -> dict[str, pa.Array]:
    """Lists of the fixed fields."""
    values = decoded.pools.values[items]
    names = {
        "indexes": "index", "ttls": "ttl", "ttl_types": "ttl_type", "permissions": "permissions", "timestamps": "ts_s",
    }  # fmt: skip
    return {
        f"handle.value.{column}": make_lists(offsets, values[name].astype(np.int64), _LONGS)
        for column, name in names.items()
    }


def _read_contents(decoded: Decoded) -> tuple[NDArray[np.int64], list[Fact]]:
    """Code of each value of the pool and what each code says."""
    spans = decoded.pools.contents[: decoded.pools.used[VALUES]]
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
    count = decoded.take(holders, "references", 0)
    if not decoded.pools.used[REFERENCES] or not count.any():
        return {}
    offsets, items = flatten(decoded.take(holders, "first_reference", 0), count)
    coded = decoded.code(decoded.pools.referred[items])
    handles = decode_values(coded)
    indexes = decoded.pools.referring[items].tolist()
    texts = [f"{index}:{handles[code]}" for index, code in zip(indexes, coded.codes.tolist(), strict=True)]
    rows: Any = np.repeat(np.arange(len(holders)), np.diff(offsets))
    return {
        "handle.value.references": make_keyword_lists(rows, np.arange(len(texts)), [[t] for t in texts], len(count))
    }


def make_index_column(decoded: Decoded, holders: Rows) -> pa.Array:
    """Lists of indexes of the messages ``holders``."""
    count = decoded.take(holders, "indexes", 0)
    if not count.any():
        return make_nulls(len(count), _LONGS)
    offsets, items = flatten(decoded.take(holders, "first_index", 0), count)
    return make_lists(offsets, decoded.pools.indexes[items], _LONGS)
