"""The captures a lake has met: what each is, whether all of it is kept, and what its records add up to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from correlation.manifest import LAKE, SEGMENTS, add_up
from correlation.store import Capture, CaptureRecord, State
from wanglou.change import Change

CAPTURES = sa.Table(
    "captures",
    LAKE.metadata,
    sa.Column("identity", sa.String, primary_key=True),
    sa.Column("key", sa.String, nullable=False, unique=True),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("enterprise", sa.String, nullable=False),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("parser_digest", sa.String, nullable=False),
    sa.Column("cut", sa.String, nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("counters", sa.String, nullable=False),
    sa.Column("detection_digest", sa.String, nullable=False),
    sa.Column("shift_ns", sa.BigInteger, nullable=False, server_default="0"),
)


def save_capture(connection: sa.Connection, record: CaptureRecord, cut: str) -> None:
    """Note that a capture is being read; ``cut`` says how its segments are cut."""
    facts = {
        "identity": record.identity,
        "key": record.key,
        "name": record.name,
        "enterprise": record.enterprise,
        "size_bytes": record.size_bytes,
        "parser_digest": record.parser_digest,
        "shift_ns": record.shift_ns,
        "cut": cut,
        "state": "ingesting",
    }
    changed = connection.execute(sa.update(CAPTURES).where(CAPTURES.c.identity == record.identity).values(facts))
    if not changed.rowcount:
        connection.execute(sa.insert(CAPTURES).values(counters="{}", detection_digest="", **facts))


def complete_capture(connection: sa.Connection, identity: str, changes: dict[str, str]) -> None:
    """Note that all of a capture is kept; ``changes`` may hold ``counters`` (JSON) and ``detection_digest``."""
    connection.execute(sa.update(CAPTURES).where(CAPTURES.c.identity == identity).values(state="complete", **changes))


def remove_capture(connection: sa.Connection, identity: str) -> None:
    """Forget a capture that has no segments left."""
    connection.execute(sa.delete(CAPTURES).where(CAPTURES.c.identity == identity))


def find_capture(connection: sa.Connection, identity: str) -> Capture | None:
    """Give the capture of that identity, or None."""
    return next(iter(list_captures(connection, identity)), None)


def audit_capture(change: Change, action: str, identity: str, before: Capture | None) -> None:
    """Note what a change did to a capture: ``before`` is what it was, what it is now is looked up."""
    after = find_capture(change.connection, identity)
    was, now = _describe(before), _describe(after)
    known = after or before
    change.record(
        action,
        "capture",
        identity,
        before=None if was is None else {name: was[name] for name in was if now is None or now[name] != was[name]},
        after=None if now is None else {name: now[name] for name in now if _is_told(name, was, now)},
        enterprise="" if known is None else known.record.enterprise,
    )


def _is_told(name: str, was: Mapping[str, Any] | None, now: Mapping[str, Any]) -> bool:
    """True for what changed, and for the records, which were listed one segment after the other before."""
    return was is None or was[name] != now[name] or name == "records"


def _describe(capture: Capture | None) -> Mapping[str, Any] | None:
    """What the audit tells of a capture; records by dataset."""
    if capture is None:
        return None
    return {
        "name": capture.record.name,
        "size_bytes": capture.record.size_bytes,
        "state": capture.state,
        "parser_digest": capture.record.parser_digest,
        "detection_digest": capture.detection_digest,
        "shift_ns": capture.record.shift_ns,
        "records": dict(sorted(capture.rows.items())),
    }


@dataclass(slots=True)
class _Sums:
    """What a capture's segments add up to."""

    rows: dict[str, int] = field(default_factory=dict)
    size_bytes: int = 0
    times: list[int] = field(default_factory=list)


def list_captures(connection: sa.Connection, identity: str = "") -> list[Capture]:
    """List all captures, or the one of that identity, by name and identity."""
    chosen = sa.select(CAPTURES).order_by(CAPTURES.c.name, CAPTURES.c.identity)
    if identity:
        chosen = chosen.where(CAPTURES.c.identity == identity)
    sums = _sum_segments(connection, identity)
    return [_capture(row, sums.get(row.identity, _Sums())) for row in connection.execute(chosen)]


def _capture(row: sa.Row[tuple[object, ...]], sums: _Sums) -> Capture:
    facts = row._mapping  # noqa: SLF001 - the documented way to a row's columns by name
    state: State = "complete" if facts["state"] == "complete" else "ingesting"
    names = ("identity", "name", "enterprise", "size_bytes", "parser_digest", "shift_ns")
    return Capture(
        CaptureRecord(**{name: facts[name] for name in names}),
        state,
        json.loads(facts["counters"]),
        facts["detection_digest"],
        sums.rows,
        sums.size_bytes,
        min(sums.times, default=None),
        max(sums.times, default=None),
    )


def _sum_segments(connection: sa.Connection, identity: str) -> dict[str, _Sums]:
    segment = SEGMENTS.c
    chosen = sa.select(
        segment.capture,
        segment.dataset,
        add_up(segment.rows),
        add_up(segment.size_bytes),
        sa.func.min(segment.min_ns),
        sa.func.max(segment.max_ns),
    ).group_by(segment.capture, segment.dataset)
    if identity:
        chosen = chosen.where(segment.capture == identity)
    sums: dict[str, _Sums] = {}
    for capture, dataset, rows, size, first, last in connection.execute(chosen):
        its = sums.setdefault(capture, _Sums())
        its.rows[dataset] = rows
        its.size_bytes += size
        its.times += [first, last]
    return sums


def cut_of(connection: sa.Connection, identity: str) -> tuple[str, str] | None:
    """Tell with which parser digest and cut a capture's segments were made, or None."""
    chosen = sa.select(CAPTURES.c.parser_digest, CAPTURES.c.cut).where(CAPTURES.c.identity == identity)
    row = connection.execute(chosen).first()
    return None if row is None else (row[0], row[1])


def find_captures(connection: sa.Connection, key: str) -> list[str]:
    """List the identities of captures whose ``event.id`` begins with ``key``."""
    return list(connection.scalars(sa.select(CAPTURES.c.identity).where(CAPTURES.c.key == key)))
