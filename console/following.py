"""The read copy on a cluster follows what people change, within seconds, whatever job the worker is at.

It looks at the end of the audit, so that edits of every console and command on this ledger are followed. An edit never
waits for it, and what could not be sent is counted in the ledger and sent later.
"""

from __future__ import annotations

import logging
import threading
from types import TracebackType
from typing import TYPE_CHECKING, Self

from console.work_settings import WorkSettings
from correlation.mirror import mirror_changes
from correlation.opening import find_folder, open_elastic
from wanglou.errors import StoreError
from wanglou.ledger import Ledger

if TYPE_CHECKING:
    from correlation.elastic import Elastic

LOOK_S = 1.0
"""Seconds between two looks at the end of the audit."""
FIRST_WAIT_S, MOST_WAIT_S = 5.0, 600.0
"""Seconds before another attempt after one that failed: twice as many each time."""
_log = logging.getLogger(__name__)


class Follower:
    """Keeps the copy of one store up in a thread of its own; a lake has none."""

    def __init__(self, settings: WorkSettings, ledger: Ledger) -> None:
        """Start nothing yet; ``ledger`` has the tables of all stages."""
        self._place, self._ledger = settings.store, ledger
        self._seen = -1
        self._wait_s = 0.0
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="follower", daemon=True)

    def look(self, store: Elastic) -> float:
        """Follow the audit as far as it goes; gives how many seconds to wait before the next look."""
        try:
            seq = self._ledger.head().count
            if seq != self._seen:
                mirror_changes(store, self._ledger)
                self._seen = seq
        except StoreError as error:
            _log.warning("the read copy on the cluster could not be brought up: %s", error)
            self._wait_s = min(2 * self._wait_s or FIRST_WAIT_S, MOST_WAIT_S)
            return self._wait_s
        except Exception:  # noqa: BLE001 - a worker's rim: it tells, and goes on
            _log.exception("could not follow the audit")
            return MOST_WAIT_S
        self._wait_s = 0.0
        return LOOK_S

    def _run(self) -> None:
        with open_elastic(self._place) as store:
            wait_s = LOOK_S
            while not self._ending.wait(wait_s):
                wait_s = self.look(store)

    def __enter__(self) -> Self:
        """Begin, where the store is a cluster."""
        if find_folder(self._place) is None:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End, with what is being sent."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join()
