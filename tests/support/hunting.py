"""Visits and records for tests of hunting and evidence."""

from __future__ import annotations

from console.record import Record
from console.visit import Visit
from correlation.record import read_records
from tests.support.consoles import EVER, Console
from tests.support.visits import make_guest, make_visit


def visit_of(console: Console, query: str = EVER, enterprises: frozenset[str] | None = None) -> Visit:
    """Make the visit of an analyst, of the whole park unless enterprises are given."""
    visit = make_visit(query=query)
    visit.services, visit.guest = console.services, make_guest("analyst", enterprises=enterprises)
    return visit


def find_newest(console: Console, dataset: str = "modbus", count: int = 1) -> list[Record]:
    """Give the newest records of a dataset."""
    batches = console.services.store.search(dataset, limit=count)
    return [Record(one) for batch in batches for one in read_records(batch)]


def find_identity(console: Console, dataset: str = "modbus") -> str:
    """Give the id of the newest record of a dataset."""
    return str(find_newest(console, dataset)[0]["event.id"])
