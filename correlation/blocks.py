"""What whole days of a lake add up to, kept for as long as their files stay as they are.

A period up to now moves with the clock, and its first and last day are read anew each time; what lies between them does
not change. It is kept by the digests of its segments, so that whatever is written, removed or read anew in those days
makes another question of it: nothing kept is ever stale.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import pyarrow as pa

from correlation.answers import Answers, shorten
from correlation.manifest import Segment
from correlation.pruning import FileFacts, bound_rows
from correlation.query_tree import And, Between, Everything, Node
from correlation.rollup import TIME

FEWEST_FILES = 4
"""Files from which on a block is worth its own question."""
MOST_BYTES = 16 << 20
"""Room for the blocks of one lake."""
MOST_ROWS = 50_000
"""Lines of a block; what has more is read anew each time."""


@dataclass(frozen=True, slots=True)
class Block:
    """Files of whole days that lie within a period, and what is asked of them beside their time."""

    files: tuple[FileFacts, ...]
    node: Node

    @property
    def segments(self) -> list[Segment]:
        """List their segments."""
        return [segment for facts in self.files for segment in facts.segments]

    @property
    def digest(self) -> bytes:
        """Identify their records."""
        marks = sorted(f"{segment.path}\0{segment.digest}" for segment in self.segments)
        return hashlib.sha256("\n".join(marks).encode()).digest()


class Blocks:
    """Keeps the blocks of one lake; any number of threads may use it."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        """Begin with none."""
        self._answers = Answers(most_bytes)

    def give(self, block: Block, asked: Hashable, make: Callable[[], pa.Table]) -> pa.Table | None:
        """Give what a block answers, as ``make`` makes it; None where it has more lines than are kept."""
        return self._answers.give(0, (block.digest, shorten(block.node), asked), lambda: _bound(make()), _weigh)


def _bound(table: pa.Table) -> pa.Table | None:
    return table if table.num_rows <= MOST_ROWS else None


def _weigh(table: pa.Table | None) -> int:
    return 500 + (0 if table is None else int(table.nbytes))


def part_files(files: Sequence[FileFacts], node: Node) -> tuple[Block | None, list[FileFacts]]:
    """Part files into those of days before the last that lie wholly within the times asked for, and the others."""
    times, rest = part_times(node)
    last = max((segment.day for facts in files for segment in facts.segments if segment.day[:1].isdigit()), default="")
    inside = [facts for facts in files if _is_inside(facts, times, last)]
    if len(inside) < FEWEST_FILES:
        return None, list(files)
    chosen = {id(facts) for facts in inside}
    return Block(tuple(inside), rest), [facts for facts in files if id(facts) not in chosen]


def _is_inside(facts: FileFacts, times: Sequence[Node], last: str) -> bool:
    """Tell whether all of a file's records are of earlier days and fit all times; quarantine is of no day."""
    if not all(segment.day < last for segment in facts.segments):
        return False
    return all(bound_rows(one, facts)[0] == facts.rows for one in times)


def part_times(node: Node) -> tuple[list[Node], Node]:
    """Part a query into the times that every record must lie in, and what else is asked."""
    if isinstance(node, Between) and node.field.name == TIME:
        return [node], Everything()
    if not isinstance(node, And):
        return [], node
    parted = [part_times(part) for part in node.parts]
    rest = tuple(part for _, part in parted if not isinstance(part, Everything))
    joined = And(rest) if len(rest) > 1 else rest[0] if rest else Everything()
    return [time for times, _ in parted for time in times], joined
