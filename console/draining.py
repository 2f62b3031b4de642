"""Sending what waits in the spool of a cluster that was out of reach: the worker does it while it has no job.

The captures that are complete with it go through the later stages, as if they had just been read.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self

from console.announcement import announce_alerts, announce_stages
from console.work_settings import WorkSettings
from correlation.opening import find_folder, open_elastic
from correlation.store import CaptureRecord
from wanglou.audit import Actor
from wanglou.errors import StoreError
from wanglou.ledger import Ledger
from wanglou.site import Site
from wanglou.stages import update_stages

if TYPE_CHECKING:
    from correlation.elastic import Elastic

ROUND = 32
"""Entries that are sent before it is looked for a job again."""
PROBE_S = 15.0
"""Seconds between two attempts while the cluster is away, or refuses what waits."""
_log = logging.getLogger(__name__)


class Drainer:
    """Empties the spool of one store; a lake has none."""

    def __init__(
        self,
        settings: WorkSettings,
        ledger: Ledger,
        site: Site | None,
        actor: Actor,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open nothing yet; ``ledger`` has the tables of all stages, ``clock`` gives seconds."""
        self._settings, self._ledger, self._site, self._actor, self._clock = settings, ledger, site, actor, clock
        self._store: Elastic | None = None
        self._complete: dict[str, CaptureRecord] = {}
        self._next_s = clock()

    def drain(self) -> bool:
        """Send some of what waits, where it is time to try; gives whether anything was done.

        A cluster that is away, or refuses it, is tried again later; that is logged, and nothing is lost.
        """
        if find_folder(self._settings.store) is not None or self._clock() < self._next_s:
            return False
        if self._store is None:
            self._store = open_elastic(self._settings.store)
        try:
            return self._send(self._store)
        except StoreError as error:
            _log.warning("what waits in the spool could not be sent: %s", error)
        except Exception:  # noqa: BLE001 - a worker's rim: captures that were sent are followed when it tidies up
            _log.exception("could not follow what was sent from the spool")
            self._complete.clear()
        self._next_s = self._clock() + PROBE_S
        return False

    def _send(self, store: Elastic) -> bool:
        if not store.waiting().entries:
            return self._follow(store)
        sent = store.drain(ROUND, self._note)
        waiting = store.waiting()
        if sent:
            _log.info("sent from the spool entries=%d left=%d", sent, waiting.entries)
        else:  # another process has its turn
            self._next_s = self._clock() + PROBE_S
        return bool(sent) or self._follow(store)

    def _note(self, capture: CaptureRecord) -> None:
        self._complete[capture.identity] = capture

    def _follow(self, store: Elastic) -> bool:
        """Bring the later stages up to the captures that are complete now; gives whether there were any."""
        if not self._complete:
            return False
        for identity in self._complete:
            announce_alerts(self._ledger, store, identity, identity)
        stages = update_stages(store, self._ledger, self._site, [*self._complete], self._actor)
        for identity, capture in self._complete.items():
            announce_stages(self._ledger, stages, identity, capture.enterprise)
        self._complete.clear()
        return True

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Let go of the store."""
        if self._store is not None:
            self._store.close()
