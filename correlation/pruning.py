"""What a query finds in a file, as far as the manifest tells: at least and at most how many records.

The bounds come from the rows, times and columns of a file's segments and from its rollups. A file whose upper bound is
0 is not opened; one whose bounds are equal is counted without opening it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_address

from correlation.manifest import Segment
from correlation.query_tree import And, Between, Equal, Everything, Exists, Node, Not, Or, Within
from correlation.rollup import CAPTURE, TIME, Counts, Value
from parsers.schema import LISTS, Field

_NUMBERS = ("u8", "u16", "long")


@dataclass(frozen=True)
class FileFacts:
    """What the manifest tells of the wanted segments of one file."""

    segments: tuple[Segment, ...]
    rollups: Mapping[str, Counts]
    """Counts of the file's columns, those that were asked for and have any."""

    @cached_property
    def rows(self) -> int:
        """Records of the wanted segments."""
        return sum(segment.rows for segment in self.segments)

    @cached_property
    def min_ns(self) -> int:
        """Time of the first record."""
        return min(segment.min_ns for segment in self.segments)

    @cached_property
    def max_ns(self) -> int:
        """Time of the last record."""
        return max(segment.max_ns for segment in self.segments)

    @property
    def is_whole(self) -> bool:
        """True when every record of the file is wanted, so that its counts are exact."""
        pack_rows = self.segments[0].pack_rows
        return not pack_rows or pack_rows == self.rows

    def counts(self, name: str) -> Counts | None:
        """Give the counts of a kept column, of all of the file; None where they are not known."""
        if name == CAPTURE:
            return _count_captures(self.segments)
        if all(name not in segment.columns for segment in self.segments):
            return {}
        return self.rollups.get(name)


def _count_captures(segments: Sequence[Segment]) -> Counts:
    counts: dict[Value, int] = defaultdict(int)
    for segment in segments:
        counts[segment.capture] += segment.rows
    return counts


def group_files(segments: Sequence[Segment], rollups: Mapping[str, Mapping[str, Counts]]) -> list[FileFacts]:
    """Gather the segments of each file, in the order in which files first come."""
    files: dict[str, list[Segment]] = {}
    for segment in segments:
        files.setdefault(segment.file, []).append(segment)
    return [FileFacts(tuple(its), rollups.get(file, {})) for file, its in files.items()]


def bound_rows(node: Node, facts: FileFacts) -> tuple[int, int]:
    """Tell at least and at most how many of the file's wanted records fit."""
    rows = facts.rows
    if isinstance(node, Everything):
        return rows, rows
    if isinstance(node, Not):
        least, most = bound_rows(node.part, facts)
        return rows - most, rows - least
    if isinstance(node, And):
        parts = [bound_rows(part, facts) for part in node.parts]
        lacking = sum(rows - least for least, _ in parts)
        return max(0, rows - lacking), min((most for _, most in parts), default=rows)
    if isinstance(node, Or):
        parts = [bound_rows(part, facts) for part in node.parts]
        return max((least for least, _ in parts), default=0), min(rows, sum(most for _, most in parts))
    if isinstance(node, Between) and node.field.name == TIME:
        return _bound_times(node, facts)
    return _bound_leaf(node, facts)


def estimate_rows(node: Node, facts: FileFacts) -> float:
    """Guess how many of the file's wanted records fit, as if fields had nothing to do with one another."""
    rows = facts.rows
    if isinstance(node, Not):
        return rows - estimate_rows(node.part, facts)
    if isinstance(node, And) and rows:
        return rows * math.prod(estimate_rows(part, facts) / rows for part in node.parts)
    if isinstance(node, Or):
        return min(rows, sum(estimate_rows(part, facts) for part in node.parts))
    return bound_rows(node, facts)[1]


def _bound_times(node: Between, facts: FileFacts) -> tuple[int, int]:
    """All or none where times and bounds do not cross; ends count as crossed, whether they are included or not."""
    low = None if node.low is None else int(node.low)
    high = None if node.high is None else int(node.high)
    if (low is not None and facts.max_ns < low) or (high is not None and facts.min_ns > high):
        return 0, 0
    is_inside = (low is None or low < facts.min_ns) and (high is None or facts.max_ns < high)
    return (facts.rows if is_inside else 0), facts.rows


def _bound_leaf(node: Node, facts: FileFacts) -> tuple[int, int]:
    field = getattr(node, "field", None)
    if not isinstance(field, Field) or field.derived or field.is_pointer:
        return 0, facts.rows
    counts = facts.counts(field.name)
    found = None if counts is None else _count_fitting(node, field, counts)
    if found is None:
        return 0, facts.rows
    most = min(found, facts.rows)
    is_exact = facts.is_whole or field.name == CAPTURE or not counts
    return (most if is_exact else 0), most


def _count_fitting(node: Node, field: Field, counts: Counts) -> int | None:
    """Add up the counts of values that fit a comparison; None where only reading can tell."""
    if not counts:
        return 0
    if field.kind in LISTS or field.name == TIME:
        return None
    if isinstance(node, Equal):
        return counts.get(node.value, 0) if isinstance(node.value, str | int) else None
    if isinstance(node, Exists):
        return sum(counts.values())
    if isinstance(node, Between) and field.kind in _NUMBERS:
        return sum(count for value, count in counts.items() if _is_between(node, int(value)))
    if isinstance(node, Within):
        return _count_within(node.network, counts)
    return None


def _is_between(node: Between, value: int) -> bool:
    low, high = node.low, node.high
    is_above = low is None or value > float(low) or (node.low_included and value == float(low))
    return is_above and (high is None or value < float(high) or (node.high_included and value == float(high)))


def _count_within(network: IPv4Network | IPv6Network, counts: Counts) -> int | None:
    try:
        return sum(count for value, count in counts.items() if ip_address(str(value)) in network)
    except ValueError:  # a value that is no address: SQL decides
        return None


def list_fields(node: Node) -> set[Field]:
    """List the fields that a query compares."""
    return {field for field in _walk(node) if isinstance(field, Field)}


def _walk(node: Node) -> Iterator[object]:
    if isinstance(node, And | Or):
        for part in node.parts:
            yield from _walk(part)
    elif isinstance(node, Not):
        yield from _walk(node.part)
    else:
        yield getattr(node, "field", None)
