"""Columns of the Modbus functions that are rare or hold lists: decoded once per distinct value, for their rows only.

Standard: MODBUS Application Protocol Specification V1.1b3, §6.8 to §6.21.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from parsers.columns import make_distinct, make_keywords, make_numbers
from parsers.modbus_names import DIAGNOSTICS, UMAS_NAMES
from parsers.pairing import Pairs

_U8, _U16 = pa.uint8(), pa.uint16()
_LONGS, _KEYWORDS = pa.list_(pa.int64()), pa.list_(pa.string())


@dataclass(frozen=True, slots=True)
class Half:
    """The requests (or the replies) of ``n`` records: their PDUs, and the bytes that no number holds."""

    pdus: Any
    """PDU[n]; where ``there`` is false the row means nothing."""
    there: NDArray[np.bool_]
    data: list[bytes]

    def take(self, name: str, functions: tuple[int, ...]) -> NDArray[np.int64]:
        """Numbers of a PDU field where the message is there and its function is one of ``functions``, else -1."""
        wanted = self.there & np.isin(self.pdus["function"], functions)
        return np.where(wanted, self.pdus[name].astype(np.int64), -1)


def split_halves(
    data: NDArray[np.uint8], spill: NDArray[np.uint8], messages: Any, pdus: Any, pairs: Pairs
) -> tuple[Half, Half]:
    """Requests and replies of the pairs; a reply that stands alone as malformed counts as a reply."""
    asked, answered = pairs.request.astype(np.int64), pairs.reply.astype(np.int64)
    turned = (asked >= 0) & (answered < 0) & (messages["from_server"][np.maximum(asked, 0)] == 1)
    asked, answered = np.where(turned, -1, asked), np.where(turned, asked, answered)
    return tuple(_make_half(data, spill, messages, pdus, rows) for rows in (asked, answered))  # type: ignore[return-value] # two


def _make_half(
    data: NDArray[np.uint8], spill: NDArray[np.uint8], messages: Any, pdus: Any, rows: NDArray[np.int64]
) -> Half:
    """Rows of one half; bytes are copied only where there are any."""
    there = rows >= 0
    chosen = pdus[np.maximum(rows, 0)]
    found = [b""] * len(rows)
    for at in np.flatnonzero(there & (chosen["rest_length"] > 0)).tolist():
        start = int(chosen["rest"][at])
        buffer = spill if messages["spill"][rows[at]] else data
        found[at] = buffer[start : start + int(chosen["rest_length"][at])].tobytes()
    return Half(chosen, there, found)


def make_details(request: Half, reply: Half) -> dict[str, pa.Array]:
    """All columns of the rare functions."""
    return {
        **_make_numbers_columns(request, reply),
        **_make_names(request, reply),
        **_make_bytes(request, reply),
        **_make_files(request, reply),
        **_make_objects(reply),
    }


def _either(request: Half, reply: Half, name: str, functions: tuple[int, ...]) -> NDArray[np.int64]:
    """A field of the request, or of the reply where no request was seen."""
    first = request.take(name, functions)
    return np.where(first >= 0, first, reply.take(name, functions))


def _make_numbers_columns(request: Half, reply: Half) -> dict[str, pa.Array]:
    """Masks, counters, identification headers."""
    return {
        "modbus.request.write.address": make_numbers(request.take("write_address", (23,)), _U16),
        "modbus.request.write.quantity": make_numbers(request.take("write_quantity", (23,)), _U16),
        "modbus.request.and_mask": make_numbers(request.take("and_mask", (22,)), _U16),
        "modbus.request.or_mask": make_numbers(request.take("or_mask", (22,)), _U16),
        "modbus.response.and_mask": make_numbers(reply.take("and_mask", (22,)), _U16),
        "modbus.response.or_mask": make_numbers(reply.take("or_mask", (22,)), _U16),
        "modbus.diagnostic.code": make_numbers(_either(request, reply, "sub", (8,)), _U16),
        "modbus.response.exception_status": make_numbers(reply.take("first", (7,)), _U8),
        "modbus.response.status": make_numbers(reply.take("status", (11, 12)), _U16),
        "modbus.response.event_count": make_numbers(reply.take("event_count", (11, 12)), _U16),
        "modbus.response.message_count": make_numbers(reply.take("message_count", (12,)), _U16),
        "modbus.mei.type": make_numbers(_either(request, reply, "sub", (43,)), _U8),
        "modbus.device_id.read_code": make_numbers(_either(request, reply, "first", (43,)), _U8),
        "modbus.device_id.object_id": make_numbers(request.take("second", (43,)), _U8),
        "modbus.device_id.conformity_level": make_numbers(reply.take("second", (43,)), _U8),
        "modbus.device_id.more_follows": make_numbers(reply.take("more", (43,)), _U8),
        "modbus.device_id.next_object_id": make_numbers(reply.take("next_object", (43,)), _U8),
        "modbus.device_id.object_count": make_numbers(reply.take("status", (43,)), _U8),
        "modbus.umas.session": make_numbers(_either(request, reply, "first", (90,)), _U8),
        "modbus.umas.function.code": make_numbers(request.take("sub", (90,)), _U8),
        "modbus.umas.response.code": make_numbers(reply.take("sub", (90,)), _U8),
    }


def _make_names(request: Half, reply: Half) -> dict[str, pa.Array]:
    """Names of sub-functions."""
    sub = _either(request, reply, "sub", (8,))
    texts = [DIAGNOSTICS.get(code, f"diagnostic_{code}") if code >= 0 else "" for code in sub.tolist()]
    return {
        "modbus.diagnostic.name": make_keywords(*make_distinct(texts)),
        "modbus.umas.function.name": make_keywords(request.take("sub", (90,)), UMAS_NAMES),
    }


def _make_bytes(request: Half, reply: Half) -> dict[str, pa.Array]:
    """Bytes without a field in hexadecimal, event bytes of 12, server id of 17.

    Groups with record data are given whole: a reply of 20, a request of 21, its reply where no request was seen.
    """
    codes = reply.pdus["function"]
    events = [list(data) if code == 12 else None for code, data in zip(codes, reply.data, strict=True)]
    server = [data if code == 17 else b"" for code, data in zip(codes, reply.data, strict=True)]
    repeated = [code in (12, 17) or (code == 21 and there) for code, there in zip(codes, request.there, strict=True)]
    plain = [b"" if known else data for known, data in zip(repeated, reply.data, strict=True)]
    plain = [
        decode_objects(data, int(pdu["status"]))[1] if _is_device_id(pdu) else data
        for pdu, data in zip(reply.pdus, plain, strict=True)
    ]
    asked = [b"" if code == 20 else data for code, data in zip(request.pdus["function"], request.data, strict=True)]
    return {
        "modbus.request.data": make_keywords(*make_distinct([data.hex() for data in asked])),
        "modbus.response.data": make_keywords(*make_distinct([data.hex() for data in plain])),
        "modbus.response.events": pa.array(events, _LONGS),
        "modbus.response.server_id": make_keywords(*make_distinct([data.hex() for data in server])),
        "modbus.response.run_indicator": make_numbers(
            np.array([_find_indicator(data) for data in server], dtype=np.int64), _U8
        ),
    }


def _find_indicator(server: bytes) -> int:
    """Run indicator of a server id: its second byte, where that is 0 or 255 (§6.13 leaves the place open)."""
    return server[1] if len(server) > 1 and server[1] in (0, 255) else -1


def _is_device_id(pdu: Any) -> bool:
    """True for a decoded device identification reply."""
    return bool(pdu["function"] == 43 and pdu["sub"] == 14 and pdu["next_object"] >= 0)


def _make_files(request: Half, reply: Half) -> dict[str, pa.Array]:
    """Groups of functions 20 and 21 (§6.14, §6.15): of the request, or of the reply of 21, which repeats its request.

    The groups of a reply of 20 name no file: they hold a length, a reference type and the record data.
    """
    asked, answered = _files(request, (20, 21)), _files(reply, (21,))
    groups = [one if there else other for one, other, there in zip(asked, answered, request.there, strict=True)]
    return {
        f"modbus.file.{name}": pa.array([list(group[at]) if group else None for group in groups], _LONGS)
        for at, name in enumerate(("reference_types", "numbers", "records", "lengths"))
    }


def _files(half: Half, functions: tuple[int, ...]) -> list[tuple[tuple[int, ...], ...]]:
    """Groups of each record, empty for other functions."""
    return [
        decode_groups(int(code), data) if code in functions else ()
        for code, data in zip(half.pdus["function"], half.data, strict=True)
    ]


@lru_cache(maxsize=4_096)
def decode_groups(code: int, data: bytes) -> tuple[tuple[int, ...], ...]:
    """Reference types, file numbers, record numbers and lengths of the groups; stops at the first that is cut short.

    ``data`` is what follows the byte count of a request of 20, or of a request or reply of 21.
    """
    found: list[tuple[int, int, int, int]] = []
    at = 0
    while at + 7 <= len(data):
        number, record, length = (int.from_bytes(data[at + 1 + 2 * k : at + 3 + 2 * k]) for k in range(3))
        found.append((data[at], number, record, length))
        at += 7 + (2 * length if code == 21 else 0)
    return tuple(zip(*found, strict=True)) if found else ()


def _make_objects(reply: Half) -> dict[str, pa.Array]:
    """Objects of a device identification (§6.21)."""
    found = [
        decode_objects(data, int(pdu["status"]))[0] if _is_device_id(pdu) else None
        for pdu, data in zip(reply.pdus, reply.data, strict=True)
    ]
    return {
        "modbus.device_id.object_ids": _pluck(found, lambda item: item[0], _LONGS),
        "modbus.device_id.object_values": _pluck(found, lambda item: item[1], _KEYWORDS),
    }


def _pluck(
    found: list[tuple[tuple[int, str], ...] | None], choose: Callable[[tuple[int, str]], Any], kind: pa.DataType
) -> pa.Array:
    """List column of one part of each object."""
    return pa.array([[choose(item) for item in items] if items is not None else None for items in found], kind)


@lru_cache(maxsize=4_096)
def decode_objects(data: bytes, count: int) -> tuple[tuple[tuple[int, str], ...], bytes]:
    """Id and text of each of ``count`` objects, and the bytes after them; stops where it is cut short.

    Bytes that are no ASCII appear as backslash escapes.
    """
    found: list[tuple[int, str]] = []
    at = 0
    while len(found) < count and at + 2 <= len(data) and at + 2 + data[at + 1] <= len(data):
        size = data[at + 1]
        found.append((data[at], data[at + 2 : at + 2 + size].decode("ascii", "backslashreplace")))
        at += 2 + size
    return tuple(found), data[at:]
