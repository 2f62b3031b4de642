"""Which files of an aggregation the manifest answers, and what it says; the others are read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from correlation.manifest import Segment
from correlation.pruning import FileFacts, bound_rows
from correlation.query_tree import Node
from correlation.rollup import MINUTE_NS, TIME, Counts, Value
from correlation.store import Aggregation, DateHistogram, Percentiles
from parsers.schema import Field


def split_files(
    files: Sequence[FileFacts], node: Node, field: Field, aggregation: Aggregation
) -> tuple[Counts, list[Segment]]:
    """Give the records by value (of a histogram by interval) of the files that need no reading, and the others."""
    known: Counter[Value] = Counter()
    unknown: list[Segment] = []
    for facts in files:
        counts = _count(facts, node, field, aggregation)
        if counts is None:
            unknown += facts.segments
        else:
            known.update(counts)
    return known, unknown


def _count(facts: FileFacts, node: Node, field: Field, aggregation: Aggregation) -> Counts | None:
    if isinstance(aggregation, Percentiles) or field.derived or field.is_pointer:
        return None
    least, most = bound_rows(node, facts)
    is_whole = least == facts.rows and facts.is_whole
    if not isinstance(aggregation, DateHistogram):
        return facts.counts(field.name) if is_whole and field.name != TIME else None
    if field.name != TIME:
        return None
    first, last = (_begin(time, aggregation.interval_ns) for time in (facts.min_ns, facts.max_ns))
    if least == most and first == last:
        return {first: least} if least else {}
    minutes = facts.counts(TIME) if is_whole else None
    return None if minutes is None else _regroup(minutes, aggregation.interval_ns)


def _begin(time_ns: int, interval_ns: int) -> int:
    return time_ns - time_ns % interval_ns


def _regroup(minutes: Counts, interval_ns: int) -> Counts | None:
    """Add minutes up to intervals; None where an interval does not consist of minutes."""
    if interval_ns % MINUTE_NS:
        return None
    counts: Counter[Value] = Counter()
    for minute, records in minutes.items():
        counts[_begin(int(minute) * MINUTE_NS, interval_ns)] += records
    return counts
