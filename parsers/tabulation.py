"""Messages of a batch to the tables of their protocols, and what waits in them to the next batch.

A table costs time for each of its columns, however few messages it is given. So messages of a protocol that is seldom
heard are gathered over a few batches, carried like those that wait for a reply.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from parsers.columns import Conversations, Origin
from parsers.message import CONVERSATION, MESSAGE, select_messages
from parsers.registry import MESSAGE_TABLES, Entry, MessageTable
from parsers.tracker import Carried, Limits, Tracked, carry_over

FEW_MESSAGES = 4_096
"""New messages of a batch that are gathered with those of the next batches, when there are no more."""
GATHERED_BATCHES = 8
"""Batches after which a table is given what was gathered, and bytes."""
GATHERED_BYTES = 1 << 22

_NOTHING: Any = np.recarray(0, dtype=MESSAGE)


class Tabulation:
    """The tables of all protocols; what they wait for is carried together."""

    def __init__(self, origin: Origin, limits: Limits, registry: Sequence[Entry] = MESSAGE_TABLES) -> None:
        """Start with nothing waiting."""
        self._names = [name for name, _, _ in registry]
        self._make = [partial(table, origin, limits) for _, table, _ in registry]
        self._tables: list[MessageTable | None] = [None] * len(registry)
        self._bits = [sum(1 << app for app in apps) for _, _, apps in registry]
        self._reads = np.zeros((len(registry), 256), dtype=np.bool_)
        for place, (_, _, apps) in enumerate(registry):
            self._reads[place, list(apps)] = True
        self._waiting = [0] * len(registry)
        self._most = limits.gathered
        self._unread = [0] * len(registry)
        self._gathered = [0] * len(registry)
        self._chosen = [_NOTHING] * len(registry)
        self._cut = 0
        self.carried = Carried(
            np.recarray(0, dtype=MESSAGE), np.recarray(0, dtype=CONVERSATION), np.empty(0, dtype=np.uint8)
        )
        """What must be given to the tracker with the next batch."""

    def add(
        self,
        data: NDArray[np.uint8],
        spill: NDArray[np.uint8],
        tracked: Tracked,
        conversations: Conversations,
        *,
        flush: bool,
    ) -> dict[str, pa.Table]:
        """Tables by dataset of what became complete."""
        tables = {}
        waiting = [_NOTHING] * len(self._tables)
        within = _NOTHING
        for place, name in enumerate(self._names):
            messages = self._choose(place, tracked, within)
            if self._is_gathering(place, messages) and not flush:
                waiting[place] = messages
            elif len(messages):
                table = self._tables[place] = self._tables[place] or self._make[place]()
                tables[name] = table.add(data, spill, messages, conversations, flush=flush)
                waiting[place] = table.waiting
                within = getattr(table, "envelopes", within)
        self._waiting = [len(part) for part in waiting]
        self.carried = carry_over(_join(waiting), tracked.conversations, data, spill)
        self._cut += self.carried.cut
        return tables

    def _is_gathering(self, place: int, messages: Any) -> bool:
        """Tell whether a table waits for more messages than these; counts for how many batches it does."""
        own, before = self._waiting[place], self._unread[place]
        unread = messages[own - before :]
        is_gathering = (
            len(messages) - own < FEW_MESSAGES
            and 0 < len(unread) < self._most
            and self._gathered[place] + 1 < GATHERED_BATCHES
            and int(unread["length"].sum(dtype=np.int64)) < GATHERED_BYTES
        )
        self._unread[place] = len(unread) if is_gathering else 0
        self._gathered[place] = self._gathered[place] + 1 if is_gathering else 0
        return is_gathering

    def _choose(self, place: int, tracked: Tracked, within: Any) -> Any:
        """What a table is given: what waited in it, the batch's messages of its protocols, those found in others.

        Nothing is copied where all messages are its own.
        """
        inside = within[self._reads[place][within["app"]]] if len(within) else within
        bits, own, carried = self._bits[place], self._waiting[place], sum(self._waiting)
        shared = any(bits & other for other in self._bits[:place] + self._bits[place + 1 :])
        if not tracked.spoken & ~bits and own == carried and not shared and not len(inside):
            return tracked.messages
        if not tracked.spoken & bits and not own:
            return inside
        if len(self._chosen[place]) < len(tracked.messages):
            self._chosen[place] = np.recarray(len(tracked.messages) * 5 // 4, dtype=MESSAGE)
        first, chosen = sum(self._waiting[:place]), self._chosen[place]
        count = select_messages(tracked.messages, first, own, carried, self._reads[place], chosen)
        return _join([chosen[:count], inside]) if len(inside) else chosen[:count]

    @property
    def counters(self) -> dict[str, int]:
        """Counters of all tables that were given something, those of one name added up."""
        total = Counter({"messages_cut": self._cut})
        for table in self._tables:
            total.update(table.counters if table else {})
        return dict(total)


def _join(parts: list[Any]) -> Any:
    """MESSAGE arrays one after the other; the only one that holds anything as it is."""
    parts = [part for part in parts if len(part)]
    if len(parts) == 1:
        return parts[0]
    joined: Any = np.recarray(sum(map(len, parts)), dtype=MESSAGE)
    at = 0
    for part in parts:
        joined[at : at + len(part)] = part
        at += len(part)
    return joined
