"""What the ledger keeps about the grouping itself: where captures belong, and what people decided, as records."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice
from typing import Any

import sqlalchemy as sa

from correlation.decision import Decision, Part
from correlation.incident_tables import CAPTURES, DECISIONS, SCOPES
from correlation.recording import is_file
from wanglou.change import Change

LIVE = "live"
"""Scope of all live sensors in decisions and incidents of version 1."""
AT_ONCE = 500
"""Values in one statement; SQLite takes up to 32,766 parameters."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What was known of a capture when it was grouped last."""

    site: str = ""
    series: str = ""
    digest: str = ""
    """Of the records that its alerts were made from."""
    scope: str = ""
    """What it was grouped with is called by it; empty where it has no alerts."""
    alerts_first_ns: int | None = None
    alerts_last_ns: int | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """One decision with its number."""

    seq: int
    decision: Decision


def pieces_of(values: Iterable[str], size: int = AT_ONCE) -> Iterator[list[str]]:
    """Give values in lists that one statement takes."""
    left = iter(values)
    while piece := list(islice(left, size)):
        yield piece


def list_marks(connection: sa.Connection) -> dict[str, Mark]:
    """Read what is known of captures."""
    names = ("site", "series", "digest", "scope", "alerts_first_ns", "alerts_last_ns")
    rows = connection.execute(sa.select(CAPTURES)).mappings()
    return {row["capture"]: Mark(*(row[name] for name in names)) for row in rows}


def save_marks(connection: sa.Connection, marks: Mapping[str, Mark], gone: Iterable[str] = ()) -> None:
    """Keep what is known of these captures, and forget those that are gone."""
    for piece in pieces_of([*marks, *gone]):
        connection.execute(sa.delete(CAPTURES).where(CAPTURES.c.capture.in_(piece)))
    if marks:
        connection.execute(sa.insert(CAPTURES), [{"capture": name, **asdict(mark)} for name, mark in marks.items()])


def list_digests(connection: sa.Connection) -> dict[str, str]:
    """Tell with what each scope was grouped last."""
    return {row.scope: row.digest for row in connection.execute(sa.select(SCOPES))}


def save_digests(connection: sa.Connection, digests: Mapping[str, str], gone: Iterable[str] = ()) -> None:
    """Note with what scopes were grouped, and forget those that are no more."""
    for piece in pieces_of({*digests, *gone}):
        connection.execute(sa.delete(SCOPES).where(SCOPES.c.scope.in_(piece)))
    if digests:
        connection.execute(sa.insert(SCOPES), [{"scope": name, "digest": digest} for name, digest in digests.items()])


def list_decisions(connection: sa.Connection) -> list[Kept]:
    """Read the decisions in the order they were made; those of version 1 tell their capture by their scope."""
    return read_decisions(connection)


def read_decisions(connection: sa.Connection, *conditions: sa.ColumnElement[bool]) -> list[Kept]:
    """Read the decisions that conditions on their table choose, in the order they were made."""
    rows = connection.execute(sa.select(DECISIONS).where(*conditions).order_by(DECISIONS.c.seq)).mappings()
    return [Kept(row["seq"], _read(row["body"], row["scope"])) for row in rows]


def drop_decisions(change: Change, seqs: Iterable[int]) -> None:
    """Forget decisions."""
    change.connection.execute(sa.delete(DECISIONS).where(DECISIONS.c.seq.in_(sorted(seqs))))


def add_decisions(change: Change, decisions: Sequence[Decision], enterprise: str, site: str, scope: str) -> None:
    """Keep decisions after those there are."""
    last = change.connection.scalar(sa.select(sa.func.max(DECISIONS.c.seq))) or 0
    for seq, decision in enumerate(decisions, last + 1):
        body = json.dumps(asdict(decision), ensure_ascii=False, sort_keys=True)
        values = {"enterprise": enterprise, "site": site, "scope": scope, "body": body}
        change.connection.execute(sa.insert(DECISIONS).values(seq=seq, **values))


def _read(body: str, scope: str) -> Decision:
    values: dict[str, Any] = json.loads(body)
    part = Part(**{**values["part"], "alerts": tuple(values["part"]["alerts"])})
    captures = tuple(values.get("captures") or ([scope] if is_file(scope) else []))
    found = Decision(values["kind"], tuple(values["anchors"]), tuple(values["others"]), part)
    return replace(found, captures=captures)
