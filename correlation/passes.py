"""Several summaries of the same records of one lake from one pass over the files that have to be read.

The facets of a page are half a dozen summaries with one filter. Asked one by one, each would read the filter's columns
and evaluate it again; as grouping sets of one query they share that.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from correlation.aggregate import Summary, check_field
from correlation.groups import key_of, summarise
from correlation.manifest import Segment
from correlation.pruning import FileFacts, list_fields
from correlation.query_sql import Condition
from correlation.query_tree import Node
from correlation.reader import Reader, needed_fields
from correlation.rolled import split_files
from correlation.rollup import Counts
from correlation.store import Bucket, DateHistogram, Groups, Terms
from parsers.schema import LISTS, Dataset, Field

Simple = Terms | DateHistogram
EVERY = 1 << 40
"""Stands for all values where a summary needs them."""


@dataclass(frozen=True, slots=True)
class _Part:
    """One summary: what the manifest told of it, and which files are left to read."""

    name: str
    asked: Simple
    field: Field
    known: Counts
    unknown: tuple[Segment, ...]

    @property
    def size(self) -> int:
        """Values that are needed of the files that are read."""
        return self.asked.size if isinstance(self.asked, Terms) and not self.known else EVERY


def summarise_each(
    reader: Reader,
    dataset: Dataset,
    files: Sequence[FileFacts],
    node: Node,
    condition: Condition,
    parts: Mapping[str, Summary | Groups],
) -> dict[str, list[Bucket]]:
    """Give what each summary gives by itself."""
    together: dict[tuple[Segment, ...], list[_Part]] = defaultdict(list)
    found: dict[str, list[Bucket]] = {}
    for name, asked in parts.items():
        part = _split(dataset, files, node, name, asked)
        if part is None:
            found[name] = summarise(reader, dataset, files, node, condition, asked)
        else:
            together[part.unknown].append(part)
    for unknown, its in together.items():
        counts = _read(reader, dataset, unknown, node, condition, its)
        for part in its:
            found[part.name] = _rank(part, counts[part.name])
    return found


def _split(
    dataset: Dataset, files: Sequence[FileFacts], node: Node, name: str, asked: Summary | Groups
) -> _Part | None:
    """Ask the manifest; None for summaries that are made by themselves."""
    if not isinstance(asked, Terms | DateHistogram):
        return None
    field = check_field(dataset, asked)
    if field.kind in LISTS or field.derived or field.kind in ("double", "text") or _is_time(asked, field):
        return None
    known, unknown = split_files(files, node, field, asked)
    return _Part(name, asked, field, known, tuple(unknown))


def _is_time(asked: Simple, field: Field) -> bool:
    return isinstance(asked, Terms) and field.kind == "time"


def _read(
    reader: Reader,
    dataset: Dataset,
    segments: Sequence[Segment],
    node: Node,
    condition: Condition,
    parts: Sequence[_Part],
) -> dict[str, Counter[Any]]:
    """Count in the files that the manifest does not answer, all parts in one query."""
    counts: dict[str, Counter[Any]] = {part.name: Counter() for part in parts}
    chosen = ", ".join(f"{_key(dataset, part)} AS k{place}" for place, part in enumerate(parts))
    needed = needed_fields(dataset, [*(part.field for part in parts), *list_fields(node)])
    sources: list[str] = []
    parameters: tuple[object, ...] = ()
    for branch in reader.branches(segments, needed):
        sources.append(f"SELECT {chosen} FROM ({branch.sql}) WHERE {condition.sql}")  # noqa: S608 - values are parameters
        parameters += branch.parameters + condition.parameters
    if not sources:
        return counts
    with reader.cursor() as cursor:
        rows = cursor.execute(_write_query(parts, sources), list(parameters)).fetchall()
    for which, *keys, records in rows:
        place = _places(len(parts))[which]
        if keys[place] is not None:
            counts[parts[place].name][keys[place]] = records
    return counts


def _write_query(parts: Sequence[_Part], sources: Sequence[str]) -> str:
    names = [f"k{place}" for place in range(len(parts))]
    keys, sets = ", ".join(names), ", ".join(f"({name})" for name in names)
    order = ", ".join(
        f"wanglou_ip_order({name})" if part.field.kind == "ip" else name
        for name, part in zip(names, parts, strict=True)
    )
    which = f"GROUPING_ID({keys})"
    sizes = " ".join(f"WHEN {mark} THEN {parts[place].size + 1:d}" for mark, place in _places(len(parts)).items())
    return (
        f"SELECT {which} AS which, {keys}, count(*) AS records FROM ({' UNION ALL '.join(sources)}) "  # noqa: S608 - as above
        f"GROUP BY GROUPING SETS ({sets}) "
        f"QUALIFY row_number() OVER (PARTITION BY {which} ORDER BY count(*) DESC, {order}) "
        f"<= CASE {which} {sizes} END"
    )


def _places(count: int) -> dict[int, int]:
    """Give which key a grouping set is by; its mark has a one for each key it leaves out, the first one leftmost."""
    return {(1 << count) - 1 - (1 << (count - 1 - place)): place for place in range(count)}


def _key(dataset: Dataset, part: _Part) -> str:
    return key_of(dataset, part.field, part.asked.interval_ns if isinstance(part.asked, DateHistogram) else 0)


def _rank(part: _Part, counts: Counter[Any]) -> list[Bucket]:
    counts.update(part.known)
    if isinstance(part.asked, DateHistogram):
        return [Bucket(key, float(counts[key])) for key in sorted(counts)]
    order: Callable[[Any], Any] = _ip_order if part.field.kind == "ip" else _same
    ranked = sorted(counts.items(), key=lambda one: (-one[1], order(one[0])))
    return [Bucket(key, float(records)) for key, records in ranked[: part.asked.size]]


def _same(value: Any) -> Any:
    return value


def _ip_order(text: str) -> str:
    """Order addresses as the macro ``wanglou_ip_order`` does."""
    try:
        address = ip_address(text)
    except ValueError:
        return text
    return f"{int(address):032x}" if address.version == 6 else f"{0:020d}ffff{int(address):08x}"
