"""Searching, counting, and finding one record, over the segments of one lake."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from correlation.damage import SegmentError, blame
from correlation.manifest import Segment
from correlation.pruning import FileFacts, bound_rows, estimate_rows, list_fields
from correlation.query_sql import Condition, column, quote
from correlation.query_tree import Node
from correlation.reader import ATTEMPTS, Reader, has_lost_files, in_time, needed_fields
from correlation.record import choose_fields, order_columns, parse_position, result_schema
from correlation.windows import MOST_FILES, Window, Windows
from parsers.schema import Dataset, Field

WINDOW_ROWS = 131_072
"""Rows a window of an unlimited search is planned to hold: some 100 MB of Modbus records while they are sorted."""
FIRST_ROWS = 32_768
"""Rows of the first window of a limited search, which keeps only ``limit`` of them; each next one has four times as
many, as the first pass over a window reads few columns."""
MOST_FIRST_ROWS = 1 << 22
"""Rows of the first window where few are likely to fit: guesses may be wrong."""
LIKELY = 1.3
"""How much more is read than a guess says, so that one window mostly suffices."""
FEW_RECORDS = 10_000
"""Limit up to which a search finds out how far back its records lie before it reads any of them whole."""
MOST_ROWS = 1 << 40
"""Rows after which windows grow no more."""
MOST_TIMES = 1_000
"""Records of a limited search up to which the times of those wanted are named one by one."""
BATCH_ROWS = 16_384
"""Rows of a batch of results."""

EARLIEST_NS, LATEST_NS = -(2**63), 2**63 - 1


@dataclass(frozen=True, slots=True)
class Asked:
    """A search that was checked and compiled."""

    dataset: Dataset
    condition: Condition
    start_ns: int
    end_ns: int
    limit: int
    newest_first: bool
    after: str
    names: tuple[str, ...] = ()
    """Fields that are wanted; none for all."""
    compared: frozenset[Field] = frozenset()
    """Fields that the condition reads."""


_ALL = Condition("TRUE")


@dataclass(frozen=True, slots=True)
class _Bound:
    """What few columns tell of the records of a window."""

    found: int
    """Records, up to the limit."""
    places: frozenset[tuple[Any, ...]] = frozenset()
    """Their values of the columns of the order, where the limit is at most MOST_TIMES."""
    condition: Condition = _ALL
    """Asks for what comes up to the last of them; for all where they are fewer than wanted."""


def find_records(
    asked: Asked,
    files: Sequence[FileFacts],
    node: Node,
    reader: Reader,
    folder: Path,
    list_again: Callable[[], Sequence[Segment]],
) -> Iterator[pa.RecordBatch]:
    """Give the records of ``files`` found, in order, in batches; ``list_again`` lists the segments there are now."""
    segments = [segment for facts in files for segment in facts.segments]
    if 0 < asked.limit <= FEW_RECORDS:
        first_rows = _guess_rows(node, files, asked.limit)
        yield from _find_few(asked, segments, first_rows, reader, folder, list_again)
        return
    condition, start_ns, end_ns = _continued(asked)
    windows = Windows(segments, start_ns, end_ns, newest_first=asked.newest_first)
    budget, left = FIRST_ROWS if asked.limit else WINDOW_ROWS, asked.limit
    while (window := windows.take(budget)) is not None:
        found = 0
        for batch in _read(asked, reader, folder, window, condition, left, list_again):
            found += batch.num_rows
            yield batch
        if asked.limit:
            left -= found
            if left <= 0:
                return
        budget = _next_budget(budget, found, is_limited=asked.limit > 0)


def _guess_rows(node: Node, files: Sequence[FileFacts], limit: int) -> int:
    """Guess in how many rows there are ``limit`` records that fit, and a few more."""
    fitting = sum(estimate_rows(node, facts) for facts in files)
    rows = sum(facts.rows for facts in files)
    wanted = LIKELY * limit * rows / fitting if fitting else 0
    return int(min(max(wanted, FIRST_ROWS), max(MOST_FIRST_ROWS, FIRST_ROWS)))


def _find_few(
    asked: Asked,
    segments: Sequence[Segment],
    first_rows: int,
    reader: Reader,
    folder: Path,
    list_again: Callable[[], Sequence[Segment]],
) -> Iterator[pa.RecordBatch]:
    """Find out in few columns how far back a few records lie, then read them whole at once: each read costs a plan."""
    condition, start_ns, end_ns = _continued(asked)
    windows = Windows(segments, start_ns, end_ns, newest_first=asked.newest_first)
    budget, left, places, bound = first_rows, asked.limit, frozenset[tuple[Any, ...]](), _Bound(0)
    gathered: Window | None = None
    while left > 0 and (window := windows.take(budget)) is not None:
        bound = _look(asked, reader, folder, window, condition, left, list_again)
        left -= bound.found
        if bound.found:
            gathered, places = gathered.join(window) if gathered else window, places | bound.places
        if gathered and len(gathered.segments) > MOST_FILES and left > 0:
            yield from _read(asked, reader, folder, gathered, _narrow(asked, condition, places), 0, list_again)
            gathered, places = None, frozenset()
        budget = _next_budget(budget, bound.found, is_limited=True)
    if gathered:
        wanted = _narrow(asked, condition, places) & bound.condition
        yield from _read(asked, reader, folder, gathered, wanted, 0, list_again)


def _narrow(asked: Asked, condition: Condition, places: frozenset[tuple[Any, ...]]) -> Condition:
    """Ask for what was found: by ids where records keep them, which spares the condition, else by it and times."""
    if asked.limit > MOST_TIMES:
        return condition
    times = _at_times({time for time, *_ in places})
    if order_columns(asked.dataset)[1:] != ("event.id",):
        return condition & times
    return times & Condition('"event.id" IN (SELECT unnest(?))', (sorted(identity for _, identity in places),))


def _look(
    asked: Asked,
    reader: Reader,
    folder: Path,
    window: Window,
    condition: Condition,
    limit: int,
    list_again: Callable[[], Sequence[Segment]],
) -> _Bound:
    """Count what one window has, up to ``limit``, and ask for what comes up to the last of them; again as ``_read``."""
    segments: Sequence[Segment] = window.segments
    for left in reversed(range(ATTEMPTS)):
        try:
            return _find_bound(asked, reader, segments, condition & in_time(window.start_ns, window.end_ns), limit)
        except SegmentError as error:
            if not left or not has_lost_files(folder, segments):
                raise blame(error, folder, segments) from error
            segments = _list_again(segments, list_again)
    raise AssertionError("the last attempt returns or raises")


def _list_again(segments: Sequence[Segment], list_again: Callable[[], Sequence[Segment]]) -> list[Segment]:
    """Give those of the segments that there are still, where they lie now."""
    listed = {segment.path: segment for segment in list_again()}
    return [listed[segment.path] for segment in segments if segment.path in listed]


def _next_budget(budget: int, found: int, *, is_limited: bool) -> int:
    """Grow while little is found, so that a rare record does not take a query for every hour of the lake."""
    if is_limited:
        return min(budget * 4, MOST_ROWS)
    if found < budget // 8:
        return min(budget * 2, MOST_ROWS)
    return WINDOW_ROWS if found > WINDOW_ROWS else budget


def _continued(asked: Asked) -> tuple[Condition, int, int]:
    """Go on behind ``after``: by time as far as windows can tell, by the whole order within the record's nanosecond."""
    if not asked.after:
        return asked.condition, asked.start_ns, asked.end_ns
    position = parse_position(asked.dataset, asked.after)
    names = ", ".join(quote(name) for name in order_columns(asked.dataset))
    marks = ", ".join(["make_timestamp_ns(?)", *["?"] * (len(position) - 1)])
    operator, time = "<" if asked.newest_first else ">", int(position[0])
    condition = asked.condition & Condition(f"({names}) {operator} ({marks})", tuple(position))
    if asked.newest_first:
        return condition, asked.start_ns, min(asked.end_ns, time + 1)
    return condition, max(asked.start_ns, time), asked.end_ns


def _read(
    asked: Asked,
    reader: Reader,
    folder: Path,
    window: Window,
    condition: Condition,
    limit: int,
    list_again: Callable[[], Sequence[Segment]],
) -> Iterator[pa.RecordBatch]:
    """Read one window; again where compaction moved records, or retention removed them, since they were listed."""
    schema = result_schema(asked.dataset, asked.names)
    condition &= in_time(window.start_ns, window.end_ns)
    segments: Sequence[Segment] = window.segments
    for left in reversed(range(ATTEMPTS)):
        started = False
        if not segments:
            return
        try:
            query = _query(asked, reader, segments, condition, limit)
            if query is None:
                return
            with reader.cursor() as cursor:
                for batch in cursor.sql(query.sql, params=list(query.parameters)).to_arrow_reader(BATCH_ROWS):
                    started = True
                    yield _as(schema, batch)
        except SegmentError as error:
            if started or not left or not has_lost_files(folder, segments):
                raise blame(error, folder, segments) from error
            segments = _list_again(segments, list_again)
        else:
            return


def _query(
    asked: Asked, reader: Reader, segments: Sequence[Segment], condition: Condition, limit: int
) -> Condition | None:
    """Sort the records of a window; with a limit those up to the last one wanted. None where there are none.

    That one is found first, among few columns: DuckDB's own LIMIT keeps the best rows of each branch with all their
    columns, which for tables of two hundred columns takes more memory than it may use.
    """
    if limit:
        bound = _find_bound(asked, reader, segments, condition, limit)
        if not bound.found:
            return None
        condition &= bound.condition
    parts: list[str] = []
    parameters: tuple[object, ...] = ()
    wanted = choose_fields(asked.dataset, asked.names)
    for branch in reader.branches(segments, _needed(asked, wanted)):
        parts.append(f"(SELECT * FROM ({branch.sql}) WHERE {condition.sql})")  # noqa: S608 - values are parameters
        parameters += branch.parameters + condition.parameters
    names = ", ".join(f"{column(asked.dataset, field)} AS {quote(field.name)}" for field in wanted)
    sql = f"SELECT {names} FROM ({' UNION ALL '.join(parts)}){_order(asked)}"  # noqa: S608 - values are parameters
    return Condition(sql, parameters)


def _needed(asked: Asked, fields: Collection[Field]) -> list[Field]:
    """List the columns that these fields, the order and the condition take."""
    order = {field for field in asked.dataset.fields if field.name in order_columns(asked.dataset)}
    return needed_fields(asked.dataset, {*fields, *order, *asked.compared})


def _find_bound(asked: Asked, reader: Reader, segments: Sequence[Segment], condition: Condition, limit: int) -> _Bound:
    """Count records up to ``limit``, and ask for what comes up to the last of them, for all where they are fewer."""
    if not segments:
        return _Bound(0)
    names = [quote(name) for name in order_columns(asked.dataset)]
    order, parts = _order(asked), []
    parameters: tuple[object, ...] = ()
    for branch in reader.branches(segments, _needed(asked, ())):
        rows = f"SELECT {', '.join(names)} FROM ({branch.sql}) WHERE {condition.sql}"  # noqa: S608 - values are parameters
        parts.append(f"({rows}{order} LIMIT {limit:d})")
        parameters += branch.parameters + condition.parameters
    chosen = ", ".join((f"epoch_ns({names[0]})", *names[1:]))
    ranked = f"SELECT {chosen}, row_number() OVER ({order}) AS rank FROM ({' UNION ALL '.join(parts)})"  # noqa: S608 - as above
    wanted = limit if limit <= MOST_TIMES else 1
    with reader.cursor() as cursor:
        sql = f"{ranked} QUALIFY rank <= {limit:d} ORDER BY rank DESC LIMIT {wanted:d}"
        found = cursor.execute(sql, list(parameters)).fetchall()
    if not found:
        return _Bound(0)
    *last, rank = found[0]
    places = frozenset(tuple(row[:-1]) for row in found)
    if rank < limit:
        return _Bound(rank, places)
    beyond, marks = ">" if asked.newest_first else "<", ", ".join("?" * (len(last) - 1))
    time, rest = names[0], names[1:]
    # Spelt out, because DuckDB cannot join two comparisons of whole rows, of which ``after`` is one.
    tied = f"{time} = make_timestamp_ns(?) AND ({', '.join(rest)}) {beyond}= ({marks})"
    sql = f"{time} {beyond}= make_timestamp_ns(?) AND ({time} {beyond} make_timestamp_ns(?) OR ({tied}))"
    return _Bound(rank, places, Condition(sql, (last[0], last[0], *last)))


def _at_times(times: Collection[int]) -> Condition:
    """Ask for the times of what was found: what else the records hold is then read of few rows, however rare they are.

    Without it a few records among a million would take all columns of the million.
    """
    marks = ", ".join(["make_timestamp_ns(?)"] * len(times))
    return Condition(f'"@timestamp" IN ({marks})', tuple(sorted(times)))


def _order(asked: Asked) -> str:
    """Write how results are ordered."""
    direction = "DESC" if asked.newest_first else "ASC"
    return " ORDER BY " + ", ".join(f"{quote(name)} {direction}" for name in order_columns(asked.dataset))


def _as(schema: pa.Schema, batch: pa.RecordBatch) -> pa.RecordBatch:
    """Give the batch the schema of results."""
    arrays = [array.cast(field.type) for array, field in zip(batch.columns, schema, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def count_records(
    reader: Reader, dataset: Dataset, files: Sequence[FileFacts], node: Node, condition: Condition
) -> int:
    """Count the records of these files that meet a condition; those the manifest tells are not read."""
    bounds = [bound_rows(node, facts) for facts in files]
    total = sum(least for least, most in bounds if least == most)
    pairs = zip(files, bounds, strict=True)
    unknown = [segment for facts, (least, most) in pairs if least != most for segment in facts.segments]
    for branch in reader.branches(unknown, needed_fields(dataset, list_fields(node))):
        with reader.cursor() as cursor:
            sql = f"SELECT count(*) FROM ({branch.sql}) WHERE {condition.sql}"  # noqa: S608 - values are parameters
            rows = cursor.execute(sql, [*branch.parameters, *condition.parameters]).fetchall()
            total += rows[0][0]
    return total
