"""Topics of PUBLISH packets, those that aliases stand for among them, by content."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from parsers.mqtt_detail import Source
from parsers.mqtt_frame import PUBLISH
from parsers.mqtt_packet import ARENA, KEPT
from parsers.spans import SPAN, Coded, code_spans


class Topics:
    """Where the topics of a batch lie: in the batch, among the aliases' topics, or among those of carried packets."""

    def __init__(self, source: Source, arena: NDArray[np.uint8], kept: NDArray[np.uint8]) -> None:
        """``arena`` and ``kept`` are what ``topic_spill`` ARENA and KEPT point into."""
        self._packets = source.packets
        self.buffers = (source.data, source.spill, arena, kept)

    def read(self, row: int) -> bytes:
        """Topic of one packet; empty when it has none."""
        p = self._packets[row]
        length = max(int(p["topic_length"]), 0)
        return bytes(self.buffers[int(p["topic_spill"])][int(p["topic_at"]) : int(p["topic_at"]) + length])

    def code(self, rows: NDArray[np.int32]) -> Coded:
        """Topics of the PUBLISH packets among ``rows`` by content."""
        p = self._packets
        spans = np.empty(len(rows), dtype=SPAN)
        spans["offset"] = p["topic_at"][rows]
        spans["length"] = np.where(p["kind"][rows] == PUBLISH, p["topic_length"][rows], -1)
        spans["length"][spans["length"] == 0] = -1
        spans["spill"] = p["topic_spill"][rows]
        far = spans["spill"] >= ARENA
        if not far.any():
            return code_spans(self.buffers[0], self.buffers[1], spans)
        near = spans.copy()
        near["length"][far] = -1
        spans["length"][~far] = -1
        spans["spill"] = spans["spill"] == KEPT
        spans["spill"][~far] = 0
        near["spill"][far] = 0
        return _join(code_spans(*self.buffers[:2], near), code_spans(*self.buffers[2:], spans))


def _join(one: Coded, other: Coded) -> Coded:
    """Spans coded apart as if they had been coded together."""
    numbers = {value: at for at, value in enumerate(one.values)}
    fresh = [at for at, value in enumerate(other.values) if value not in numbers]
    numbers |= {other.values[at]: len(one.values) + place for place, at in enumerate(fresh)}
    places = np.array([numbers[value] for value in other.values], dtype=np.int32)
    codes, there = one.codes.copy(), other.codes >= 0
    codes[there] = places[other.codes[there]]
    values = [*one.values, *(other.values[at] for at in fresh)]
    return Coded(
        codes, values, np.concatenate([one.lengths, other.lengths[np.array(fresh, dtype=np.int64)]]).astype(np.int32)
    )
