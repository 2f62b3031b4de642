"""What a search asks of files: its condition, its order, and where the last of the records wanted lies."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from correlation.manifest import Segment
from correlation.query_sql import Condition, column, quote
from correlation.reader import Reader, needed_fields
from correlation.record import choose_fields, order_columns, parse_position
from parsers.schema import Dataset, Field

MOST_TIMES = 1_000
"""Records of a limited search up to which the times of those wanted are named one by one."""


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
class Bound:
    """What few columns tell of the records of a window."""

    found: int
    """Records, up to the limit."""
    places: frozenset[tuple[Any, ...]] = frozenset()
    """Their values of the columns of the order, where the limit is at most MOST_TIMES."""
    condition: Condition = _ALL
    """Asks for what comes up to the last of them; for all where they are fewer than wanted."""


def continue_after(asked: Asked) -> tuple[Condition, int, int]:
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


def narrow(asked: Asked, condition: Condition, places: frozenset[tuple[Any, ...]]) -> Condition:
    """Ask for what was found: by ids where records keep them, which spares the condition, else by it and times."""
    if asked.limit > MOST_TIMES:
        return condition
    times = _at_times({time for time, *_ in places})
    if order_columns(asked.dataset)[1:] != ("event.id",):
        return condition & times
    return times & Condition('"event.id" IN (SELECT unnest(?))', (sorted(identity for _, identity in places),))


def write_query(
    asked: Asked, reader: Reader, segments: Sequence[Segment], condition: Condition, limit: int
) -> Condition | None:
    """Sort the records of a window; with a limit those up to the last one wanted. None where there are none.

    That one is found first, among few columns: DuckDB's own LIMIT keeps the best rows of each branch with all their
    columns, which for tables of two hundred columns takes more memory than it may use.
    """
    if limit:
        bound = find_bound(asked, reader, segments, condition, limit)
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


def find_bound(asked: Asked, reader: Reader, segments: Sequence[Segment], condition: Condition, limit: int) -> Bound:
    """Count records up to ``limit``, and ask for what comes up to the last of them, for all where they are fewer."""
    if not segments:
        return Bound(0)
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
        return Bound(0)
    *last, rank = found[0]
    places = frozenset(tuple(row[:-1]) for row in found)
    if rank < limit:
        return Bound(rank, places)
    beyond, marks = ">" if asked.newest_first else "<", ", ".join("?" * (len(last) - 1))
    time, rest = names[0], names[1:]
    # Spelt out, because DuckDB cannot join two comparisons of whole rows, of which ``after`` is one.
    tied = f"{time} = make_timestamp_ns(?) AND ({', '.join(rest)}) {beyond}= ({marks})"
    sql = f"{time} {beyond}= make_timestamp_ns(?) AND ({time} {beyond} make_timestamp_ns(?) OR ({tied}))"
    return Bound(rank, places, Condition(sql, (last[0], last[0], *last)))


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
