"""Verifying the audit: which rows were changed, moved, added or removed since they were written.

A row that was changed no longer has its digest. One that was changed together with its digest is not the one that the
next row, or the head, was chained to. Numbers without a row, and rows beyond the head, tell of what was removed or
added. A chain that is right in itself is compared with heads that were kept outside of it: the anchor's, and the
auditor's. Nothing can tell of a change by somebody who rewrites the chain, its head and every head that was kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

import sqlalchemy as sa

from wanglou.audit import AUDIT, GENESIS, HEAD, Head, digest_row

Kind = Literal[
    "changed", "moved", "added", "removed", "head", "head_missing", "anchor", "anchor_missing", "kept", "unguarded"
]
"""What is wrong with the rows of a finding:

``changed`` differ from what was written, ``moved`` were written with another number, ``added`` were not written by the
ledger, ``removed`` are missing, ``head`` the last row is not the one that the head names (one of both was changed),
``anchor`` and ``kept`` this row is not the one that the anchor or the auditor noted (it or one before it was changed),
``head_missing`` and ``anchor_missing`` what tells where the audit ends is gone, ``unguarded`` the database lets rows be
changed.
"""
_MOST_WRONG = 10_000
"""Rows with a wrong digest that are kept, to see whether they were moved; further ones count as changed."""
_MOST_MOVED = 100
"""Rows with a wrong digest that are tried at each other's numbers."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with one row, or with several in a row."""

    kind: Kind
    first: int
    """Number of the first row."""
    last: int
    """Number of the last row."""
    was: int | None = None
    """Number that the first one had, of ``moved``."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification found."""

    rows: int
    """Rows looked at."""
    head: Head
    """Number and digest of the last row."""
    findings: Sequence[Finding]
    """By row; empty where the audit is as it was written."""


_NONE = Head(0, GENESIS)


@dataclass(slots=True)
class _Walk:
    """What is known after the rows so far."""

    end: int | None
    """Number of the last row by the head; None where that is gone."""
    rows: int = 0
    expected: int = 1
    digest: str | None = GENESIS
    """Digest that the next row must name; None where the row before is missing or has a wrong one itself."""
    last: Head = _NONE
    """The last row so far."""
    broken: int = 0
    """Row whose link to the one before it is broken, if that one was blamed for it."""
    wrong: list[tuple[object, ...]] = field(default_factory=list)
    """Rows whose digest is not theirs."""
    found: dict[int, Finding] = field(default_factory=dict)
    """Findings by their first row."""

    def note(self, kind: Kind, first: int, last: int | None = None, was: int | None = None) -> None:
        """Keep a finding, unless there is one of that row."""
        self.found.setdefault(first, Finding(kind, first, first if last is None else last, was))


def verify(connection: sa.Connection, anchor: Head | None, kept: Head | None = None) -> Verdict:
    """Look at every row in one reading; ``anchor`` and ``kept`` are heads noted before that reading began."""
    row = connection.execute(sa.select(HEAD.c.count, HEAD.c.digest)).first()
    head = None if row is None else Head(*row)
    walk = _Walk(None if head is None else head.count)
    noted: dict[Kind, Head | None] = {"anchor": anchor, "kept": kept}
    seen: set[Head] = set()
    for found in connection.execution_options(yield_per=1000).execute(sa.select(AUDIT).order_by(AUDIT.c.seq)):
        _step(walk, tuple(found))
        if walk.last in noted.values() or (kept and kept.digest == walk.last.digest):
            seen.add(walk.last)
    _compare_end(walk, head, max((known.count for known in (head, anchor, kept) if known), default=0))
    _place(walk)
    for kind, known in noted.items():
        if known is not None and known.count and not _is_seen(known, seen):
            _note_other(walk, kind, known)
    return Verdict(walk.rows, walk.last, list(_join(walk.found[first] for first in sorted(walk.found))))


def _step(walk: _Walk, values: tuple[object, ...]) -> None:
    """Look at one row: its number, its digest, and its link to the row before."""
    seq, previous, digest = int(str(values[0])), values[-2], values[-1]
    walk.rows += 1
    if seq < walk.expected or (walk.end is not None and seq > walk.end):
        walk.note("added", seq)
        return
    if seq > walk.expected:
        walk.note("removed", walk.expected, seq - 1)
        walk.digest = None
    walk.expected, walk.last = seq + 1, Head(seq, str(digest))
    if digest_row(values[:-1]) != digest:
        walk.digest = None
        if len(walk.wrong) < _MOST_WRONG:
            walk.wrong.append(values)
        else:
            walk.note("changed", seq)
        return
    if walk.digest not in (None, previous):
        _break(walk, seq, "changed")
    walk.digest = str(digest)


def _break(walk: _Walk, seq: int, kind: Kind) -> None:
    """Blame the row before ``seq`` for its link; if that one's own is broken too, the row before it is not to blame.

    Where the row after ``seq`` is changed itself, nothing tells which of the two was forged.
    """
    if walk.broken and walk.broken == seq - 1:
        walk.found.pop(seq - 2, None)
        walk.broken = 0
    else:
        walk.broken = seq
    walk.note(kind, max(seq - 1, 1))


def _compare_end(walk: _Walk, head: Head | None, end: int) -> None:
    """Compare the last row with the head, and its number with the furthest that any head tells."""
    if head is None:
        walk.note("head_missing", 0)
    elif head.count == walk.last.count and walk.digest not in (None, head.digest):
        _break(walk, walk.expected, "head")
    if end > walk.last.count and walk.expected not in walk.found:
        walk.note("removed", walk.expected, end)


def _is_seen(known: Head, seen: set[Head]) -> bool:
    """True where a row has that number and digest, or that digest where no number was given."""
    return known in seen or (known.count < 0 and any(row.digest == known.digest for row in seen))


def _note_other(walk: _Walk, kind: Kind, known: Head) -> None:
    """Note that a row is not the one that was noted, unless it is missing, which is told already."""
    missing = any(one.kind == "removed" and one.first <= known.count <= one.last for one in walk.found.values())
    if not missing:
        walk.note(kind, max(known.count, 0))


def _place(walk: _Walk) -> None:
    """Tell rows with a wrong digest that have another's number from those that were changed."""
    numbers = [int(str(values[0])) for values in walk.wrong]
    tried = set(numbers[:_MOST_MOVED])
    for seq, values in zip(numbers, walk.wrong, strict=True):
        candidates = (*(tried - {seq} if seq in tried else ()), seq - 1, seq + 1)
        was = next((number for number in candidates if digest_row((number, *values[1:-1])) == values[-1]), None)
        walk.note("changed" if was is None else "moved", seq, was=was)


def _join(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Join findings of one kind on rows that follow one another; moved ones only when they moved together."""
    open_: Finding | None = None
    for finding in findings:
        if open_ is not None and _follows(open_, finding):
            open_ = Finding(open_.kind, open_.first, finding.last, open_.was)
            continue
        if open_ is not None:
            yield open_
        open_ = finding
    if open_ is not None:
        yield open_


def _follows(one: Finding, other: Finding) -> bool:
    shift = None if one.was is None else one.was - one.first
    return (
        one.kind == other.kind
        and other.first == one.last + 1
        and shift == (None if other.was is None else other.was - other.first)
    )
