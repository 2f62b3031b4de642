"""What a batch's Handle messages are before they are decoded: fragments joined, stored messages added."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parsers.handle_fragment import COMPLETE, OPEN, collect_fragments, join_fragments, mark_fragments
from parsers.handle_pdu import NO_ERROR
from parsers.message import MESSAGE, copy_messages
from parsers.packet import Bytes


@dataclass(frozen=True, slots=True)
class Stored:
    """A message that is kept beyond its batch: its record, and its bytes."""

    message: Any
    """MESSAGE[1]."""
    content: Bytes


@dataclass(frozen=True, slots=True)
class Intake:
    """Messages to decode, and how they came to be."""

    data: Bytes
    spill: Bytes
    messages: Any
    """MESSAGE[n + m]: n of the batch, in the order in which they were whole, then m that were stored."""
    count: int
    """n."""
    faults: NDArray[np.uint8]
    """uint8[n + m]: what was wrong with a message's fragments."""
    fragments: NDArray[np.int32]
    """int32[n + m]: datagrams that carried it."""
    held: NDArray[np.int64]
    """Rows of the given messages that are fragments of what is not whole yet."""
    joined: dict[int, NDArray[np.int64]]
    """Rows of the given messages that a message of several fragments was made from."""
    source: NDArray[np.int64]
    """int64[n]: row of the given messages of each message that is none of ``joined``."""
    doubled: int
    """Fragments that had come before."""


def take_messages(
    data: Bytes, spill: Bytes, messages: Any, is_datagram: NDArray[np.bool_], stored: list[Stored], *, most: int,
    flush: bool,
) -> Intake:  # fmt: skip
    """Join what came in fragments and put ``stored`` behind; bytes are copied only where either is needed.

    ``is_datagram`` bool[n] tells which messages came over UDP; ``most`` bounds the fragments that go on waiting.
    """
    n = len(messages)
    marks = np.empty(n, dtype=np.bool_)
    mark_fragments(data, spill, messages, marks)
    rows = np.flatnonzero(marks & is_datagram)
    nothing, every = np.empty(0, dtype=np.int64), np.arange(n, dtype=np.int64)
    if not len(rows) and not stored:
        zeros, ones = np.zeros(n, dtype=np.uint8), np.ones(n, dtype=np.int32)
        return Intake(data, spill, messages, n, zeros, ones, nothing, {}, every, 0)
    return _join(data, spill, messages, rows, stored, most=most, flush=flush)


def _join(
    data: Bytes, spill: Bytes, messages: Any, rows: NDArray[np.int64], stored: list[Stored], *, most: int, flush: bool
) -> Intake:
    """Copy all bytes into one buffer, the joined messages and the stored ones behind those that were whole."""
    now_ns = int(messages["ts_ns"].max()) if len(messages) else 0
    found = collect_fragments(data, spill, messages, rows, now_ns=now_ns, most=most, flush=flush)
    done = found.sets[found.sets["state"] != OPEN]
    plain = np.ones(len(messages), dtype=np.bool_)
    plain[rows] = False
    source = np.flatnonzero(plain)
    kept = messages[source].copy()
    joined = messages[found.members[done["first"]]].copy()
    lengths = [int(kept["length"].sum()), int(messages["length"][rows].sum()), *(len(s.content) for s in stored)]
    out = np.empty(sum(lengths) + 1, dtype=np.uint8)
    copy_messages(data, spill, kept, out)
    end = join_fragments(data, spill, messages, done, found.members, joined, out, lengths[0])
    order = np.argsort(np.concatenate([source, done["last"]]), kind="stable")
    faults = np.concatenate([np.full(len(kept), NO_ERROR), done["fault"]])[order]
    counts = np.concatenate([np.ones(len(kept)), np.where(done["state"] == COMPLETE, done["count"], 1)])[order]
    together = np.concatenate([kept, joined])[order]
    made = {
        at: found.members[done["first"][k] : done["first"][k] + done["count"][k]]
        for at, k in enumerate((order - len(kept)).tolist())
        if k >= 0
    }
    extra = _place(stored, out, end)
    waiting = found.sets[found.sets["state"] == OPEN]
    held = [found.members[s["first"] : s["first"] + s["count"]] for s in waiting]
    return Intake(
        out, out, np.concatenate([together, *extra]).view(np.recarray), len(together),
        np.concatenate([faults, np.zeros(len(stored))]).astype(np.uint8),
        np.concatenate([counts, np.ones(len(stored))]).astype(np.int32),
        np.concatenate([np.empty(0, dtype=np.int64), *held]), made,
        np.concatenate([source, np.full(len(done), -1)])[order].astype(np.int64), found.doubled,
    )  # fmt: skip


def _place(stored: list[Stored], out: Bytes, end: int) -> list[Any]:
    """Lay the bytes of stored messages into ``out`` from ``end`` on; their records, pointing there."""
    placed = []
    for one in stored:
        message = one.message.copy()
        message["offset"], message["spill"] = end, 1
        out[end : end + len(one.content)] = one.content
        end += len(one.content)
        placed.append(message)
    return placed


def store_message(data: Bytes, spill: Bytes, message: Any, most: int) -> Stored:
    """Copy a message out of its batch, at most ``most`` bytes of it; ``message`` is MESSAGE[1]."""
    kept = message.copy()
    kept["length"] = min(int(kept["length"][0]), most)
    content = np.empty(int(kept["length"][0]), dtype=np.uint8)
    copy_messages(data, spill, kept.view(np.recarray), content)
    return Stored(np.asarray(kept, dtype=MESSAGE), content)


def return_messages(messages: Any, intake: Intake, waiting: NDArray[np.int32], marks: NDArray[np.uint8]) -> Any:
    """Given messages that must come again with the next batch, in packet order.

    ``waiting`` are rows of the intake's messages whose reply has not come, ``marks`` their pairing's duplicate marks.
    """
    if not intake.joined and not len(intake.held):
        found = messages[intake.source[waiting]].copy()
        found["duplicate"] = marks
        return found
    rows, duplicates = [intake.held], [messages["duplicate"][intake.held]]
    for at, mark in zip(waiting.tolist(), marks.tolist(), strict=True):
        own = intake.joined.get(at)
        own = intake.source[at : at + 1] if own is None else own
        rows.append(own)
        duplicates.append(np.full(len(own), mark, dtype=np.uint8))
    every = np.concatenate(rows)
    order = np.argsort(every, kind="stable")
    found = messages[every[order]].copy()
    found["duplicate"] = np.concatenate(duplicates)[order]
    return found
