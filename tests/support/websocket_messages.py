"""WebSocket frames of both directions to the messages that a table takes, and the records it makes of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from parsers.columns import Conversations, Origin
from parsers.message import CONVERSATION, MESSAGE
from parsers.mqtt_table import MqttTable
from parsers.protocol import WEBSOCKET
from parsers.tracker import carry_over
from parsers.websocket_frame import measure_websocket
from tests.support.conversations import SMALL, Record
from tests.support.frames import START_NS, STEP_NS
from tests.support.mqtt_packets import array

Said = tuple[bool, bytes]
"""Bytes of one direction: from the server or not."""


def list_messages(said: Sequence[Said], first: int = 0, flow: int = 1) -> tuple[Any, bytes]:
    """MESSAGE[n] of the frames, each of ``said`` being one packet of whole frames; and their bytes."""
    rows: list[tuple[Any, ...]] = []
    data = b""
    for number, (server, chunk) in enumerate(said, start=first):
        buf, at, pdu = array(chunk), 0, 0
        while at < len(chunk):
            size = int(measure_websocket(buf, at, len(chunk), not server))
            status = 0 if 0 < size <= len(chunk) - at else 1
            size = size if status == 0 else len(chunk) - at
            ts = START_NS + number * STEP_NS
            rows.append(
                (len(data) + at, number, number, ts, ts, flow, size, size, 0, pdu, WEBSOCKET, server, status, 0, 0)
            )
            at, pdu = at + size, pdu + 1
        data += chunk
    return np.array(rows, dtype=MESSAGE).view(np.recarray), data


class Tables:
    """A table fed batch by batch, what waits carried as the dissector does."""

    def __init__(self) -> None:
        """Start with nothing waiting; there is one conversation."""
        self.table = MqttTable(Origin("c" * 64, "sensor", lambda _source, _destination: ""), SMALL)
        self._conversations: Any = np.zeros(1, dtype=CONVERSATION).view(np.recarray)
        self._conversations["version"], self._conversations["protocol"] = 4, 6
        self._spill = np.empty(0, dtype=np.uint8)

    def add(self, messages: Any, data: bytes, *, flush: bool = False) -> list[Record]:
        """Records that became complete."""
        waiting = self.table.waiting
        together = np.concatenate([waiting, messages]).view(np.recarray)
        conversations = Conversations(self._conversations, Origin("c" * 64, "sensor", lambda _s, _d: ""))
        found = self.table.add(array(data), self._spill, together, conversations, flush=flush)
        carried = carry_over(self.table.waiting, self._conversations, array(data), self._spill)
        carried.messages["spill"] = 1
        self.table.waiting, self._spill = carried.messages, carried.data
        if len(carried.conversations) == 0:
            self.table.waiting = np.recarray(0, dtype=MESSAGE)
        return list(found.to_pylist())


def read_frames(said: Sequence[Said], cuts: Iterable[int] = ()) -> tuple[list[Record], dict[str, int]]:
    """Records of frames given in batches of ``cuts`` packets and one of the rest, and the counters."""
    tables, at, found = Tables(), 0, []
    for size in (*cuts, len(said)):
        if said[at : at + size]:
            found += tables.add(*list_messages(said[at : at + size], at))
        at += size
    nothing: Any = np.recarray(0, dtype=MESSAGE)
    return found + tables.add(nothing, b"", flush=True), tables.table.counters
