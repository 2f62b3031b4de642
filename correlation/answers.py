"""Answers of a lake that are kept until its manifest changes, and made by few threads at once.

Many readers of a console ask the same within a minute. A question that is being answered already is waited for; others
wait for their turn, as ten that are worked at together take no less time, and ten times the memory.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from correlation.query_tree import Among, And, Node, Not, Or

Answer = TypeVar("Answer")
MOST_BYTES = 16 << 20
"""Room for answers, as their makers weigh them; what was not asked for longest goes."""
AT_ONCE = max(2, os.cpu_count() or 1)
"""Answers that are made at once."""


MOST_CHARACTERS = 1_000
"""Characters of many values up to which a key holds them; of more it holds their digest, as texts of a megabyte that
change with each triage would fill the memory."""


def shorten(node: Node) -> Node:
    """Give what stands for a query in a key."""
    if isinstance(node, Among) and len(node.values) > MOST_CHARACTERS:
        return Among(node.field, f"sha256:{hashlib.sha256(node.values.encode()).hexdigest()}")
    if isinstance(node, Not):
        return Not(shorten(node.part))
    if isinstance(node, And | Or):
        return type(node)(tuple(shorten(part) for part in node.parts))
    return node


class Answers:
    """Keeps answers of one generation; any number of threads may use it."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        """Begin with none."""
        self._most, self._lock = most_bytes, threading.Lock()
        self._generation = -1
        self._kept: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._bytes = 0
        self._making: dict[Hashable, threading.Event] = {}
        self._turns = threading.BoundedSemaphore(AT_ONCE)
        self._here = threading.local()

    def give(
        self, generation: int, key: Hashable, make: Callable[[], Answer], weigh: Callable[[Answer], int]
    ) -> Answer:
        """Give the answer to a question about a generation: a kept one, or what ``make`` makes; ``weigh`` in bytes.

        Whoever gets it changes nothing of it.
        """
        while True:
            with self._lock:
                self._begin(generation)
                if generation == self._generation and key in self._kept:
                    self._kept.move_to_end(key)
                    found: Answer = self._kept[key][0]
                    return found
                wait = self._making.get((generation, key))
                if wait is None:
                    self._making[generation, key] = threading.Event()
            if wait is None:
                return self._make(generation, key, make, weigh)
            wait.wait()

    def _begin(self, generation: int) -> None:
        """Forget answers about an older generation."""
        if generation > self._generation:
            self._generation, self._bytes = generation, 0
            self._kept.clear()

    def _make(
        self, generation: int, key: Hashable, make: Callable[[], Answer], weigh: Callable[[Answer], int]
    ) -> Answer:
        try:
            made = self._take_turn(make)
            self._keep(generation, key, made, weigh(made))
            return made
        finally:
            with self._lock:
                self._making.pop((generation, key)).set()

    def _take_turn(self, make: Callable[[], Answer]) -> Answer:
        """Make an answer when it is this thread's turn; a question within a question waits for none."""
        if getattr(self._here, "is_making", False):
            return make()
        with self._turns:
            self._here.is_making = True
            try:
                return make()
            finally:
                self._here.is_making = False

    def _keep(self, generation: int, key: Hashable, made: object, size: int) -> None:
        with self._lock:
            if generation != self._generation or size > self._most // 4:
                return
            self._kept[key] = (made, size)
            self._bytes += size
            while self._bytes > self._most:
                _, (_, gone) = self._kept.popitem(last=False)
                self._bytes -= gone
