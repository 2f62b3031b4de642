"""What a fuzzed input becomes, and what must hold whatever it is: nothing raises, and every answer is in its range.

Layout of an input for a protocol: messages one after the other, each::

    from server 1 bit, 15 bits length | bytes

Layout of an input of packets::

    link type 1, length 2 | bytes
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import numpy as np
import pyarrow as pa

from parsers.columns import Conversations, Origin
from parsers.dissection import Dissector
from parsers.frame import decode_frames
from parsers.link_table import LinkTables
from parsers.message import BROKEN_BY_GAP, CONVERSATION, MALFORMED_BYTES, MESSAGE, WHOLE
from parsers.tracker import Limits
from sensors.batch import PacketBatch

MOST_MESSAGES = 64
"""Messages or packets of an input that are looked at."""
LINK_TYPES = (1, 101, 0, 108, 113, 276, 228, 229, 147)
"""Link types an input's byte chooses from: those that are decoded, and one that is not."""

Run = Callable[[bytes], None]


def unpack(value: bytes) -> list[tuple[bool, bytes]]:
    """Messages of an input: whether from the server, and bytes; the last may be shorter than it says."""
    found: list[tuple[bool, bytes]] = []
    at = 0
    while at + 2 <= len(value) and len(found) < MOST_MESSAGES:
        head = int.from_bytes(value[at : at + 2])
        found.append((bool(head >> 15), value[at + 2 : at + 2 + (head & 0x7FFF)]))
        at += 2 + (head & 0x7FFF)
    return found


def make_protocol(name: str, framing: str) -> Run:
    """Run of a protocol: its framing on every message, and its table on what the framing finds."""
    recognise, measure, find = find_framing(name, framing)
    make_table, app = _find_table(name), _number(name)
    origin = Origin("c" * 64, "fuzz", lambda *_: "")
    limits = Limits(flows=64, slots=4, pending=64, fragments=4)
    conversations = np.zeros(1, dtype=CONVERSATION).view(np.recarray)
    conversations.app, conversations.version, conversations.protocol, conversations.vlan = app, 4, 6, -1
    shared = Conversations(conversations, origin)

    def run(value: bytes) -> None:
        parts = unpack(value)
        data = np.frombuffer(bytearray(b"".join(part for _, part in parts)), dtype=np.uint8)
        pieces, at = [], 0
        for number, (from_server, part) in enumerate(parts):
            for served, whole in ((False, False), (False, True), (True, False), (True, True)):
                verdict, role = recognise(data, at, at + len(part), served, whole)
                assert verdict in (-1, 0, 1), verdict
                assert 0 <= role <= 3, role
            found = _split(data, at, at + len(part), from_server, measure, find)
            pieces += [(number, from_server, *piece) for piece in found]
            at += len(part)
        messages = _lay_out(pieces, app)
        check(make_table(origin, limits).add(data, data, messages, shared, flush=True))

    return run


def _split(data: Any, pos: int, end: int, from_server: bool, measure: Any, find: Any) -> Iterator[tuple[int, int, int]]:
    """Messages as the stream layer cuts them: start, length and status."""
    for _ in range(MOST_MESSAGES):
        if pos >= end:
            return
        size = int(measure(data, pos, end, not from_server))
        assert size >= -1, size
        if size > end - pos or size == 0:
            yield pos, end - pos, BROKEN_BY_GAP
            return
        if size < 0:
            following = int(find(data, pos + 1, end, not from_server))
            assert pos < following <= end, (pos, following, end)
            yield pos, following - pos, MALFORMED_BYTES
            pos = following
        else:
            yield pos, size, WHOLE
            pos += size


def _lay_out(pieces: list[tuple[int, bool, int, int, int]], app: int) -> Any:
    """MESSAGE[n] of the pieces, every other one in the spill buffer."""
    messages: Any = np.zeros(len(pieces), dtype=MESSAGE).view(np.recarray)
    for at, (number, from_server, offset, length, status) in enumerate(pieces):
        m = messages[at]
        m.offset, m.length, m.wire, m.status = offset, length, length, status
        m.packet = m.packet_end = number
        m.ts_ns = m.end_ns = 1_700_000_000_000_000_000 + number
        m.flow_uid, m.pdu, m.from_server, m.app, m.spill = 1, at, from_server, app, at & 1
    return messages


def check(made: Any) -> None:
    """Demand that tables are sound to the last value; ``made`` is a table or a dictionary of tables."""
    for table in made.values() if isinstance(made, dict) else (made,):
        assert isinstance(table, pa.Table), type(table)
        table.validate(full=True)


def find_framing(name: str, framing: str) -> tuple[Any, Any, Any]:
    """Functions that recognise, measure and find messages; those of Modbus take other arguments."""
    module = import_module(f"parsers.{name}_frame")
    if framing != "mbap":
        recognise, measure, find = (getattr(module, f"{verb}_{framing}") for verb in ("recognise", "measure", "find"))
        return recognise, measure, find
    return (
        getattr(module, "recognise_mbap", lambda *at: (1 if module.measure_mbap(*at[:3]) > 0 else -1, 0)),
        lambda buf, pos, end, _: module.measure_mbap(buf, pos, end),
        lambda buf, pos, end, _: module.find_mbap(buf, pos, end, pos),
    )


def _find_table(name: str) -> Any:
    """Class of the protocol's table."""
    module = import_module(f"parsers.{name}_table")
    return next(found for word, found in vars(module).items() if word.lower() == f"{name}table")


def _number(name: str) -> int:
    """Number of the protocol."""
    return int(getattr(import_module("parsers.protocol"), name.upper()))


def make_frame() -> Run:
    """Run of link layer to transport, and of the tables made of frames that are not IP."""

    def run(value: bytes) -> None:
        batch = make_batch(value)
        for verify in (False, True):
            frames = decode_frames(batch, verify_checksums=verify)
            inside = (frames.payload >= 0) & (frames.payload + frames.payload_len <= len(batch.data))
            assert inside[frames.status == 0].all()
        check(LinkTables(Origin("c" * 64, "fuzz", lambda *_: "")).add(batch, frames))

    return run


def make_dissection() -> Run:
    """Run of the whole parser stage on packets."""
    limits = Limits(flows=16, slots=2, pending=16, fragments=2)

    def run(value: bytes) -> None:
        dissector = Dissector("c" * 64, "fuzz", limits=limits)
        check(dissector.feed(make_batch(value)))
        check(dissector.finish())
        assert all(number >= 0 for number in dissector.counters.values())

    return run


def make_batch(value: bytes) -> PacketBatch:
    """Batch of the packets of an input."""
    offsets: list[int] = []
    lengths: list[int] = []
    links: list[int] = []
    at = 0
    while at + 3 <= len(value) and len(offsets) < MOST_MESSAGES:
        length = min(int.from_bytes(value[at + 1 : at + 3]), len(value) - at - 3)
        offsets.append(at + 3)
        lengths.append(length)
        links.append(LINK_TYPES[value[at] % len(LINK_TYPES)])
        at += 3 + length
    return PacketBatch(
        data=np.frombuffer(bytearray(value), dtype=np.uint8),
        offset=np.array(offsets, dtype=np.int64),
        caplen=np.array(lengths, dtype=np.uint32),
        wirelen=np.array(lengths, dtype=np.uint32),
        ts_ns=np.arange(len(offsets), dtype=np.int64) * 1_000_000,
        linktype=np.array(links, dtype=np.uint16),
        first=0,
    )
