"""One alert of a list: its record with what people made of it and the incident it is in."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from correlation.incident_tables import MEMBERS
from correlation.store import Value
from correlation.triage import Triaged
from correlation.triage_tables import ALERT_STATES

_AT_ONCE = 500

Record = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class AlertLine:
    """One alert of a list."""

    record: Record
    """Its fields that have a value; times are nanoseconds."""
    triaged: Triaged
    incident: str
    """Id of the incident it is in; empty for none."""

    @property
    def id(self) -> str:
        """``event.id``."""
        return str(self.record["event.id"])


def add_triage(connection: sa.Connection, records: Sequence[Record]) -> list[AlertLine]:
    """Give alerts with what people made of them and their incidents."""
    ids = [str(record["event.id"]) for record in records]
    states, incidents = read_states(connection, ids), find_incidents(connection, ids)
    return [
        AlertLine(record, states.get(one) or Triaged(one, enterprise=str(record.get("organization.id", ""))),
                  incidents.get(one, ""))
        for one, record in zip(ids, records, strict=True)
    ]  # fmt: skip


def read_states(connection: sa.Connection, ids: Collection[str]) -> dict[str, Triaged]:
    """Give what people made of these alerts; those that nobody touched are left out."""
    table, wanted = ALERT_STATES.c, sorted(ids)
    columns = (table.id, table.state, table.assignee, table.comment, table.version, table.enterprise)
    found: dict[str, Triaged] = {}
    for begin in range(0, len(wanted), _AT_ONCE):
        for row in connection.execute(sa.select(*columns).where(table.id.in_(wanted[begin : begin + _AT_ONCE]))):
            found[row.id] = Triaged(*row)
    return found


def find_incidents(connection: sa.Connection, ids: Collection[str]) -> dict[str, str]:
    """Name the incident of each of these alerts that is in one."""
    wanted, found = sorted(ids), {}
    for begin in range(0, len(wanted), _AT_ONCE):
        some = wanted[begin : begin + _AT_ONCE]
        chosen = sa.select(MEMBERS.c.alert, MEMBERS.c.incident).where(MEMBERS.c.alert.in_(some))
        found.update({row.alert: row.incident for row in connection.execute(chosen)})
    return found
