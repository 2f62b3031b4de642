"""The audit as pages and the API show it: who changed what, when, from where, with what was there before and after."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from weakref import WeakKeyDictionary

from console.period import MINUTE_NS
from console.refusal import not_found
from console.visit import Visit
from correlation.audit_list import MOST_COUNTED, count_audit, find_change, list_audit, list_choices
from wanglou.audit import AuditRow, Head, parse_head
from wanglou.audit_rows import Asked
from wanglou.chain import Verdict
from wanglou.ledger import Ledger

FILTERS = ("actor", "action", "kind", "subject", "enterprise")
"""Parameters of the address that narrow the list, in the order of ``Asked``."""
NAME_CHARACTERS = 256
LARGEST_SEQ = (1 << 63) - 1
MOST_EXPORTED = 1_000_000
"""Changes of one download."""
EXPORT_PAGE = 1_000
CHOICES_NS = MINUTE_NS
"""How long the names to choose among are remembered; finding them reads the whole audit."""

Sign = Literal["out", "in", "same"]


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One change as a table shows it."""

    row: AuditRow

    @property
    def id(self) -> str:
        """Its number."""
        return str(self.row.seq)

    @property
    def verb(self) -> str:
        """What was done, without the kind."""
        return self.row.action.rpartition(".")[2]

    @property
    def lines(self) -> list[tuple[Sign, str]]:
        """What it was and what it is, line by line."""
        return list(tell_difference(read_state(self.row.before), read_state(self.row.after)))

    @property
    def names(self) -> str:
        """What changed."""
        return ", ".join({**read_state(self.row.before), **read_state(self.row.after)})


@dataclass(frozen=True, slots=True)
class Changes:
    """A page of changes."""

    rows: Sequence[ChangeRow]
    next: str


def read_asked(visit: Visit) -> Asked:
    """Read which changes the address asks for."""
    actor, action, kind, subject, enterprise = (visit.asked(name)[:NAME_CHARACTERS].strip() for name in FILTERS)
    return Asked(actor, action, kind, subject, enterprise, visit.period.start_ns, visit.period.end_ns)


def list_changes(visit: Visit, limit: int) -> Changes:
    """Give a page of the changes asked for, the newest first."""
    return _list(visit, read_asked(visit), limit, visit.asked("cursor"))


def _list(visit: Visit, asked: Asked, limit: int, cursor: str) -> Changes:
    with visit.ledger.reading() as connection:
        page = list_audit(connection, asked, enterprises=visit.enterprises, limit=limit, cursor=cursor)
    return Changes([ChangeRow(row) for row in page.rows], page.next)


def walk_changes(visit: Visit) -> Iterator[AuditRow]:
    """Give all changes asked for; the first page is read at once, so that what is wrong is told."""
    asked = read_asked(visit)
    return _go_on(visit, asked, _list(visit, asked, EXPORT_PAGE, visit.asked("cursor")))


def _go_on(visit: Visit, asked: Asked, found: Changes) -> Iterator[AuditRow]:
    left = MOST_EXPORTED
    while True:
        yield from (one.row for one in found.rows)
        left -= len(found.rows)
        if not found.next or left <= 0:
            return
        found = _list(visit, asked, EXPORT_PAGE, found.next)


def count_changes(visit: Visit) -> tuple[int, bool]:
    """Count the changes asked for; True where there are more than are counted."""
    with visit.ledger.reading() as connection:
        found = count_audit(connection, read_asked(visit), enterprises=visit.enterprises)
    return found, found >= MOST_COUNTED


def get_change(visit: Visit, text: str) -> ChangeRow:
    """Give one change by its number; raises Refused where there is none."""
    is_number = text.isascii() and text.isdigit() and len(text) < len(str(LARGEST_SEQ))
    with visit.ledger.reading() as connection:
        row = find_change(connection, int(text), enterprises=visit.enterprises) if is_number else None
    if row is None:
        raise not_found(text[:NAME_CHARACTERS])
    return ChangeRow(row)


def verify_audit(visit: Visit, kept: str = "") -> Verdict:
    """Look at every row; ``kept`` is a head that an auditor kept. Raises UsageError for what is no head."""
    return visit.ledger.verify(parse_head(kept) if kept.strip() else None)


def read_head(visit: Visit) -> Head:
    """Tell where the audit ends now."""
    return visit.ledger.head()


_known: WeakKeyDictionary[Ledger, tuple[int, dict[str, list[str]]]] = WeakKeyDictionary()
_lock = threading.Lock()


def list_names(visit: Visit) -> Mapping[str, Sequence[str]]:
    """List the actors, actions and kinds to choose among, as they were a minute ago at most."""
    with _lock:
        since, known = _known.get(visit.ledger, (0, {}))
    if known and visit.now_ns - since < CHOICES_NS:
        return known
    with visit.ledger.reading() as connection:
        found = list_choices(connection, visit.enterprises)
    with _lock:
        _known[visit.ledger] = visit.now_ns, found
    return found


def read_state(text: str | None) -> dict[str, Any]:
    """Read a state; what somebody made of it that is no JSON object is shown as it is."""
    if text is None:
        return {}
    try:
        state = json.loads(text)
    except ValueError:
        state = None
    return state if isinstance(state, dict) else {"?": text}


def tell_difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[Sign, str]]:
    """Write each value that differs as a line of what it was and one of what it is."""
    for name in sorted({**before, **after}):
        if name in before and name in after and before[name] == after[name]:
            yield "same", f"{name}: {_tell(after[name])}"
            continue
        if name in before:
            yield "out", f"{name}: {_tell(before[name])}"
        if name in after:
            yield "in", f"{name}: {_tell(after[name])}"


def _tell(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)
