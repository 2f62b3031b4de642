"""The whole parser stage: batches of packets in, tables out."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from parsers.columns import Conversations, Origin
from parsers.derived import DerivedTables
from parsers.flow_table import make_flow_table
from parsers.fragment import Fragments
from parsers.frame import OK, STATUS_COUNTERS, count_statuses, decode_frames, tell_statuses
from parsers.packet import FRAME
from parsers.registry import FRAME_TABLES
from parsers.slot import SLOT_BYTES
from parsers.tabulation import Tabulation
from parsers.tracker import Limits, Tracked, Tracker
from sensors.batch import PacketBatch
from wanglou.site import Site

VERSION = 3
"""Raised whenever the same bytes would give other records, so that stores know what is out of date."""

_NOTHING: NDArray[np.uint8] = np.empty(0, dtype=np.uint8)


class Dissector:
    """Dissects one capture; all state is here, so two captures share nothing."""

    def __init__(
        self,
        capture: str,
        observer: str,
        organization: str = "",
        site: Site | None = None,
        *,
        limits: Limits | None = None,
        verify_checksums: bool = False,
    ) -> None:
        """Start with empty tables.

        ``organization`` is the enterprise of all traffic; without it the site file's address ranges decide.
        """
        limits = limits or Limits()
        origin = Origin(capture, observer, _choose_organization(organization, site))
        self._origin, self._limits, self._verify = origin, limits, verify_checksums
        self._tracker, self._fragments = Tracker(limits), Fragments(limits.fragments)
        self._tabulation = Tabulation(origin, limits)
        self._frame_tables = [table(origin) for table in FRAME_TABLES]
        self.derived = DerivedTables(origin)
        """What makes records of all that ``read`` gives."""
        self._frames: Any = np.recarray(0, dtype=FRAME)
        self._spill = _NOTHING
        self._counters = dict.fromkeys(STATUS_COUNTERS, 0)

    def feed(self, batch: PacketBatch) -> dict[str, pa.Table]:
        """Dissect a batch; tables of what became complete, by dataset name."""
        return self.derived.extend(self.read(batch))

    def finish(self) -> dict[str, pa.Table]:
        """End the capture: flows end, requests stop waiting."""
        return self.derived.extend(self.read_end())

    def read(self, batch: PacketBatch) -> dict[str, pa.Table]:
        """As ``feed``, before anything is derived: ``derived`` takes it in the same order, in any thread."""
        if not batch.data.flags.writeable:  # kernels are compiled for one kind of array
            batch = replace(batch, data=batch.data.copy())
        data = batch.data
        if len(self._frames) < len(batch):
            self._frames = np.recarray(len(batch) * 5 // 4, dtype=FRAME)
        frames = decode_frames(batch, verify_checksums=self._verify, frames=self._frames)
        spilled = self._begin_spill(len(data))
        statuses = tell_statuses(frames)
        if statuses[OK] < len(frames):
            spilled = self._fragments.rebuild(data, frames, batch.ts_ns, self._spill, spilled, verify=self._verify)
            statuses = tell_statuses(frames)
        count_statuses(frames, statuses, self._counters)
        carried = self._tabulation.carried
        tracked = self._tracker.track(data, frames, batch.ts_ns, batch.first, self._spill, spilled, carried)
        seen: dict[str, pa.Table] = {}
        for table in self._frame_tables:
            seen |= table.add(batch, frames)
        return self._tabulate(data, tracked, seen, flush=False)

    def read_end(self) -> dict[str, pa.Table]:
        """As ``finish``, before anything is derived."""
        spilled = self._begin_spill(0)
        tracked = self._tracker.finish(self._spill, spilled, self._tabulation.carried)
        return self._tabulate(_NOTHING.copy(), tracked, {}, flush=True)

    @property
    def status_counters(self) -> dict[str, int]:
        """Packets by how they decoded."""
        return dict(self._counters)

    @property
    def counters(self) -> dict[str, int]:
        """Packets by how they decoded, and everything that was lost or bounded."""
        total = {**self._counters, **self._tracker.counters, **self._fragments.counters, **self._tabulation.counters}
        for table in self._frame_tables:
            total |= table.counters
        return total | self.derived.counters

    def _begin_spill(self, batch_bytes: int) -> int:
        """Make room for what a batch can spill and put the carried bytes first; returns how far it is filled."""
        carried = self._tabulation.carried.data
        needed = len(carried) + 3 * batch_bytes + self._limits.slots * SLOT_BYTES + self._limits.fragments * 4096
        if len(self._spill) < needed:
            self._spill = np.empty(needed, dtype=np.uint8)
        self._spill[: len(carried)] = carried
        return len(carried)

    def _tabulate(
        self, data: NDArray[np.uint8], tracked: Tracked, seen: dict[str, pa.Table], *, flush: bool
    ) -> dict[str, pa.Table]:
        """Tables of a batch: ``seen`` from its frames, then those of flows and messages."""
        conversations = Conversations(tracked.conversations, self._origin)
        tables = seen
        if len(tracked.ended_flows):
            tables["flow"] = make_flow_table(tracked.ended_flows, tracked.ended_sides, conversations, self._origin)
        return tables | self._tabulation.add(data, self._spill, tracked, conversations, flush=flush)


def _choose_organization(organization: str, site: Site | None) -> Any:
    """How a conversation's enterprise is told: the one given, else the server's range, else the client's."""

    @lru_cache(maxsize=8_192)
    def choose(source: str, destination: str) -> str:
        if organization or site is None:
            return organization
        enterprise = site.find_enterprise(destination) or site.find_enterprise(source)
        return enterprise.id if enterprise else ""

    return choose
