"""Sparkplug B: what a topic says of group, node and device, and which metrics a payload names.

Standard: Eclipse Sparkplug 3.0.0, §4 (topics), §6.4 (payloads); Protocol Buffers encoding.

Fields of a payload::

    1 timestamp varint | 2 metrics, each a message | 3 seq varint | 4 uuid text | 5 body bytes

Fields of a metric that are read: 1 name text, 2 alias varint.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from parsers.packet import Bytes
from wanglou.kernel import int64, kernel

NAMESPACE = "spBv1.0"

MOST_METRICS = 64
"""Metrics of a payload that are named."""
_MOST_FIELDS = 4_096  # fields of a payload that are walked

METRIC = np.dtype([("at", "i8"), ("alias", "i8"), ("length", "i4"), ("row", "i4")], align=True)
"""A metric: its name (``length`` -1: none), its alias (-1: none), and the record it belongs to."""

_PREFIX = np.frombuffer(b"spBv1.0/", dtype=np.uint8).copy()
_VARINT, _FIXED_64, _BYTES, _FIXED_32 = 0, 1, 2, 5  # wire types


class Place(NamedTuple):
    """What a topic says (§4.1)."""

    group: str
    message_type: str
    edge_node: str
    device: str


@kernel
def is_sparkplug_topic(buf: Bytes, pos: int, length: int) -> bool:
    """True when the topic begins with the namespace."""
    if length <= len(_PREFIX):
        return False
    for k in range(len(_PREFIX)):  # noqa: SIM110 - kernels know no generators
        if buf[pos + k] != _PREFIX[k]:
            return False
    return True


@lru_cache(maxsize=8_192)
def split_topic(topic: str) -> Place | None:
    """Parts of a topic, None when it is none of Sparkplug's; STATE has a host id in the place of the edge node."""
    parts = topic.split("/")
    if parts[0] != NAMESPACE or len(parts) < 3:
        return None
    if parts[1] == "STATE":
        return Place("", "STATE", "/".join(parts[2:]), "")
    if not 4 <= len(parts) <= 5:
        return None
    return Place(parts[1], parts[2], parts[3], parts[4] if len(parts) == 5 else "")


@kernel
def _read_number(buf: Bytes, pos: int, end: int) -> tuple[int, int]:
    """Varint of up to ten bytes at ``pos``: (value, position behind it), -1 when there is none."""
    value = int64(0)
    for k in range(10):
        if pos + k >= end:
            return int64(0), int64(-1)
        byte = int64(buf[pos + k])
        if k < 9:
            value |= (byte & 0x7F) << (7 * k)
        if byte < 0x80:
            return value, int64(pos + k + 1)
    return int64(0), int64(-1)


@kernel
def _skip_value(buf: Bytes, pos: int, end: int, wire: int) -> tuple[int, int]:
    """Where a field's value begins and ends; -1: it does not fit."""
    if wire == _VARINT:
        return pos, _read_number(buf, pos, end)[1]
    if wire == _BYTES:
        length, at = _read_number(buf, pos, end)
        if at < 0 or length < 0 or length > end - at:
            return int64(0), int64(-1)
        return at, at + length
    size = 8 if wire == _FIXED_64 else (4 if wire == _FIXED_32 else -1)
    if size < 0 or end - pos < size:
        return int64(0), int64(-1)
    return pos, int64(pos + size)


@kernel
def is_sparkplug(buf: Bytes, pos: int, there: int, length: int) -> bool:
    """True when the bytes are a payload by its structure: fields 1 to 5 of the right wire types, to the last byte.

    What was cut off is taken on trust.
    """
    at, end = int64(pos), int64(pos + there)
    for _ in range(_MOST_FIELDS):
        if at >= end:
            return at == end
        tag, value = _read_number(buf, at, end)
        number, wire = tag >> 3, tag & 7
        if value < 0 or wire != (_VARINT if number in (1, 3) else _BYTES) or number < 1 or number > 5:
            return value < 0 and there < length
        at = _skip_value(buf, value, end, wire)[1]
        if at < 0:
            return there < length
    return True


@kernel
def list_metrics(buf: Bytes, pos: int, end: int, row: int, metrics: Any, filled: int) -> tuple[int, int]:
    """Append the metrics of a payload, METRIC[n], as far as there is room; returns (how many there are now, seq).

    ``seq`` is -1 where the payload has none.
    """
    at, sequence, first = int64(pos), int64(-1), filled
    for _ in range(_MOST_FIELDS):
        if at >= end:
            break
        tag, value = _read_number(buf, at, end)
        if value < 0:
            break
        start, at = _skip_value(buf, value, end, tag & 7)
        if at < 0:
            break
        if tag >> 3 == 3 and tag & 7 == _VARINT:
            sequence = _read_number(buf, start, end)[0]
        elif tag == 2 << 3 | _BYTES and filled < len(metrics) and filled - first < MOST_METRICS:
            _read_metric(buf, start, at, metrics[filled])
            metrics[filled].row = row
            filled += 1
    return filled, sequence


@kernel
def _read_metric(buf: Bytes, pos: int, end: int, metric: Any) -> None:
    """Name and alias of a metric (§6.4.6); they come first in what encoders write, and the walk is bounded."""
    metric.at, metric.length, metric.alias = 0, -1, -1
    at = int64(pos)
    for _ in range(MOST_METRICS):
        if at >= end:
            return
        tag, value = _read_number(buf, at, end)
        if value < 0:
            return
        start, at = _skip_value(buf, value, end, tag & 7)
        if at < 0:
            return
        if tag == 1 << 3 | _BYTES:
            metric.at, metric.length = start, at - start
        elif tag == 2 << 3 | _VARINT:
            metric.alias = _read_number(buf, start, end)[0] & 0x7FFFFFFFFFFFFFFF


@kernel
def gather_metrics(
    data: Bytes, spill: Bytes, offsets: NDArray[np.int64], lengths: NDArray[np.int64], spills: NDArray[np.int64],
    metrics: Any, sequences: NDArray[np.int64],
) -> int:  # fmt: skip
    """Metrics of many payloads; a payload of length -1 has none. Returns how many ``metrics`` were filled."""
    filled = int64(0)
    for i in range(len(offsets)):
        sequences[i] = -1
        if lengths[i] >= 0:
            buf = data if spills[i] == 0 else spill
            filled, sequences[i] = list_metrics(buf, offsets[i], offsets[i] + lengths[i], i, metrics, filled)
    return filled
