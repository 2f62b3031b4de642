"""Carrying what is to be written to a cluster: at once where it answers, else over a spool, in order.

What is carried are small orders that may be carried out twice: a capture begins, documents are written under their
ids, a capture ends. While the cluster is out of reach they wait in the spool; it is tried every ``PROBE_S`` seconds,
and once it answers, what waits goes before what comes.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from correlation.elastic_bulk import PATIENCE_S, Item
from correlation.elastic_cluster import Cluster
from correlation.elastic_error import failing, is_passing
from correlation.ingest import ALERTS
from correlation.minute_rollup import ROLLUPS
from correlation.spool import Spool
from correlation.store import CaptureRecord
from wanglou.errors import StoreError

PROBE_S = 15.0
"""Seconds between two attempts to reach the cluster."""
ROUND = 8
"""Entries that are sent before new records are taken on: draining holds no sensor up for long."""
Done = Callable[[CaptureRecord], None]
"""Is told a capture that is complete."""


@dataclass(frozen=True, slots=True)
class Order:
    """One thing to do on the cluster."""

    kind: str
    """``begin``, ``write`` or ``complete``."""
    capture: CaptureRecord | None = None
    items: tuple[Item, ...] = ()
    """Documents to write; of ``complete`` the alerts, as a whole."""
    datasets: tuple[str, ...] = ()
    """Datasets whose records are to be found from then on; of ``begin`` those that are counted by the minute."""
    counters: Mapping[str, int] | None = None
    detection_digest: str = ""

    def pack(self) -> bytes:
        """Write it for the spool."""
        return json.dumps(asdict(self), ensure_ascii=True).encode()


def unpack_order(content: bytes) -> Order:
    """Read what ``pack`` wrote."""
    told: dict[str, Any] = json.loads(content)
    told["capture"] = CaptureRecord(**told["capture"]) if told["capture"] else None
    told["items"] = tuple(Item(**item) for item in told["items"])
    return Order(**{**told, "datasets": tuple(told["datasets"])})


def carry_out(cluster: Cluster, order: Order, patience_s: float = PATIENCE_S) -> int:
    """Do it; gives how many documents were refused. Raises StoreError. Doing it again changes nothing."""
    dead = 0
    with failing(cluster.where):
        if order.kind == "begin" and order.capture is not None:
            _begin(cluster, order.capture, order.datasets)
        if order.items:
            dead = cluster.write(order.items, patience_s)
        if order.kind == "complete" and order.capture is not None:
            _complete(cluster, order.capture, order, dead)
    return dead


def _begin(cluster: Cluster, capture: CaptureRecord, rolled: Sequence[str]) -> None:
    """Note a capture; what an earlier run parsed otherwise, or counted, goes first."""
    known = cluster.captures.find(capture)
    if known is not None and known["parser_digest"] != capture.parser_digest:
        for dataset in cluster.datasets:
            cluster.delete_found(dataset, cluster.of_capture(capture.identity))
    elif known is not None and ROLLUPS in cluster.datasets:
        counted = {"terms": {"wanglou.rollup.dataset": list(rolled)}}
        query = {"bool": {"filter": [cluster.of_capture(capture.identity)], "must_not": [counted]}}
        cluster.delete_found(ROLLUPS, query)
    cluster.captures.save(capture, "ingesting")


def _complete(cluster: Cluster, capture: CaptureRecord, order: Order, dead: int) -> None:
    """Let the records be found, take away the alerts that the capture no longer has, and mark it complete."""
    cluster.refresh(*order.datasets, ALERTS)
    replace_alerts(cluster, capture.identity, order.items)
    counters = dict(order.counters or {})
    if dead:
        counters["store_dead_letters"] = counters.get("store_dead_letters", 0) + dead
    cluster.captures.save(capture, "complete", counters=counters, detection_digest=order.detection_digest)


def replace_alerts(cluster: Cluster, identity: str, items: Sequence[Item]) -> None:
    """Remove the alerts of a capture that are none of these, which were written."""
    ids = {item.id for item in items}
    cluster.delete_found(ALERTS, cluster.of_capture(identity), ids.__contains__)


class Courier:
    """Brings orders to one cluster, or keeps them in the spool meanwhile."""

    def __init__(
        self,
        cluster: Cluster,
        spool: Spool,
        prepare: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Carry orders out on ``cluster``, after ``prepare`` once it is in reach; ``clock`` gives seconds."""
        self._cluster, self._spool, self._prepare, self._clock = cluster, spool, prepare, clock
        self._is_down = not spool.is_empty()
        self._next_s = clock()
        self._lock = threading.Lock()

    def is_down(self) -> bool:
        """True while orders have to wait: the cluster was out of reach, or others still wait before them."""
        if self._is_down and self._spool.is_empty():
            self._is_down = False
        return self._is_down

    def bring(self, order: Order) -> tuple[int, bool | None]:
        """Carry an order out, or keep it; gives how many documents were refused, and what ``keep`` gives."""
        if not self.is_down():
            try:
                return carry_out(self._cluster, order, PROBE_S), None
            except StoreError as error:
                if not is_out_of_reach(error):
                    raise
        return 0, self.keep(order)

    def keep(self, order: Order) -> bool:
        """Put an order into the spool; False where it has no room."""
        with self._lock:
            if not self._is_down:
                self._is_down, self._next_s = True, self._clock() + PROBE_S
        return self._spool.add(order.pack(), len(order.items), urgent=order.kind != "write")

    def lose(self, rows: int) -> None:
        """Count documents that found no room."""
        self._spool.lose(rows)

    def explain_full(self) -> StoreError:
        """Tell that the spool has no room."""
        what = f"the cluster is out of reach, and the spool is full ({self._spool.max_bytes:,} bytes)"
        do = "bring the cluster back, then run the same command again"
        return StoreError(what, where=str(self._spool.folder), do=do)

    def visit(self, most: int = ROUND) -> None:
        """Send some of what waits, where it is time to try; a cluster that is still out of reach is no error."""
        if self.is_down() and self._clock() >= self._next_s:
            try:
                self.drain(most)
            except StoreError as error:
                if not is_out_of_reach(error):
                    raise
                self._next_s = self._clock() + PROBE_S

    def drain(self, most: int = 0, done: Done = lambda _capture: None) -> int:
        """Send what waits in order, or the first ``most`` entries; gives how many. Raises StoreError.

        ``done`` is told each capture that is complete with it.
        """
        sent = 0
        with self._spool.taking() as is_mine:
            while is_mine and (entry := self._spool.first()) is not None and (not most or sent < most):
                if not sent:
                    self._prepare()
                order = unpack_order(self._spool.read(entry))
                carry_out(self._cluster, order, PROBE_S)
                if order.kind == "complete" and order.capture is not None:
                    done(order.capture)
                self._spool.remove(entry)
                sent += 1
        return sent


def is_out_of_reach(error: Exception) -> bool:
    """True for an error of the way to a cluster, or of one that cannot answer now."""
    cause = error.__cause__
    return isinstance(cause, Exception) and is_passing(cause)


class Keeper:
    """What one capture brings over a courier, and what of it waits or was lost."""

    def __init__(self, courier: Courier, *, may_lose: bool) -> None:
        """Use ``courier``; a spool without room loses and counts where that may be, else it is an error."""
        self._courier, self._may_lose = courier, may_lose
        self._kept = self._lost = 0
        self._lock = threading.Lock()

    def is_down(self) -> bool:
        """True while documents have to wait."""
        return self._courier.is_down()

    def keep(self, items: Sequence[Item]) -> None:
        """Take documents that could not be sent; raises StoreError where they can neither wait nor be lost."""
        self._note(len(items), has_room=self._courier.keep(Order("write", items=tuple(items))))

    def bring(self, order: Order) -> int:
        """Carry an order out, now or later; gives how many documents were refused."""
        dead, has_room = self._courier.bring(order)
        if has_room is not None:
            self._note(len(order.items), has_room=has_room)
        return dead

    def _note(self, rows: int, *, has_room: bool) -> None:
        if not has_room and not self._may_lose:
            raise self._courier.explain_full()
        with self._lock:
            self._kept += rows if has_room else 0
            self._lost += 0 if has_room else rows
        if not has_room:
            self._courier.lose(rows)

    @property
    def losses(self) -> dict[str, int]:
        """What was lost, for the capture's counters."""
        return {"store_spool_lost": self._lost} if self._lost else {}

    @property
    def counters(self) -> dict[str, int]:
        """What was lost, and what may still wait."""
        waiting = {"store_spooled": self._kept} if self._kept and self.is_down() else {}
        return {**self.losses, **waiting}
