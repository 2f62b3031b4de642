"""Columns of what PUBLISH packets carry: topic, kind of payload, sample, JSON keys, Sparkplug facts."""

from __future__ import annotations

import secrets
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from parsers.columns import make_keywords, make_numbers
from parsers.mqtt_detail import Source
from parsers.mqtt_frame import PUBLISH
from parsers.mqtt_rows import Rows
from parsers.mqtt_topic import Book, Buffers, Topics, has_room, number_topic
from parsers.packet import Bytes
from parsers.payload import EMPTY, KEPT_BYTES, KINDS, SAMPLE_BYTES, SPARKPLUG_B, classify_payload
from parsers.payload_keys import Keys
from parsers.payload_layout import Layouts, Words, find_layout, has_layout, learn_layout, make_layouts, mark_layout
from parsers.payload_sample import ELLIPSIS_BYTES, write_samples
from parsers.spans import SPAN, code_spans, decode_values
from parsers.sparkplug import METRIC, gather_metrics, is_sparkplug
from wanglou.kernel import inlined_kernel, int64, kernel

_SEED = secrets.randbits(31) | 1  # so that traffic cannot be made to collide
_SHORTEST_METRIC = 2  # bytes

_DONE, _ROOM, _SPARKPLUG = range(3)  # what a kernel tells: rows that are done, bytes of samples, Sparkplug payloads


class Carried(NamedTuple):
    """What each record's PUBLISH carries."""

    topics: NDArray[np.int32]
    """int32[n]: number of the topic among the batch's, -1: none."""
    kinds: NDArray[np.int32]
    """int32[n]: kind of the payload, -1: none."""
    shapes: NDArray[np.int64]
    """int64[n]: shape of JSON, else 0."""
    plain: NDArray[np.uint8]
    """uint8[n]: 1 where the payload is known to be printable ASCII."""
    spans: Any
    """SPAN[n]: the payload, as far as it is looked at; none where it is empty."""


class Payloads:
    """Makes the columns; what was learnt of topics and payloads is kept for the next batch."""

    def __init__(self) -> None:
        """Know nothing."""
        self._topics, self._layouts, self._keys = Topics(), make_layouts(), Keys()

    def make_columns(self, source: Source, rows: Rows, buffers: Buffers) -> dict[str, pa.Array]:
        """Columns of topics and payloads; the sample of a payload that the sensor cut is what it kept."""
        n = len(rows.first)
        topics, kinds = np.empty((2, n), dtype=np.int32)
        shapes, plain = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.uint8)
        carried = Carried(topics, kinds, shapes, plain, np.empty(n, dtype=SPAN).view(np.recarray))
        told = np.zeros(3, dtype=np.int64)
        self._topics.begin()
        while told[_DONE] < n:
            describe_payloads(
                source.messages, source.packets, buffers, rows.first, carried, self._topics.book, self._layouts, told,
                _SEED,
            )  # fmt: skip
            if told[_DONE] < n:
                self._topics.grow()
        spans = carried.spans.view(np.ndarray)
        columns = self._topics.make_columns(carried.topics)
        columns["mqtt.payload.kind"] = make_keywords(carried.kinds, KINDS)
        columns["mqtt.payload.length"] = make_numbers(rows.payload_length, pa.int64())
        columns["mqtt.payload.sample"] = write_samples(
            source.data, source.spill, spans, carried.plain, int(told[_ROOM])
        )
        columns["mqtt.payload.json_keys"] = self._keys.make_column(source.data, source.spill, spans, carried.shapes)
        if told[_SPARKPLUG]:
            columns |= _make_metrics(source, spans, carried.kinds)
        return columns


@kernel
def describe_payloads(
    messages: Any, packets: Any, buffers: Buffers, rows: NDArray[np.int32], carried: Carried, book: Book,
    layouts: Layouts, told: NDArray[np.int64], seed: int,
) -> None:  # fmt: skip
    """Tell each record's topic and payload from row ``told[_DONE]`` on, as far as there is room for topics."""
    for k in range(told[_DONE], len(rows)):
        if not has_room(book):
            return
        m, p = messages[rows[k]], packets[rows[k]]
        span = carried.spans[k]
        span.offset, span.length, span.spill = p.payload_at, -1, m.spill
        carried.topics[k] = carried.kinds[k] = -1
        carried.shapes[k] = carried.plain[k] = 0
        told[_DONE] = k + 1
        if p.kind != PUBLISH:
            continue
        topic = int64(-1)
        if p.topic_length > 0:
            topic = int64(number_topic(buffers, p, book))
            carried.topics[k] = book.topics[topic].code
        if p.malformed:
            continue
        there, length = min(int64(p.payload_there), KEPT_BYTES), int64(p.payload_length)
        if length == 0:
            carried.kinds[k] = EMPTY
            continue
        span.length = there
        size = min(there, SAMPLE_BYTES)
        told[_ROOM] += size + ELLIPSIS_BYTES
        buf = buffers.data if m.spill == 0 else buffers.spill
        if topic >= 0 and book.topics[topic].sparkplug and is_sparkplug(buf, int64(p.payload_at), there, length):
            carried.kinds[k] = SPARKPLUG_B
            told[_SPARKPLUG] += 1
        else:
            words = buffers.data_words if m.spill == 0 else buffers.spill_words
            expected = int64(book.topics[topic].layout) if topic >= 0 else int64(0)
            number = _describe_payload(
                buf, words, int64(p.payload_at), there, length, k, carried, layouts, expected, seed
            )
            if topic >= 0 and number >= 0:
                book.topics[topic].layout = number
        if not carried.plain[k]:
            told[_ROOM] += size


@inlined_kernel
def _describe_payload(
    buf: Bytes, words: Words, pos: int, there: int, length: int, k: int, carried: Carried, layouts: Layouts,
    expected: int, seed: int,
) -> int:  # fmt: skip
    """Tell the kind and the shape of a payload, of one of a known layout without reading it; returns the layout."""
    number, mark = expected, int64(-1)
    if there < length or not has_layout(words, pos, length, number, layouts):
        mark = mark_layout(words, pos, length) if there == length else int64(-1)
        number = find_layout(words, pos, length, mark, layouts) if mark >= 0 else int64(-1)
    if number >= 0:
        layout = layouts.table[number]
        carried.kinds[k], carried.shapes[k], carried.plain[k] = layout.kind, layout.form, layout.plain
        return number
    kind, shape = classify_payload(buf, pos, there, length, seed)
    carried.kinds[k], carried.shapes[k] = kind, shape
    if mark >= 0:
        learn_layout(buf, words, pos, length, mark, kind, shape, layouts)
    return -1


def _make_metrics(source: Source, spans: NDArray[Any], kinds: NDArray[np.int32]) -> dict[str, pa.Array]:
    """Sequence number and names of the metrics of Sparkplug payloads."""
    lengths = np.where(kinds == SPARKPLUG_B, spans["length"], -1).astype(np.int64)
    metrics: Any = np.recarray(int(np.maximum(lengths, 0).sum()) // _SHORTEST_METRIC + 1, dtype=METRIC)
    sequences = np.empty(len(spans), dtype=np.int64)
    offsets, spills = spans["offset"].astype(np.int64), spans["spill"].astype(np.int64)
    used = gather_metrics(source.data, source.spill, offsets, lengths, spills, metrics, sequences)
    found = metrics[:used]
    names = np.empty(used, dtype=SPAN)
    names["offset"], names["length"] = found["at"], np.where(found["length"] > 0, found["length"], -1)
    names["spill"] = spans["spill"][found["row"]]
    coded = code_spans(source.data, source.spill, names)
    aliases, numbers = np.unique(found["alias"], return_inverse=True)
    texts = pa.array([*decode_values(coded), *(f"alias_{number}" for number in aliases.tolist())], pa.string())
    values = texts.take(pa.array(np.where(coded.codes >= 0, coded.codes, numbers + len(coded.values))))
    ends = np.searchsorted(found["row"], np.arange(len(spans) + 1)).astype(np.int32)
    lists = pa.ListArray.from_arrays(pa.array(ends, pa.int32()), values, mask=pa.array(ends[1:] == ends[:-1]))
    return {
        "mqtt.sparkplug.sequence": make_numbers(sequences, pa.int64()),
        "mqtt.sparkplug.metrics": lists.cast(pa.list_(pa.string())),
    }
