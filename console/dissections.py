"""Packets as tshark dissects them in a child process: a few at a time, the latest kept."""

from __future__ import annotations

import tempfile
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sensors.cutting import Packet, pack_packets
from sensors.inspect import dissect
from wanglou.errors import WanglouError

AT_ONCE = 2
"""Child processes at the same time."""
MOST_KEPT = 32
SECONDS = 20.0
MEGABYTES = 1024
Trees = list[dict[str, Any]]


class Dissections:
    """Dissects packets; safe for any number of threads."""

    def __init__(self) -> None:
        """Begin with nothing kept."""
        self._kept: OrderedDict[tuple[Any, ...], Trees] = OrderedDict()
        self._lock = threading.Lock()
        self._turns = threading.BoundedSemaphore(AT_ONCE)

    def dissect(self, capture: str, packets: Sequence[Packet], decode_as: Mapping[str, str]) -> Trees:
        """Dissect packets of a capture, named by its identity; raises WanglouError where tshark is missing or fails."""
        key = (capture, tuple(packet.ordinal for packet in packets), tuple(sorted(decode_as.items())))
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        if not self._turns.acquire(timeout=SECONDS):
            raise WanglouError("packets of others are being dissected", do="try again in a while")
        try:
            trees = _dissect(packets, decode_as)
        finally:
            self._turns.release()
        with self._lock:
            self._kept[key] = trees
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return trees


def _dissect(packets: Sequence[Packet], decode_as: Mapping[str, str]) -> Trees:
    if not packets:
        return []
    with tempfile.TemporaryDirectory(prefix="wanglou-evidence-") as folder:
        path = Path(folder) / "cut.pcapng"
        path.write_bytes(pack_packets(packets))
        return dissect(path, seconds=SECONDS, megabytes=MEGABYTES, decode_as=decode_as)


DISSECTIONS = Dissections()
"""Those of this process."""
