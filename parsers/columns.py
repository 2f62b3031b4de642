"""Arrays to Arrow columns: numbers with nulls, texts once per distinct value, and what all tables have in common."""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from parsers.packet import ICMP, ICMP6, TCP, UDP
from parsers.protocol import NAMES

TRANSPORTS = {TCP: "tcp", UDP: "udp", ICMP: "icmp", ICMP6: "ipv6-icmp", 132: "sctp"}

_KEYWORD = pa.dictionary(pa.int32(), pa.string())
_SHARED = 1 << 15


@dataclass(frozen=True, slots=True)
class Origin:
    """What every record of a replay has in common."""

    capture: str
    observer: str
    organization: Callable[[str, str], str]
    """Enterprise of a conversation by the texts of its client's and server's address; empty: none."""


def make_numbers(values: NDArray[Any], kind: pa.DataType) -> pa.Array:
    """Column of numbers; negative ones are null."""
    if len(values) == 0 or values.max() < 0:
        return pa.nulls(len(values), kind)
    if values.min() >= 0:
        return pa.array(values.astype(kind.to_pandas_dtype(), copy=False), kind)
    empty = values < 0
    return pa.array(np.where(empty, 0, values).astype(kind.to_pandas_dtype()), kind, mask=empty)


def make_times(values: NDArray[np.int64]) -> pa.Array:
    """Column of times in nanoseconds since 1970, UTC."""
    return pa.array(values.view("M8[ns]"), pa.timestamp("ns", tz="UTC"))


def make_keywords(codes: NDArray[Any], texts: Sequence[str]) -> pa.Array:
    """Column of texts by code; a negative code is null. Raises IndexError for a code beyond the texts."""
    most = int(codes.max()) if len(codes) else -1
    if most < 0:
        return make_nulls(len(codes), _KEYWORD)
    if most >= len(texts):
        raise IndexError("a code stands for no text")
    mask = codes < 0 if codes.min() < 0 else None
    places = pa.array(codes, pa.int32(), mask=mask)
    values = _keep_texts(texts) if isinstance(texts, tuple) else pa.array(texts, pa.string())
    return pa.DictionaryArray.from_arrays(places, values, safe=False)  # checked above, ten times as quickly


@lru_cache(maxsize=256)
def _keep_texts(texts: tuple[str, ...]) -> pa.Array:
    """Texts that are the same in each batch."""
    return pa.array(texts, pa.string())


def make_constant(count: int, text: str) -> pa.Array:
    """Column of one text; null when it is empty."""
    if not text:
        return make_nulls(count, _KEYWORD)
    zeros = _share_zeros(_round_up(count)).slice(0, count)
    return pa.DictionaryArray.from_arrays(zeros, _keep_texts((text,)), safe=False)


def make_distinct(values: Sequence[str]) -> tuple[NDArray[np.int32], list[str]]:
    """Codes and distinct texts of ``values``; an empty text has code -1."""
    numbers: dict[str, int] = {}
    codes = np.empty(len(values), dtype=np.int32)
    for at, value in enumerate(values):
        codes[at] = numbers.setdefault(value, len(numbers)) if value else -1
    return codes, list(numbers)


def make_lists(offsets: NDArray[np.int32], values: NDArray[Any], kind: pa.DataType) -> pa.Array:
    """Column of lists over one flat array; an empty list is null."""
    empty = offsets[1:] == offsets[:-1]
    if len(empty) and empty.all():
        return pa.nulls(len(empty), kind)
    flat = pa.array(values[: offsets[-1]], kind.value_type)
    mask = pa.array(empty) if empty.any() else None
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), flat, type=kind, mask=mask)


@lru_cache(maxsize=8_192)
def format_address(version: int, w0: int, w1: int, w2: int, w3: int) -> str:
    """Text of an address from its words (RFC 5952 for IPv6)."""
    if version == 4:
        return f"{w3 >> 24}.{w3 >> 16 & 255}.{w3 >> 8 & 255}.{w3 & 255}"
    return str(ipaddress.IPv6Address(w0 << 96 | w1 << 64 | w2 << 32 | w3))


@lru_cache(maxsize=8_192)
def format_mac(mac: int) -> str:
    """Text of a link address in the form of RFC 7042 (upper case, hyphens); empty when there is none."""
    return "-".join(f"{mac >> shift & 255:02X}" for shift in range(40, -8, -8)) if mac >= 0 else ""


_ONE_WAY_ICMP = {ICMP: {8, 0, 13, 14, 15, 16, 10, 9, 17, 18}, ICMP6: {128, 129, 133, 134, 135, 136, 130, 131, 144, 145}}


@lru_cache(maxsize=8_192)
def community_id(version: int, protocol: int, source: tuple[int, ...], destination: tuple[int, ...]) -> str:
    """Community ID v1 with seed 0 of two endpoints, each its four address words and its port."""
    size = 4 if version == 4 else 16
    near = struct.pack("!4I", *source[:4])[-size:], source[4]
    far = struct.pack("!4I", *destination[:4])[-size:], destination[4]
    one_way = protocol in _ONE_WAY_ICMP and source[4] not in _ONE_WAY_ICMP[protocol]
    if far < near and not one_way:
        near, far = far, near
    ports = struct.pack("!HH", near[1], far[1]) if protocol in (TCP, UDP, ICMP, ICMP6, 132) else b""
    content = struct.pack("!H", 0) + near[0] + far[0] + struct.pack("!BB", protocol, 0) + ports
    return "1:" + base64.b64encode(hashlib.sha1(content, usedforsecurity=False).digest()).decode()


class Conversations:
    """Columns that follow from a record's conversation, made once per conversation and taken per record."""

    def __init__(self, table: Any, origin: Origin) -> None:
        """Make the texts; ``table`` is CONVERSATION[n]."""
        self._table = table
        sources, destinations = _list_ends(table, "source"), _list_ends(table, "destination")
        versions, protocols = table["version"].tolist(), table["protocol"].tolist()
        self.source = [format_address(v, *w[:4]) for v, w in zip(versions, sources, strict=True)]
        self.destination = [format_address(v, *w[:4]) for v, w in zip(versions, destinations, strict=True)]
        communities = map(community_id, versions, protocols, sources, destinations)
        self._columns: dict[str, tuple[NDArray[np.int32], list[str]]] = {
            "source.ip": make_distinct(self.source),
            "destination.ip": make_distinct(self.destination),
            "source.mac": make_distinct([format_mac(mac) for mac in table["source_mac"].tolist()]),
            "destination.mac": make_distinct([format_mac(mac) for mac in table["destination_mac"].tolist()]),
            "network.transport": make_distinct([TRANSPORTS.get(number, str(number)) for number in protocols]),
            "network.protocol": make_distinct([NAMES.get(number, "") for number in table["app"].tolist()]),
            "network.community_id": make_distinct(list(communities)),
            "organization.id": make_distinct([*map(origin.organization, self.source, self.destination)]),
        }

    def make_columns(self, numbers: NDArray[np.int32]) -> dict[str, pa.Array]:
        """Columns of the records whose conversations are ``numbers``."""
        rows = numbers.astype(np.intp)  # which take would make for each column
        columns = {name: _spread(codes, texts, rows) for name, (codes, texts) in self._columns.items()}
        columns["source.port"] = pa.array(self._table["source_port"].take(rows), pa.uint16())
        columns["destination.port"] = pa.array(self._table["destination_port"].take(rows), pa.uint16())
        columns["network.vlan.id"] = make_numbers(self._table["vlan"].take(rows), pa.uint16())
        return columns


def _list_ends(table: Any, end: str) -> list[tuple[int, ...]]:
    """Address words and port of one end of each conversation."""
    names = (*(f"{end}{word}" for word in range(4)), f"{end}_port")
    return list(zip(*(table[name].tolist() for name in names), strict=True))


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is asked of a schema for each batch; Arrow makes it anew each time."""

    schema: pa.Schema
    """Kept so that no other takes its id."""
    names: list[str]
    kinds: list[str]
    """Types of the columns as text: hashing the types themselves is slow."""
    types: dict[str, pa.DataType]


_PLANS: dict[int, _Plan] = {}


def make_table(schema: pa.Schema, columns: dict[str, pa.Array], count: int) -> pa.Table:
    """Table of ``schema``; a column that is not given is null."""
    if id(schema) not in _PLANS:
        kinds = [*map(str, schema.types)]
        _PLANS[id(schema)] = _Plan(schema, schema.names, kinds, dict(zip(kinds, schema.types, strict=True)))
    plan = _PLANS[id(schema)]
    empty = {kind: make_nulls(count, plan.types[kind]) for kind in plan.types}
    arrays = [
        columns[name] if name in columns else empty[kind] for name, kind in zip(plan.names, plan.kinds, strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def _spread(codes: NDArray[np.int32], texts: list[str], numbers: NDArray[np.intp]) -> pa.Array:
    """Column of what ``codes`` say of each conversation, for records of the conversations ``numbers``."""
    if not texts:
        return make_nulls(len(numbers), _KEYWORD)
    if len(texts) == 1 and codes.min() == 0:
        return make_constant(len(numbers), texts[0])
    return make_keywords(codes.take(numbers), texts)


def make_nulls(count: int, kind: pa.DataType) -> pa.Array:
    """Column of nulls; all of one kind share their memory."""
    return _share_nulls(_round_up(count), kind).slice(0, count)


def _round_up(count: int) -> int:
    """The power of two at or above, so that few lengths are kept."""
    return max(1 << max(count - 1, 0).bit_length(), _SHARED)


@lru_cache(maxsize=64)
def _share_nulls(count: int, kind: pa.DataType) -> pa.Array:
    if pa.types.is_dictionary(kind):
        return pa.DictionaryArray.from_arrays(pa.nulls(count, pa.int32()), pa.array([], pa.string()))
    return pa.nulls(count, kind)


@lru_cache(maxsize=4)
def _share_zeros(count: int) -> pa.Array:
    return pa.array(np.zeros(count, dtype=np.int32))
