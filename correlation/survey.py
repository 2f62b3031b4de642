"""Which files a query may have to read, from the manifest; what is known of it is kept until it changes.

A page asks a lake a dozen questions, each of which begins here. Listing some thousand segments and parsing their
rollups takes longer than many a question itself, so both are kept for as long as the manifest's generation stays.
"""

from __future__ import annotations

import threading
from collections.abc import Collection
from dataclasses import dataclass, field

import sqlalchemy as sa

from correlation.manifest import Segment, Wanted, list_segments, read_generation
from correlation.pruning import FileFacts, bound_rows, group_files, list_fields
from correlation.query_tree import Everything, Node
from correlation.rollup import CAPTURE, TIME, Counts, read_rollups

MOST_SEGMENTS = 20_000
"""Segments of a dataset that are kept in memory, some 20 MB; of more each question lists those it wants."""
MOST_COUNTS = 400_000
"""Values with their counts that are kept of all rollups, some 40 MB."""


@dataclass(slots=True)
class _Known:
    """The files of one dataset."""

    files: list[FileFacts]
    fields: set[str] = field(default_factory=set)
    """Columns whose rollups are among the facts."""


class Surveyor:
    """Lists files; any number of threads may use it."""

    def __init__(self) -> None:
        """Begin with nothing known."""
        self._lock = threading.Lock()
        self._generation = -1
        self._known: dict[str, _Known] = {}
        self._counts = 0

    def survey(
        self, connection: sa.Connection, wanted: Wanted, node: Node, names: Collection[str] = ()
    ) -> list[FileFacts]:
        """List the files that may hold wanted records that fit, with rollups of ``names`` and of what is asked."""
        asked = {one.name for one in list_fields(node)} | set(names)
        asked = asked - {CAPTURE, TIME} | set(names)
        with self._lock:
            known = self._find(connection, wanted.dataset, asked)
        if known is None:
            files = group_files(list_segments(connection, wanted), read_rollups(connection, wanted, asked))
        else:
            files = [kept for facts in known if (kept := _restrict(facts, wanted)) is not None]
        return files if isinstance(node, Everything) else [facts for facts in files if bound_rows(node, facts)[1]]

    def _find(self, connection: sa.Connection, dataset: str, asked: set[str]) -> list[FileFacts] | None:
        """Give all files of a dataset with the rollups of some fields; None where they are too many to keep."""
        generation = read_generation(connection)
        if generation != self._generation:
            self._known.clear()
            self._generation, self._counts = generation, 0
        if dataset not in self._known:
            segments = list_segments(connection, Wanted(dataset))
            few = len(segments) <= MOST_SEGMENTS
            self._known[dataset] = _Known(group_files(segments, {}) if few else [], set() if few else {""})
        known = self._known[dataset]
        if "" in known.fields:
            return None
        lacking = asked - known.fields
        if lacking:
            found = read_rollups(connection, Wanted(dataset), lacking)
            size = sum(len(counts) for its in found.values() for counts in its.values())
            files = [FileFacts(facts.segments, _merge(facts, found)) for facts in known.files]
            if self._counts + size > MOST_COUNTS:
                return files
            self._counts += size
            self._known[dataset] = _Known(files, known.fields | lacking)
        return self._known[dataset].files


def _merge(facts: FileFacts, found: dict[str, dict[str, Counts]]) -> dict[str, Counts]:
    return {**facts.rollups, **found.get(facts.segments[0].file, {})}


def _restrict(facts: FileFacts, wanted: Wanted) -> FileFacts | None:
    """Leave out the segments of a file that are not wanted; None where that is all of them."""
    start_ns = facts.min_ns if wanted.start_ns is None else wanted.start_ns
    end_ns = facts.max_ns + 1 if wanted.end_ns is None else wanted.end_ns
    if facts.max_ns < start_ns or facts.min_ns >= end_ns:
        return None
    if wanted.captures is None and start_ns <= facts.min_ns and facts.max_ns < end_ns:
        return facts
    kept: tuple[Segment, ...] = tuple(
        one
        for one in facts.segments
        if one.max_ns >= start_ns
        and one.min_ns < end_ns
        and (wanted.captures is None or one.capture in wanted.captures)
    )
    if len(kept) == len(facts.segments):
        return facts
    return FileFacts(kept, facts.rollups) if kept else None
