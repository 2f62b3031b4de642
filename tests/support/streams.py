"""Packets to the messages that the stream layer hands to the tables of protocols."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from parsers.frame import decode_frames
from parsers.message import CONVERSATION, MESSAGE
from parsers.packet import Bytes
from parsers.protocol import NAMES
from parsers.slot import SLOT_BYTES
from parsers.tracker import Carried, Limits, Tracked, Tracker
from tests.support.conversations import SMALL
from tests.support.frames import Packet, make_batch

STATUSES = ("whole", "malformed", "broken", "stray")


@dataclass(frozen=True, slots=True)
class Said:
    """A message as a table gets it."""

    protocol: str
    status: str
    content: bytes
    wire: int
    packet: int
    packet_end: int
    from_server: bool


@dataclass(slots=True)
class Heard:
    """What a capture's streams gave."""

    messages: list[Said] = field(default_factory=list)
    protocols: list[str | None] = field(default_factory=list)
    """Of the flows, in the order in which they ended."""
    malformed: int = 0
    counters: dict[str, int] = field(default_factory=dict)
    tracker: Tracker = field(default_factory=lambda: Tracker(SMALL))

    @property
    def contents(self) -> list[bytes]:
        """Bytes of the whole messages."""
        return [message.content for message in self.messages if message.status == "whole"]


def listen(packets: Sequence[Packet], *, cuts: Iterable[int] = (), limits: Limits = SMALL) -> Heard:
    """Follow packets given in batches of ``cuts`` packets and one of the rest."""
    heard = Heard(tracker=Tracker(limits))
    spill = np.zeros(8 * SLOT_BYTES + 4 * sum(len(packet.data) for packet in packets), dtype=np.uint8)
    at = 0
    for size in (*cuts, len(packets)):
        part = packets[at : at + size]
        if part:
            batch = make_batch(part, first=at)
            frames = decode_frames(batch)
            tracked = heard.tracker.track(batch.data, frames, batch.ts_ns, batch.first, spill, 0, _carry_nothing())
            _collect(heard, batch.data, spill, tracked)
        at += size
    _collect(heard, spill[:0].copy(), spill, heard.tracker.finish(spill, 0, _carry_nothing()))
    heard.counters = heard.tracker.counters
    return heard


def _carry_nothing() -> Carried:
    """No message waits."""
    return Carried(np.recarray(0, dtype=MESSAGE), np.recarray(0, dtype=CONVERSATION), np.zeros(0, dtype=np.uint8))


def _collect(heard: Heard, data: Bytes, spill: Bytes, tracked: Tracked) -> None:
    """Add the messages and flows of a batch."""
    for m in tracked.messages:
        source = spill if m.spill else data
        content = source[m.offset : m.offset + m.length].tobytes()
        assert len(content) == m.length
        assert tracked.spoken >> int(m.app) & 1
        assert tracked.conversations[m.conversation].app == m.app
        name, status = NAMES[int(m.app)], STATUSES[m.status]
        packets = int(m.packet), int(m.packet_end)
        heard.messages.append(Said(name, status, content, int(m.wire), *packets, bool(m.from_server)))
    heard.protocols += [NAMES.get(int(app)) for app in tracked.ended_flows["app"]]
    heard.malformed += int(tracked.ended_flows["malformed"].sum())
