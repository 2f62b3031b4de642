"""Columns of MQTT packets that are rare or hold lists: decoded once per distinct value, for their rows only.

Standards: OASIS MQTT 5.0 and 3.1.1, §3.1 (CONNECT), §3.8 to §3.11 (subscriptions), §2.2.2 (properties).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from parsers.columns import make_numbers
from parsers.mqtt_connect import CLEAN_START, WILL_FLAG, WILL_RETAIN
from parsers.mqtt_frame import AUTH, CONNECT, PUBLISH, PUBREC, SUBACK, SUBSCRIBE, UNSUBACK, UNSUBSCRIBE
from parsers.mqtt_packet import FOUND_LISTS, FOUND_PROPERTIES, FOUND_QOS2, HEADER
from parsers.mqtt_properties import USER_PROPERTY, Property, decode_properties, show_property
from parsers.mqtt_rows import MALFORMED, Rows
from parsers.payload_sample import make_samples
from parsers.spans import SPAN, TEXT_BYTES, code_spans, decode_text, make_texts

_LONGS, _KEYWORDS, _TEXTS = pa.list_(pa.int64()), pa.list_(pa.string()), pa.dictionary(pa.int32(), pa.string())

MOST_ITEMS = 256
"""Filters or codes of one packet that are listed."""
_LOOKED_AT = 16_384  # bytes of a list of filters that are read
_DATA_BYTES = 64  # bytes of a malformed packet that are shown


class Source(NamedTuple):
    """A batch's packets and the bytes they point into."""

    data: NDArray[np.uint8]
    spill: NDArray[np.uint8]
    messages: Any
    packets: Any
    connects: Any
    found: NDArray[np.int64]
    """What there is: rows of numbers as ``parsers.mqtt_packet`` names them."""

    def place(self, rows: NDArray[Any], at: NDArray[Any], length: NDArray[Any]) -> NDArray[Any]:
        """SPAN[n] of bytes of the packets ``rows``."""
        spans = np.empty(len(rows), dtype=SPAN)
        spans["offset"], spans["length"], spans["spill"] = at, length, self.messages["spill"][rows]
        return spans

    def read(self, row: int, at: int, length: int) -> bytes:
        """Bytes of one packet."""
        buffer = self.spill if self.messages["spill"][row] else self.data
        return buffer[at : at + length].tobytes()


def spread(values: pa.Array, at: NDArray[Any], count: int) -> pa.Array:
    """Column of ``count`` rows with ``values`` in the rows ``at``, null elsewhere."""
    if len(at) == count:
        return values
    places = np.full(count, -1, dtype=np.int64)
    places[at] = np.arange(len(at))
    return values.take(pa.array(places, mask=places < 0))


def make_flags(values: NDArray[Any]) -> pa.Array:
    """Column of true and false; a negative number is null."""
    return pa.array(values > 0, pa.bool_(), mask=values < 0)


def make_connects(source: Source, rows: Rows) -> dict[str, pa.Array]:
    """Columns of CONNECT packets; passwords are facts without a value."""
    chosen = np.flatnonzero(source.connects["record"] >= 0)
    if not len(chosen):
        return {}
    c = source.connects[chosen[np.argsort(source.connects["record"][chosen])]]
    at, first, count = c["record"], rows.first[c["record"]], len(rows.first)
    bits, level = c["bits"].astype(np.int64), c["level"].astype(np.int64)
    will = np.where((bits >= 0) & (bits & WILL_FLAG > 0), bits, -1)

    def text(name: str) -> pa.Array:
        return make_texts(code_spans(source.data, source.spill, span(name)))

    def span(name: str) -> NDArray[Any]:
        return source.place(first, c[f"{name}_at"], c[f"{name}_length"])

    blocks = [
        decode_properties(source.read(row, start, min(length, TEXT_BYTES))) if length > 0 else ()
        for row, start, length in zip(
            first.tolist(), c["will_properties_at"].tolist(), c["will_properties_length"].tolist(), strict=True
        )
    ]
    delays = [next((p.value for p in block if p.number == 0x18), None) for block in blocks]
    columns = {
        "mqtt.protocol_name": text("name"),
        "mqtt.protocol_level": make_numbers(level, pa.uint8()),
        "mqtt.clean_start": make_flags(np.where(bits >= 0, bits & CLEAN_START, -1)),
        "mqtt.keep_alive": make_numbers(c["keep_alive"], pa.uint16()),
        "mqtt.password_present": make_flags(c["password"]),
        "mqtt.will.topic": text("will_topic"),
        "mqtt.will.qos": make_numbers(np.where(will >= 0, will >> 3 & 3, -1), pa.uint8()),
        "mqtt.will.retain": make_flags(np.where(will >= 0, will & WILL_RETAIN, -1)),
        "mqtt.will.payload": make_samples(source.data, source.spill, span("will")).dictionary_encode(),
        "mqtt.will.length": make_numbers(c["will_length"], pa.int64()),
        "mqtt.will.delay": pa.array(delays, pa.int64()),
        "mqtt.will.properties": pa.array([_show(block) for block in blocks], _KEYWORDS),
    }
    return {name: spread(column, at, count) for name, column in columns.items()}


@lru_cache(maxsize=512)
def decode_filters(body: bytes, *, options: bool) -> tuple[tuple[str, int], ...]:
    """Topic filters and, with ``options``, the byte behind each (5.0 §3.8.3); ends where it is cut short."""
    found: list[tuple[str, int]] = []
    at = 0
    while at + 2 <= len(body) and len(found) < MOST_ITEMS:
        end = at + 2 + int.from_bytes(body[at : at + 2])
        if end + options > len(body):
            break
        text = body[at + 2 : end]
        found.append((decode_text(text[:TEXT_BYTES]), body[end] if options else 0))
        at = end + options
    return tuple(found)


def make_lists(source: Source, rows: Rows) -> dict[str, pa.Array]:
    """Columns of subscriptions: filters and their options, codes of the answers."""
    if not source.found[FOUND_LISTS]:
        return {}
    kinds, answers = rows.kind, np.where(rows.last >= 0, source.packets["kind"][np.maximum(rows.last, 0)], 0)
    at = np.flatnonzero(
        np.isin(kinds, (SUBSCRIBE, UNSUBSCRIBE, SUBACK, UNSUBACK)) | np.isin(answers, (SUBACK, UNSUBACK))
    )
    if not len(at):
        return {}
    filters, codes, granted = [], [], []
    for first, last in zip(rows.first[at].tolist(), rows.last[at].tolist(), strict=True):
        kind, body = _read_list(source, first)
        asked = kind in (SUBSCRIBE, UNSUBSCRIBE)
        filters.append(decode_filters(body, options=kind == SUBSCRIBE) if asked else ())
        answer, listed = _read_list(source, last if asked else first)
        codes.append(list(listed[:MOST_ITEMS]) or None)
        granted.append(codes[-1] if answer == SUBACK else None)
    wanted = [kind == SUBSCRIBE for kind in kinds[at].tolist()]
    modern = [want and version == 5 for want, version in zip(wanted, rows.version[at].tolist(), strict=True)]

    def options(shift: int, mask: int, shown: Sequence[bool]) -> pa.Array:
        values = [[byte >> shift & mask for _, byte in pairs] for pairs in filters]
        return pa.array([value if show and value else None for value, show in zip(values, shown, strict=True)], _LONGS)

    columns = {
        "mqtt.filters": pa.array([[text for text, _ in pairs] or None for pairs in filters], _KEYWORDS),
        "mqtt.requested_qos": options(0, 3, wanted),
        "mqtt.no_local": options(2, 1, modern),
        "mqtt.retain_as_published": options(3, 1, modern),
        "mqtt.retain_handling": options(4, 3, modern),
        "mqtt.granted_qos": pa.array(granted, _LONGS),
        "mqtt.reason.codes": pa.array(codes, _LONGS),
    }
    return {name: spread(column, at, len(kinds)) for name, column in columns.items()}


def _read_list(source: Source, row: int) -> tuple[int, bytes]:
    """Kind of a packet and its filters or codes; nothing where there is no packet."""
    if row < 0:
        return 0, b""
    p = source.packets[row]
    if p["malformed"] and int(p["kind"]) in (SUBACK, UNSUBACK):
        return int(p["kind"]), b""
    return int(p["kind"]), source.read(row, int(p["payload_at"]), min(int(p["payload_there"]), _LOOKED_AT))


def make_handshakes(
    source: Source, rows: Rows, received: NDArray[np.int32], released: NDArray[np.int32]
) -> dict[str, pa.Array]:
    """Columns of QoS 2: where each part of the handshake lies and what it said."""
    if not source.found[FOUND_QOS2]:
        return {}
    at = np.flatnonzero((rows.kind == PUBLISH) & (rows.qos == 2))
    if not len(at):
        return {}
    first = rows.first[at]
    answer = rows.last[at]
    refused = (answer >= 0) & (source.packets["kind"][np.maximum(answer, 0)] == PUBREC)
    parts = np.stack([
        first, np.where(refused, answer, received[first]), released[first], np.where(refused, -1, answer),
    ])  # fmt: skip
    packets = np.where(parts >= 0, source.messages["packet_end"][np.maximum(parts, 0)], -1)
    reasons = np.where(parts >= 0, source.packets["reason"][np.maximum(parts, 0)], -1)[1:].T.tolist()
    columns = {
        "mqtt.handshake_packets": pa.array(packets.T.tolist(), _LONGS),
        "mqtt.reason.codes": pa.array([[code for code in codes if code >= 0] or None for codes in reasons], _LONGS),
    }
    return {name: spread(column, at, len(rows.first)) for name, column in columns.items()}


def _show(block: Sequence[Property]) -> list[str] | None:
    return [show_property(found) for found in block] or None


def _pick(number: int) -> Callable[[Sequence[Property]], Any]:
    """The first property of a number."""
    return lambda block: next((found.value for found in block if found.number == number), None)


def _pick_all(number: int) -> Callable[[Sequence[Property]], Any]:
    """All properties of a number."""
    return lambda block: [found.value for found in block if found.number == number] or None


_REQUEST: dict[str, tuple[Callable[[Sequence[Property]], Any], pa.DataType]] = {
    "mqtt.message_expiry": (_pick(0x02), pa.int64()),
    "mqtt.content_type": (_pick(0x03), pa.string()),
    "mqtt.response_topic": (_pick(0x08), pa.string()),
    "mqtt.correlation_data": (_pick(0x09), pa.string()),
    "mqtt.subscription_ids": (_pick_all(0x0B), _LONGS),
    "mqtt.session_expiry": (_pick(0x11), pa.int64()),
    "mqtt.auth.method": (_pick(0x15), pa.string()),
    "mqtt.receive_maximum": (_pick(0x21), pa.uint16()),
    "mqtt.topic_alias_maximum": (_pick(0x22), pa.uint16()),
    "mqtt.maximum_packet_size": (_pick(0x27), pa.int64()),
    "mqtt.user_properties": (_pick_all(USER_PROPERTY), _KEYWORDS),
    "mqtt.properties": (_show, _KEYWORDS),
}
"""Columns of the packet that began a record."""

_RESPONSE: dict[str, tuple[Callable[[Sequence[Property]], Any], pa.DataType]] = {
    "mqtt.assigned_client_id": (_pick(0x12), pa.string()),
    "mqtt.server_keep_alive": (_pick(0x13), pa.uint16()),
    "mqtt.response.properties": (_show, _KEYWORDS),
}
"""Columns of the packet that ended it, or of an answer alone."""

_EITHER: dict[str, tuple[Callable[[Sequence[Property]], Any], pa.DataType]] = {
    "mqtt.server_reference": (_pick(0x1C), pa.string()),
    "mqtt.reason.text": (_pick(0x1F), pa.string()),
}
"""Columns of whichever of the two has them."""

_FIRSTS = (CONNECT, PUBLISH, SUBSCRIBE, UNSUBSCRIBE, 14, AUTH)  # packets that begin an exchange


def make_properties(source: Source, rows: Rows) -> dict[str, pa.Array]:
    """Columns of the properties of version 5."""
    if not source.found[FOUND_PROPERTIES]:
        return {}
    begun = np.isin(rows.kind, _FIRSTS)
    own = _make_blocks(source, np.where(begun, rows.first, -1))
    answer = _make_blocks(source, np.where(begun, rows.last, rows.first))
    columns: dict[str, pa.Array] = {}
    if own:
        columns |= _make_columns(_REQUEST, *own)
        if 0x16 in {found.number for block in own[0] for found in block}:
            present = [True if _pick(0x16)(block) else None for block in own[0]]
            columns["mqtt.auth.data_present"] = pa.array(present, pa.bool_()).take(own[1])
        columns |= _make_columns(_EITHER, *own)
    if answer:
        columns |= _make_columns(_RESPONSE, *answer)
        for name, column in _make_columns(_EITHER, *answer).items():
            columns[name] = _coalesce(column, columns[name]) if name in columns else column
    return columns


def _coalesce(column: pa.Array, other: pa.Array) -> pa.Array:
    """The first of two columns of texts that is not null."""
    return pc.coalesce(column.cast(pa.string()), other.cast(pa.string())).dictionary_encode()


def _make_blocks(source: Source, packets: NDArray[Any]) -> tuple[list[tuple[Property, ...]], pa.Array] | None:
    """Distinct blocks of properties of the ``packets``, -1: none, and which one each row has."""
    there = np.maximum(packets, 0)
    lengths = np.where(packets >= 0, source.packets["properties_length"][there], -1)
    lengths = np.where(lengths > 0, lengths, -1)
    if not (lengths > 0).any():
        return None
    coded = code_spans(source.data, source.spill, source.place(there, source.packets["properties_at"][there], lengths))
    return [*map(decode_properties, coded.values)], pa.array(coded.codes, pa.int32(), mask=coded.codes < 0)


def _make_columns(
    wanted: dict[str, tuple[Callable[[Sequence[Property]], Any], pa.DataType]],
    blocks: list[tuple[Property, ...]], codes: pa.Array,
) -> dict[str, pa.Array]:  # fmt: skip
    """Values of every distinct block, taken for each row."""
    columns = {}
    for name, (choose, kind) in wanted.items():
        values = [choose(block) for block in blocks]
        if any(value is not None for value in values):
            column = pa.array(values, kind)
            columns[name] = (column.dictionary_encode() if kind == pa.string() else column).take(codes)
    return columns


def make_data(source: Source, rows: Rows) -> dict[str, pa.Array]:
    """Beginnings of malformed packets; not of those that may hold a password, nor of stray bytes of a client."""
    kinds = rows.kind
    stray = (rows.error == HEADER) & (rows.direction == 0)  # may be what is left of a CONNECT
    at = np.flatnonzero((rows.pairing == MALFORMED) & (kinds != CONNECT) & (kinds != AUTH) & ~stray)
    if not len(at):
        return {}
    first = rows.first[at]
    m = source.messages[first]
    coded = code_spans(
        source.data, source.spill, source.place(first, m["offset"], np.minimum(m["length"], _DATA_BYTES))
    )
    return {"mqtt.data": spread(make_texts(coded, bytes.hex), at, len(kinds))}
