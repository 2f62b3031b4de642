"""Columns of what PUBLISH packets carry: topic, kind of payload, sample, JSON keys, Sparkplug facts."""

from __future__ import annotations

import secrets
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from parsers.columns import make_distinct, make_keywords, make_numbers
from parsers.mqtt_detail import Source
from parsers.mqtt_frame import PUBLISH
from parsers.mqtt_packet import ARENA
from parsers.mqtt_rows import Rows
from parsers.mqtt_topic import Topics
from parsers.packet import Bytes
from parsers.payload import KEPT_BYTES, KINDS, SPARKPLUG_B, classify_payload, make_keys, make_samples
from parsers.spans import SPAN, code_spans, decode_values
from parsers.sparkplug import METRIC, gather_metrics, is_sparkplug, is_sparkplug_topic, split_topic
from wanglou.kernel import int64, kernel

_SEED = secrets.randbits(31) | 1  # so that traffic cannot be made to collide
_SHORTEST_METRIC = 2  # bytes


@kernel
def classify_payloads(
    data: Bytes, spill: Bytes, arena: Bytes, kept: Bytes, messages: Any, packets: Any, rows: NDArray[np.int32],
    kinds: NDArray[np.int32], seed: int,
) -> None:  # fmt: skip
    """Tell the kind of each record's payload, -1 where it has none, and note the shape of JSON in the packet."""
    for k in range(len(rows)):
        i = rows[k]
        p = packets[i]
        kinds[k] = -1
        if p.kind != PUBLISH or p.malformed:
            continue
        buf = data if messages[i].spill == 0 else spill
        there, length = min(int64(p.payload_there), KEPT_BYTES), int64(p.payload_length)
        if p.topic_length > 0:
            topics = data
            if p.topic_spill != 0:
                topics = spill if p.topic_spill == 1 else (arena if p.topic_spill == ARENA else kept)
            named = length > 0 and is_sparkplug_topic(topics, int64(p.topic_at), int64(p.topic_length))
            if named and is_sparkplug(buf, int64(p.payload_at), there, length):
                kinds[k] = SPARKPLUG_B
                continue
        kinds[k], p.shape = classify_payload(buf, int64(p.payload_at), there, length, seed)


def make_payloads(source: Source, rows: Rows, topics: Topics) -> dict[str, pa.Array]:
    """Columns of topics and payloads; the sample of a payload that the sensor cut is what it kept."""
    first, packets = rows.first, source.packets
    kinds = np.empty(len(first), dtype=np.int32)
    classify_payloads(*topics.buffers, source.messages, packets, first, kinds, _SEED)
    there = np.minimum(packets["payload_there"][first], KEPT_BYTES)
    spans = source.place(first, packets["payload_at"][first], np.where(kinds > 0, there, -1))
    coded = topics.code(first)
    texts = decode_values(coded)
    topic_codes = pa.array(coded.codes, pa.int32(), mask=coded.codes < 0)
    columns = {
        "mqtt.topic": pa.DictionaryArray.from_arrays(topic_codes, pa.array(texts, pa.string())),
        "mqtt.payload.kind": make_keywords(kinds, KINDS),
        "mqtt.payload.length": make_numbers(rows.payload_length, pa.int64()),
        "mqtt.payload.sample": make_samples(source.data, source.spill, spans),
        "mqtt.payload.json_keys": make_keys(
            source.data, source.spill, spans, np.where(kinds > 0, packets["shape"][first], 0)
        ),
    }
    columns |= _make_places(coded.codes, texts)
    if (kinds == SPARKPLUG_B).any():
        columns |= _make_metrics(source, spans, kinds)
    return columns


def _make_places(codes: NDArray[np.int32], topics: list[str]) -> dict[str, pa.Array]:
    """What Sparkplug topics say, told once per distinct topic."""
    places = [split_topic(topic) for topic in topics]
    if not any(places):
        return {}
    columns = {}
    for at, name in enumerate(("group", "message_type", "edge_node", "device")):
        numbers, texts = make_distinct([place[at] if place else "" for place in places])
        columns[f"mqtt.sparkplug.{name}"] = make_keywords(np.where(codes >= 0, numbers[codes], -1), texts)
    return columns


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
