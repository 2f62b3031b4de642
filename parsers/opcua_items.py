"""Which node a notified value is of: monitored items by the client handle their creation gave them.

A Publish reply names values by client handle only (OPC 10000-4 §7.25.2); the request that created the item says which
node it watches (§5.13.2).
"""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from parsers.opcua_program import TAGS
from parsers.opcua_rows import Events, Sorted
from parsers.opcua_value import decode_node_id
from parsers.spans import TEXT_BYTES

ITEMS_MAX = 65_536
"""Monitored items remembered; the longest unused is forgotten first."""
CREATE_ITEMS, PUBLISH, REPUBLISH = 751, 826, 832

Key = tuple[int, int, int]
"""Connection, subscription and client handle."""
Buffers = tuple[NDArray[np.uint8], NDArray[np.uint8]]


class Resolved(NamedTuple):
    """Nodes of notified values, in the order of the rows."""

    row: NDArray[np.int32]
    code: NDArray[np.int32]
    """Number of the node's text, -1: its creation was not seen."""
    texts: list[str]


class MonitoredItems:
    """Remembers the items that were created."""

    def __init__(self) -> None:
        self._nodes: OrderedDict[Key, str] = OrderedDict()
        self.forgotten = 0

    def follow(
        self, buffers: Buffers, found: Sorted, flows: NDArray[np.int64], services: NDArray[np.int64],
        complete: NDArray[np.bool_],
    ) -> Resolved | None:  # fmt: skip
        """Learn from the creations among the rows and tell the nodes of notified values, in the order of the rows.

        ``flows`` and ``services`` int64[n] are each row's connection and request type, ``complete`` bool[n] whether
        it has a request and a reply. None: there is nothing to tell.
        """
        handles = found.take(TAGS["item.client_handles"])
        subscriptions = np.full(len(flows), -1, dtype=np.int64)
        told = found.take(TAGS["subscription.id"])
        subscriptions[told.row] = told.value
        creations = np.flatnonzero((services == CREATE_ITEMS) & complete)
        notified = np.flatnonzero(np.isin(services[handles.row], (PUBLISH, REPUBLISH, PUBLISH + 3, REPUBLISH + 3)))
        own = handles.pick(notified)
        codes = np.full(len(notified), -1, dtype=np.int32)
        texts: dict[str, int] = {}
        bounds = [*np.searchsorted(own.row, creations).tolist(), len(notified)]
        start = 0
        for number, stop in enumerate(bounds):
            part = slice(start, stop)
            codes[part] = self._resolve(own.pick(part), flows, subscriptions, texts)
            if number < len(creations):
                row = int(creations[number])
                self._learn(buffers, found, handles, row, int(flows[row]), int(subscriptions[row]))
            start = stop
        return Resolved(own.row, codes, list(texts)) if texts else None

    def _learn(self, buffers: Buffers, found: Sorted, handles: Events, row: int, flow: int, subscription: int) -> None:
        """Remember the items of one request."""
        nodes = _choose_row(found.take(TAGS["nodes"]), row)
        for handle, at, length, spill in zip(
            _choose_row(handles, row).value.tolist(), nodes.value.tolist(), nodes.length.tolist(),
            nodes.spill.tolist(), strict=False,
        ):  # fmt: skip
            content = buffers[spill][at : at + min(length, TEXT_BYTES)].tobytes()
            key = flow, subscription, handle
            self._nodes[key] = decode_node_id(content)
            self._nodes.move_to_end(key)
        while len(self._nodes) > ITEMS_MAX:
            self._nodes.popitem(last=False)
            self.forgotten += 1

    def _resolve(
        self, own: Events, flows: NDArray[np.int64], subscriptions: NDArray[np.int64], texts: dict[str, int]
    ) -> NDArray[np.int32]:
        """Code of each value's node, looked up once per distinct item."""
        if not len(own.row) or not self._nodes:
            return np.full(len(own.row), -1, dtype=np.int32)
        keys = np.stack([flows[own.row], subscriptions[own.row], own.value])
        order = np.lexsort(keys)
        ordered = keys[:, order]
        begins = np.r_[True, (ordered[:, 1:] != ordered[:, :-1]).any(axis=0)]
        codes = np.empty(len(order), dtype=np.int32)
        distinct = [self._look_up(key, texts) for key in zip(*ordered[:, begins].tolist(), strict=True)]
        codes[order] = np.array(distinct, dtype=np.int32)[np.cumsum(begins) - 1]
        return codes

    def _look_up(self, key: tuple[int, ...], texts: dict[str, int]) -> int:
        """Code of an item's node, -1 where its creation was not seen."""
        flow, subscription, handle = key
        node = self._nodes.get((flow, subscription, handle))
        if node is None:
            return -1
        self._nodes.move_to_end((flow, subscription, handle))
        return texts.setdefault(node, len(texts))


def _choose_row(events: Events, row: int) -> Events:
    """Events of one row."""
    start, stop = np.searchsorted(events.row, [row, row + 1])
    return events.pick(slice(int(start), int(stop)))
