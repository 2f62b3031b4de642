"""Writing many documents: several requests at once, fewer when the cluster is busy, each document exactly once.

Documents carry ids made of what they are, and are created, never overwritten: a request that is sent again because its
answer was lost meets its own documents, which count as kept. What the server refuses for good goes to the dead letters.
"""

from __future__ import annotations

import json
import queue
import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from elasticsearch import ApiError, Elasticsearch, TransportError

from correlation.dead_letter import Action, DeadLetter, DeadLetters
from correlation.elastic_error import BLOCKED, explain, explain_reason, is_passing, read_reason
from wanglou.errors import StoreError

CHUNK_BYTES = 4 << 20
"""Bytes of one request, about: Elastic's guide finds 5 to 15 MB of use; less keeps memory and repeated work low."""
CHUNK_DOCUMENTS = 2_000
THREADS = 3
"""Requests under way at once."""
FIRST_WAIT_S, LONGEST_WAIT_S = 0.2, 30.0
"""Pause before the second attempt, doubled from one to the next."""
PATIENCE_S = 300.0
"""How long one request is tried before the writing fails."""
_BAD_REQUEST, _NOT_FOUND, _CONFLICT, _TOO_LARGE = 400, 404, 409, 413


@dataclass(frozen=True, slots=True)
class Item:
    """One document to write."""

    index: str
    id: str
    body: str
    """JSON; empty where it is deleted."""
    action: Action = "create"

    def lines(self) -> list[str]:
        """Write it for a bulk request."""
        head = json.dumps({self.action: {"_index": self.index, "_id": self.id}}, ensure_ascii=False)
        return [head, self.body] if self.body else [head]

    @property
    def size_bytes(self) -> int:
        """Bytes it takes in a request, about."""
        return len(self.body) + len(self.index) + len(self.id) + 40


@dataclass(slots=True)
class Written:
    """What became of the documents."""

    made: int = 0
    """Created, changed or deleted now."""
    known: int = 0
    """There already, or already deleted."""
    dead: int = 0
    """Refused for good."""
    retries: int = 0
    """Requests that were sent again, in whole or part."""


class Throttle:
    """How many requests may be under way: halved when the cluster is busy, one more after each success."""

    def __init__(self, most: int) -> None:
        """Begin with all ``most``."""
        self._most, self._allowed, self._running = most, float(most), 0
        self._changed = threading.Condition()

    @property
    def allowed(self) -> int:
        """Requests that may be under way now."""
        return max(1, int(self._allowed))

    def __enter__(self) -> None:
        """Wait for a turn."""
        with self._changed:
            self._changed.wait_for(lambda: self._running < self.allowed)
            self._running += 1

    def __exit__(self, *_: object) -> None:
        """Give the turn back."""
        with self._changed:
            self._running -= 1
            self._changed.notify_all()

    def slow(self) -> None:
        """Note that the cluster is busy."""
        with self._changed:
            self._allowed = max(1.0, self._allowed / 2)

    def recover(self) -> None:
        """Note a success."""
        with self._changed:
            self._allowed = min(float(self._most), self._allowed + 1 / self.allowed)
            self._changed.notify_all()


class Aside(Protocol):
    """Where documents go for which the cluster is out of reach."""

    def is_down(self) -> bool:
        """True while nothing needs to be sent to it."""

    def keep(self, items: Sequence[Item]) -> None:
        """Take documents over; raises where it cannot."""


class BulkWriter:
    """Writes documents in the background; ``add`` waits while as many are on their way as memory should hold."""

    def __init__(
        self,
        client: Elasticsearch,
        where: str,
        letters: DeadLetters,
        *,
        threads: int = THREADS,
        patience_s: float = PATIENCE_S,
        aside: Aside | None = None,
    ) -> None:
        """Use ``client``; ``where`` names the cluster in errors.

        Without ``aside`` a cluster that stays out of reach is an error once patience ends.
        """
        self._aside = aside
        # No retries of the client's own: what comes back is looked at here, item by item.
        self._client = client.options(max_retries=0, retry_on_timeout=False, request_timeout=60)
        self._where, self._letters, self._patience_s = where, letters, patience_s
        self.written = Written()
        self._throttle = Throttle(threads)
        self._chunk: list[Item] = []
        self._chunk_bytes = 0
        self._queue: queue.Queue[list[Item] | None] = queue.Queue(threads)
        self._lock = threading.Lock()
        self._error: Exception | None = None
        self._latest = (0, "", "")
        self._threads = [threading.Thread(target=self._run, name=f"bulk-{n}", daemon=True) for n in range(threads)]
        for thread in self._threads:
            thread.start()

    def add(self, item: Item) -> None:
        """Take a document; raises what an earlier one met."""
        self._chunk.append(item)
        self._chunk_bytes += item.size_bytes
        if self._chunk_bytes >= CHUNK_BYTES or len(self._chunk) >= CHUNK_DOCUMENTS:
            self._hand_over()

    def flush(self) -> Written:
        """Wait until every document is acknowledged or refused; raises StoreError where the cluster is out of reach."""
        self._hand_over()
        self._queue.join()
        self._raise()
        return self.written

    def close(self) -> None:
        """End the threads; what was not flushed may be lost."""
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()

    def _hand_over(self) -> None:
        self._raise()
        if self._chunk:
            self._queue.put(self._chunk)
            self._chunk, self._chunk_bytes = [], 0

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        while (chunk := self._queue.get()) is not None:
            try:
                if self._error is None:
                    self._send(chunk)
            except Exception as error:  # noqa: BLE001 - a thread's rim: raised in the caller's thread by its next call
                self._error = error
            finally:
                self._queue.task_done()

    def _send(self, items: Sequence[Item]) -> None:
        """Send until every item is settled; when patience ends, put them aside or raise StoreError."""
        if self._aside is not None and self._aside.is_down():
            return self._aside.keep(items)
        deadline, wait_s = time.monotonic() + self._patience_s, FIRST_WAIT_S
        while True:
            try:
                with self._throttle:
                    answer = self._request(items)
            except (ApiError, TransportError) as error:
                if _is_too_large(error) and len(items) > 1:
                    return self._halve(items)
                if not is_passing(error):
                    raise explain(error, self._where) from error
                if time.monotonic() > deadline:
                    if self._aside is not None:
                        return self._aside.keep(items)
                    raise explain(error, self._where) from error
                self._throttle.slow()
            else:
                items = self._settle(items, answer)
                if not items:
                    return None
                if time.monotonic() > deadline:
                    if self._aside is not None:
                        return self._aside.keep(items)
                    raise self._exhausted(len(items), self._latest)
            with self._lock:
                self.written.retries += 1
            time.sleep(wait_s * random.uniform(0.5, 1.5))  # noqa: S311 - spreads attempts, hides nothing
            wait_s = min(2 * wait_s, LONGEST_WAIT_S)

    def _halve(self, items: Sequence[Item]) -> None:
        """Send in two parts what the server finds too large for one request."""
        self._send(items[: len(items) // 2])
        self._send(items[len(items) // 2 :])

    def _exhausted(self, left: int, reason: tuple[int, str, str]) -> Exception:
        """Tell why documents were not taken, for as long as they were tried."""
        if reason[1] == BLOCKED:
            return explain_reason(*reason, self._where)
        told = f"the cluster stayed too busy for {left} documents ({': '.join(filter(None, reason[1:]))[:300]})"
        return StoreError(told, where=self._where, do="give it time or more nodes, then run the same command again")

    def _request(self, items: Sequence[Item]) -> Sequence[dict[str, Any]]:
        """Send one request; gives the items' results, none where all went well."""
        lines: list[Any] = [line for item in items for line in item.lines()]  # the client passes texts on as they are
        answer = self._client.bulk(operations=lines, filter_path="errors,items.*.status,items.*.error")
        if not answer["errors"] and all(item.action != "delete" for item in items):
            return []
        return [next(iter(result.values())) for result in answer["items"]]

    def _settle(self, items: Sequence[Item], results: Sequence[dict[str, Any]]) -> list[Item]:
        """Count what became of each item; gives those to be sent again."""
        if not results:
            self._throttle.recover()
            with self._lock:
                self.written.made += len(items)
            return []
        again, dead = [], []
        with self._lock:
            for item, result in zip(items, results, strict=True):
                status = int(result["status"])
                if status < 300:
                    self.written.made += 1
                elif (status, item.action) in ((_CONFLICT, "create"), (_NOT_FOUND, "delete")):
                    self.written.known += 1
                elif status == 429 or status >= 500:
                    again.append(item)
                    self._latest = (status, *read_reason(result))
                else:
                    dead.append(self._letter(item, status, result))
            self.written.dead += len(dead)
        if dead:
            self._letters.add(dead)
        if again:
            self._throttle.slow()
        else:
            self._throttle.recover()
        return again

    def _letter(self, item: Item, status: int, result: dict[str, Any]) -> DeadLetter:
        """Make a dead letter; raises StoreError where the fault is the cluster's and not the document's."""
        kind, reason = read_reason(result)
        if status != _BAD_REQUEST or "strict_dynamic" in kind:
            raise explain_reason(status, kind, reason, self._where)
        body = json.loads(item.body) if item.body else {}
        return DeadLetter(item.index, item.id, item.action, status, kind, reason, body)


def _is_too_large(error: Exception) -> bool:
    return getattr(getattr(error, "meta", None), "status", 0) == _TOO_LARGE
