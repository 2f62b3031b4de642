"""Alerts in the order of one field's values: by severity, by how often they came, by the name of their rule.

The values are ranked first, then searched value by value, each newest first: a few questions that every store answers,
whatever its size.
"""

from __future__ import annotations

from collections.abc import Sequence

from correlation.alert_filter import DATASET, find_field, in_period, join
from correlation.alert_line import Record
from correlation.alert_source import MOST_ROWS, AlertSource
from correlation.blocks import part_times
from correlation.cursor import read_cursor, write_cursor
from correlation.groups import MOST_GROUPS
from correlation.query_tree import Among, Between, Equal, Everything, Node
from correlation.record import parse_position, position_of
from correlation.store import Groups, Store, Terms, Value
from parsers.schema import Field

MOST_RANKED = 10_000
"""Severities and names of rules that an order ranks; of counts ``MOST_GROUPS`` are."""
RANKED_FIELDS = {"severity": "event.severity", "count": "wanglou.alert.count", "rule": "rule.name"}
"""Fields that alerts are ranked by, by the name of the order."""
MOST_SORTED = 20_000
"""Alerts up to which a list by rank is sorted by what is counted of values and times."""
CELL_NS = 10**6
"""Times are counted by milliseconds, the finest that every store counts by."""
_RUN = 10
"""Pages that a run of rare values may have grown to since it was counted."""


def list_ranked(
    source: AlertSource, node: Node, ranking: Node, order: str, limit: int, cursor: str
) -> tuple[list[Record], str]:
    """Go from value to value: the highest number first, names by code point; within each, newest first.

    ``ranking`` finds all that ``node`` finds, and maybe more.
    """
    store = source.store
    field = find_field(store, DATASET, RANKED_FIELDS[order])
    is_name = field.kind == "keyword"
    place = read_cursor(cursor, order, (str if is_name else int, str))
    if place:
        low, high = (place[0], None) if is_name else (None, place[0])
        node, ranking = (join(one, Between(field, low, high)) for one in (node, ranking))
    ranked = _rank_values(store, field, ranking, is_rolled=order != "count")
    after = str(place[1]) if place else ""
    records: list[Record] = []
    if sum(count for _, count in ranked) <= MOST_SORTED:
        records = _behind(store, _find_few(source, node, field, place, limit), field.name, place)
        return _cut_ranked(store, records, field.name, order, limit)
    for value, many in _runs(ranked, limit, place[0] if place else None):
        if len(records) > limit:
            break
        left = limit + 1 - len(records)
        if value == many:
            its = join(node, Equal(field, value))
            found = source.search(its, left, after if place and value == place[0] else "")
        else:
            its = join(node, _between(field, value, many))
            found = source.search(its, _RUN * limit)
            found.sort(key=lambda record: _scalar(record[field.name]), reverse=not is_name)  # stable: newest first
        records += found[:left]
    return _cut_ranked(store, records, field.name, order, limit)


def _find_few(
    source: AlertSource, node: Node, field: Field, place: Sequence[str | int] | None, limit: int
) -> list[Record]:
    """Give, sorted, the records behind a place that fill a page and maybe more, where few fit at all.

    Values, times and ids of all of them are listed first, so that only records of the page are read whole; those of
    one millisecond are read together.
    """
    store = source.store
    is_name, schema = field.kind == "keyword", store.datasets[DATASET]
    groups = Groups((field.name, "@timestamp", "event.id"), MOST_GROUPS, CELL_NS)
    cells = [
        (_scalar(one.keys[0]), int(str(one.keys[1])), str(one.keys[2]))
        for one in store.aggregate(DATASET, groups, node)
        if one.keys[0] is not None
    ]
    cells.sort(key=lambda cell: -cell[1])
    cells.sort(key=lambda cell: cell[0], reverse=not is_name)
    if place:
        at = int(parse_position(schema, str(place[1]))[0])
        cells = [cell for cell in cells if cell[0] != place[0] or cell[1] <= at]
    begun = 0 if place is None else sum(cell[0] == place[0] and cell[1] + CELL_NS > at for cell in cells)
    whole = limit + 1 + begun
    while whole < len(cells) and cells[whole][:2] == cells[whole - 1][:2]:
        whole += 1
    chosen = cells[:whole]
    if not chosen:
        return []
    times = [time for _, time, _ in chosen]
    ids = Among(find_field(store, DATASET, "event.id"), "\n".join(identity for *_, identity in chosen))
    asked = join(in_period(schema, min(times), max(times) + CELL_NS), ids)
    records = source.search(asked, max(len(chosen), MOST_ROWS))
    records.sort(key=lambda record: _scalar(record[field.name]), reverse=not is_name)  # stable: newest first
    return records


def _behind(store: Store, records: list[Record], name: str, place: Sequence[str | int] | None) -> list[Record]:
    """Leave out what lies before a place: of its value what is as new as it or newer; other values begin behind it."""
    if place is None:
        return records
    schema = store.datasets[DATASET]
    time, identity = parse_position(schema, str(place[1]))
    return [
        record
        for record in records
        if record[name] != place[0] or (record["@timestamp"], record["event.id"]) < (time, identity)
    ]


def _cut_ranked(store: Store, records: list[Record], name: str, order: str, limit: int) -> tuple[list[Record], str]:
    if len(records) <= limit:
        return records, ""
    last = records[limit - 1]
    position = position_of(store.datasets[DATASET], last)
    return records[:limit], write_cursor(order, _scalar(last[name]), position)


def _scalar(value: Value) -> str | int:
    if not isinstance(value, str | int):
        raise TypeError(f"{value!r} is no value of an order")
    return value


def _between(field: Field, one: str | int, other: str | int) -> Node:
    is_turned = isinstance(one, int) and isinstance(other, int) and other < one
    return Between(field, other, one) if is_turned else Between(field, one, other)


def _rank_values(store: Store, field: Field, node: Node, *, is_rolled: bool) -> list[tuple[str | int, int]]:
    """Count the values of a field, in their order; ``is_rolled``: a store may know the counts without reading."""
    if is_rolled and isinstance(part_times(node)[1], Everything):
        buckets = store.aggregate(DATASET, Terms(field.name, MOST_RANKED), node)
        counts = [(_scalar(bucket.key), int(bucket.value)) for bucket in buckets]
    else:
        table = store.tabulate(DATASET, Groups((field.name,), MOST_GROUPS), node)
        found = zip(table[field.name].to_pylist(), table["records"].to_pylist(), strict=True)
        counts = [(value, count) for value, count in found if value is not None]
    return sorted(counts, reverse=field.kind != "keyword")


def _runs(
    ranked: Sequence[tuple[str | int, int]], limit: int, begun: str | int | None
) -> Sequence[tuple[str | int, str | int]]:
    """Join neighbouring values of few records, so that a page of rare values is one search; a begun value is alone."""
    runs: list[tuple[str | int, str | int]] = []
    filled = 0
    for value, count in ranked:
        if runs and filled + count <= 2 * limit and runs[-1][0] != begun:
            runs[-1] = (runs[-1][0], value)
            filled += count
        elif len(runs) > limit + 1:
            break
        else:
            runs.append((value, value))
            filled = count
    return runs
