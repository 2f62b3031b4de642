"""The thread that writes: takes tables from a short queue, so that parsing never waits for encoding or the disk.

One thread does everything (splitting, encoding, flushing, listing), as Arrow releases the interpreter lock for nearly
all of it; at the end, when the others have nothing left to do, a second one helps. The queue is short, so memory is
bounded and a slow disk slows the parser instead of filling memory. An error stays with the thread and surfaces at the
next call.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa

from correlation.partitions import DatasetWriter
from correlation.segments import explain
from wanglou.errors import StoreError, WanglouError

QUEUE_TABLES = 3
"""Tables that wait: some 30 MB of Modbus records of 40,000 rows each."""


class Writer:
    """Writes one capture's tables in the background."""

    def __init__(
        self,
        folder: Path,
        open_dataset: Callable[[str], DatasetWriter],
        check: Callable[[Mapping[str, DatasetWriter], bool], None],
    ) -> None:
        """Start the thread; ``open_dataset`` makes a dataset's writer.

        ``check`` is called in the thread with all writers before each table and, with True, at the end; it raises
        where nothing can be written.
        """
        self._folder, self._open_dataset, self._check = folder, open_dataset, check
        self._datasets: dict[str, DatasetWriter] = {}
        self._queue: queue.Queue[tuple[str, pa.Table] | None] = queue.Queue(QUEUE_TABLES)
        self._error: BaseException | None = None
        self._abandoned = False
        self._thread = threading.Thread(target=self._run, name="lake-writer", daemon=True)
        self._thread.start()

    def append(self, dataset: str, table: pa.Table) -> None:
        """Hand over a table; waits while the queue is full."""
        self._raise()
        if not self._thread.is_alive():
            raise StoreError("the capture is finished, nothing can be appended", where=str(self._folder))
        self._queue.put((dataset, table))

    def finish(self) -> Mapping[str, DatasetWriter]:
        """Wait until everything is sealed and listed; gives the writers by dataset."""
        self._stop()
        self._raise()
        return self._datasets

    def abandon(self) -> None:
        """Stop at the next table and drop what is not sealed."""
        self._abandoned = True
        self._stop()

    def _stop(self) -> None:
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join()

    def _raise(self) -> None:
        if self._error is None:
            return
        if isinstance(self._error, WanglouError):
            raise self._error
        if isinstance(self._error, OSError):
            raise explain(self._error, self._folder) from self._error
        raise StoreError(f"writing failed: {self._error!r}", where=str(self._folder)) from self._error

    def _run(self) -> None:
        try:
            while (item := self._queue.get()) is not None:
                if self._error is None and not self._abandoned:
                    self._take(*item)
            if self._error is None and not self._abandoned:
                self._attempt(self._finish)
        finally:
            if self._error is not None or self._abandoned:
                for writer in self._datasets.values():
                    writer.give_up()

    def _finish(self) -> None:
        """Write what is left, two datasets side by side: the threads that parse and detect have ended by now."""
        self._check(self._datasets, True)
        with ThreadPoolExecutor(2, "lake-finish") as pool:
            for ended in [pool.submit(writer.finish) for writer in self._datasets.values()]:
                ended.result()

    def _take(self, dataset: str, table: pa.Table) -> None:
        def append() -> None:
            self._check(self._datasets, False)
            if dataset not in self._datasets:
                self._datasets[dataset] = self._open_dataset(dataset)
            self._datasets[dataset].append(table)

        self._attempt(append)

    def _attempt(self, action: Callable[[], object]) -> None:
        """Keep what goes wrong for the caller's thread; the queue is still emptied, so nobody waits for ever."""
        try:
            action()
        except Exception as error:  # noqa: BLE001 - a thread's rim: raised in the caller's thread by its next call
            self._error = error
        pa.default_memory_pool().release_unused()
