"""Folds matches into alerts: a repeat within the rule's window of the last one extends the alert, else a new one opens.

Matches of a batch are cut into segments by one kernel; Python then handles segments, not rows. Open alerts are
bounded: past the limit the one that was extended longest ago is closed. Closed alerts are kept as Arrow batches.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from detection.alert import ALERT, EVIDENCE, Alert, make_row
from detection.attack import load_catalogue
from detection.rule import AlertFacts, Rule
from wanglou.kernel import kernel

OPEN_LIMIT = 50_000
"""Alerts that may be open at once."""
TOTAL_LIMIT = 100_000
"""Alerts of one capture; later ones are dropped and counted."""
_FLUSH = 4096
_ORDER = ["@timestamp", "rule.name", "event.id"]

FoldKey = tuple[Any, ...]


class FirstRecord(Protocol):
    """Gives what an alert needs of the record that raises it."""

    def values(self, row: int, names: Sequence[str]) -> dict[str, Any]:
        """Values of fields of one row."""
        ...


@dataclass(frozen=True, slots=True)
class Matches:
    """The matches of a batch; ``m`` of them, those of one target in the order of the rows."""

    rows: NDArray[np.int64]
    """int64[m]: row in the batch."""
    targets: NDArray[np.int64]
    """int64[m]: which rule and entities, by position in the list of targets."""
    since: NDArray[np.int64]
    """int64[m]: time of the earliest record the match rests on."""
    lead: NDArray[np.int64]
    """int64[m]: row of ``leads``, -1 for none."""


@dataclass(frozen=True, slots=True)
class Target:
    """One rule with the values of its entities."""

    rule: Rule
    facts: AlertFacts
    fields: tuple[str, ...]
    """Names of the entities, ``organization.id`` first."""
    values: FoldKey
    """Their values."""
    templates: tuple[str, ...]
    """Fields that the rule's texts name."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What folding reads of the rows of a batch."""

    times: NDArray[np.int64]
    pointers: NDArray[np.int64]
    packet_end: NDArray[np.int64]
    leads: NDArray[np.int64]
    """int64[k, n]: pointers of earlier records, -1 where none."""
    record: FirstRecord


class Folder:
    """The alerts of one capture."""

    def __init__(self, capture: str | Callable[[], str], observer: str) -> None:
        """Fold for one capture as seen by one sensor; its identity may be a question that waits for the answer."""
        self.capture, self.observer = capture, observer
        self.open: OrderedDict[tuple[str, FoldKey], tuple[Alert, AlertFacts]] = OrderedDict()
        self.closed: list[tuple[Alert, AlertFacts]] = []
        self.batches: list[pa.Table] = []
        self.total = self.evicted = self.dropped = 0

    def fold(self, batch: Batch, matches: Matches, targets: Sequence[Target]) -> None:
        """Fold the matches of one batch."""
        windows = np.array([target.facts.window_ns for target in targets], dtype=np.int64)
        segments = cut_segments(matches, batch.times, windows)
        for target, count, first, last, since, newest, evidence in zip(
            *(part.tolist() for part in segments), strict=True
        ):
            rows = matches.rows[[at for at in evidence if at >= 0]]
            lead = int(matches.lead[first])
            leads = batch.leads[lead].tolist() if lead >= 0 else []
            pointers = [*(pointer for pointer in leads if pointer >= 0), *batch.pointers[rows].tolist()]
            row = int(matches.rows[first])
            alert = self._extend(targets[target], int(batch.times[row]), newest)
            if alert is None:
                if self.total == TOTAL_LIMIT:
                    self.dropped += 1
                    continue
                alert = self._raise(targets[target], batch, row, since)
            else:
                pointers = batch.pointers[rows].tolist()
            alert.count += count
            alert.start_ns, alert.last_ns = min(alert.start_ns, since), max(alert.last_ns, newest)
            alert.packet_end = int(batch.packet_end[int(matches.rows[last])])
            room = EVIDENCE - len(alert.pointers)
            alert.pointers.extend(pointers[:room])

    def finish(self) -> pa.Table:
        """Close every alert and give all of them, by time, rule and id."""
        while self.open:
            self._close(*self.open.popitem(last=False)[1])
        self._flush()
        if not self.batches:
            return ALERT.arrow.empty_table()
        whole = pa.concat_tables(self.batches).unify_dictionaries()
        self.batches = []
        keys = pa.table([whole.column(name).cast(_PLAIN.field(name).type) for name in _ORDER], names=_ORDER)
        order = pc.sort_indices(keys, sort_keys=[(name, "ascending") for name in _ORDER])
        return pa.table([whole.column(f.name).take(order).cast(f.type) for f in ALERT.arrow], schema=ALERT.arrow)

    def _extend(self, target: Target, first: int, newest: int) -> Alert | None:
        """Find the open alert that a segment extends; one that is too old is closed."""
        key = (target.rule.id, target.values)
        found = self.open.get(key)
        if found is None:
            return None
        if first - found[0].last_ns > target.facts.window_ns:
            self._close(*self.open.pop(key))
            return None
        if newest > found[0].last_ns:
            self.open.move_to_end(key)
        return found[0]

    def _raise(self, target: Target, batch: Batch, row: int, since: int) -> Alert:
        if len(self.open) >= OPEN_LIMIT:
            self.evicted += 1
            self._close(*self.open.popitem(last=False)[1])
        self.total += 1
        time_ns = int(batch.times[row])
        alert = Alert(
            rule=target.rule,
            entities=dict(zip(target.fields, target.values, strict=True)),
            raised_ns=time_ns,
            start_ns=since,
            last_ns=time_ns,
            count=0,
            packet_end=0,
            values=batch.record.values(row, target.templates),
            first=int(batch.pointers[row]),
        )
        self.open[(target.rule.id, target.values)] = (alert, target.facts)
        return alert

    def _close(self, alert: Alert, facts: AlertFacts) -> None:
        self.closed.append((alert, facts))
        if len(self.closed) >= _FLUSH:
            self._flush()

    def _flush(self) -> None:
        if self.closed:
            capture = self.capture if isinstance(self.capture, str) else self.capture()
            made = [make_row(alert, facts, capture, self.observer, load_catalogue()) for alert, facts in self.closed]
            rows = pa.Table.from_pylist(made, schema=_PLAIN)
            self.batches.append(pa.table([_shrink(column) for column in rows.columns], names=rows.column_names))
            self.closed = []


def _shrink(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Keep equal texts once; the texts of a rule are the bulk of its alerts."""
    return column.dictionary_encode() if pa.types.is_string(column.type) else column


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


_PLAIN = pa.schema([(field.name, _plain(field.type)) for field in ALERT.arrow])
"""The alert schema without dictionaries, which grow batch by batch otherwise."""


def expand_matches(
    kinds: NDArray[np.int32], start: NDArray[np.int64], targets: NDArray[np.int64], size: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Write out (row, target) for every target of each row's kind; ``size`` is their number."""
    rows, out = np.empty(size, dtype=np.int64), np.empty(size, dtype=np.int64)
    fill_matches(kinds, start, targets, rows, out)
    return rows, out


@kernel
def fill_matches(
    kinds: NDArray[np.int32],
    start: NDArray[np.int64],
    targets: NDArray[np.int64],
    rows: NDArray[np.int64],
    out: NDArray[np.int64],
) -> None:
    """Fill ``rows`` and ``out`` for ``expand_matches``; targets of kind k are start[k]..start[k + 1]."""
    filled = 0
    for row in range(len(kinds)):
        kind = int(kinds[row])
        for at in range(start[kind], start[kind + 1]):
            rows[filled] = row
            out[filled] = targets[at]
            filled += 1


def cut_segments(matches: Matches, times: NDArray[np.int64], windows: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Cut the matches of each target where more than its window passes between one and the next.

    Returns per segment: target, count, first and last match, earliest ``since``, latest time, and the first
    ``EVIDENCE`` matches (int64[segments, EVIDENCE], -1 for none).
    """
    size = len(matches.rows)
    target, count, first, last, begin, newest = np.empty((6, size), dtype=np.int64)
    kept = np.empty((size, EVIDENCE), dtype=np.int64)
    current = np.full(len(windows), -1, dtype=np.int64)
    used = fill_segments(
        matches.rows, matches.targets, times, matches.since, windows, current,
        target, count, first, last, begin, newest, kept,
    )  # fmt: skip
    return [part[:used] for part in (target, count, first, last, begin, newest, kept)]


@kernel
def fill_segments(
    rows: NDArray[np.int64],
    targets: NDArray[np.int64],
    times: NDArray[np.int64],
    since: NDArray[np.int64],
    windows: NDArray[np.int64],
    current: NDArray[np.int64],
    target_of: NDArray[np.int64],
    count: NDArray[np.int64],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    begin: NDArray[np.int64],
    newest: NDArray[np.int64],
    kept: NDArray[np.int64],
) -> int:
    """Fill the segments for ``cut_segments``; ``current`` int64[targets] begins at -1. Returns their number."""
    used = 0
    for match in range(len(rows)):
        target = int(targets[match])
        now = int(times[rows[match]])
        segment = int(current[target])
        if segment < 0 or now - newest[segment] > windows[target]:
            segment = used
            used += 1
            current[target] = segment
            target_of[segment] = target
            count[segment] = 0
            first[segment] = match
            begin[segment] = since[match]
            newest[segment] = now
            for place in range(kept.shape[1]):
                kept[segment, place] = -1
        if count[segment] < kept.shape[1]:
            kept[segment, count[segment]] = match
        count[segment] += 1
        last[segment] = match
        begin[segment] = min(begin[segment], since[match])
        newest[segment] = max(newest[segment], now)
    return used
