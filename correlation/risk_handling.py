"""How alerts were handled, as the audit tells it: the only place that keeps when somebody took one up."""

from __future__ import annotations

import json
from dataclasses import replace

import sqlalchemy as sa

from correlation.risk_facts import NEVER
from correlation.risk_source import Handled
from wanglou.audit import AUDIT

KIND = "alert"
"""What the audit calls an alert."""
_TAKEN, _ENDED = ("acknowledged", "closed"), "closed"


def read_handled(connection: sa.Connection) -> dict[str, Handled]:
    """Tell by ``event.id`` when alerts were taken up and closed; one that was opened again is open."""
    it = AUDIT.c
    chosen = sa.select(it.subject, it.at_ns, it.after).where(it.kind == KIND).order_by(it.seq)
    found: dict[str, Handled] = {}
    for subject, at_ns, after in connection.execute(chosen):
        state = json.loads(after or "{}").get("state")
        if state is not None:
            found[subject] = _follow(found.get(subject, Handled()), str(state), at_ns)
    return {subject: one for subject, one in found.items() if one.taken_ns != NEVER}


def _follow(before: Handled, state: str, at_ns: int) -> Handled:
    if state not in _TAKEN:
        return Handled()
    taken = replace(before, taken_ns=min(before.taken_ns, at_ns), closed_ns=NEVER)
    return replace(taken, closed_ns=at_ns) if state == _ENDED else taken
