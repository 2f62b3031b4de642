"""The later stages brought up to what a store holds: assets, incidents, risk, in this order.

Any store goes with any ledger that was opened with ``COMPONENTS``. Nothing is printed, so that commands and workers
share it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import sqlalchemy as sa

from correlation import inventory, reconciliation, risk_update
from correlation.asset_ledger import ASSETS, DECISION, list_assets, list_states
from correlation.binding import require_same
from correlation.documents import DOCUMENTS
from correlation.incident_ledger import list_marks
from correlation.incident_tables import DECISIONS, INCIDENT, INCIDENTS
from correlation.incidents import Incidents
from correlation.inventory import Inventory
from correlation.manifest import LAKE
from correlation.mirror import Mirrored, mirror
from correlation.mirror_tables import MIRROR
from correlation.risk_ledger import RISK, list_days
from correlation.risk_register import list_known
from correlation.site_facts import load_site_facts
from correlation.store import Capture, Store
from correlation.triage import Triage
from correlation.triage_tables import ALERT_STATES, SUPPRESSIONS, TRIAGE
from wanglou.audit import Actor, local_actor
from wanglou.component import Component
from wanglou.errors import StoreError
from wanglou.ledger import Ledger, NoLedgerError
from wanglou.migration import find_outdated, read_versions
from wanglou.site import Site

COMPONENTS = (ASSETS, INCIDENTS, TRIAGE, RISK, MIRROR)
"""What the stages keep in a ledger."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StageReport:
    """What became of each stage."""

    assets: inventory.Update = field(default_factory=inventory.Update)
    incidents: reconciliation.Outcome = field(default_factory=reconciliation.Outcome)
    incidents_found: int = 0
    """Incidents that the captures have alerts in."""
    changed_incidents: Sequence[tuple[str, str]] = ()
    """Id and enterprise of the incidents that were opened, changed or removed, by id."""
    risk: risk_update.Outcome = field(default_factory=risk_update.Outcome)
    mirrored: Mirrored = field(default_factory=Mirrored)
    """What a cluster was sent of all this."""
    mirror_fault: str = ""
    """Why a cluster could not be sent it; it is sent later."""


def open_stages(location: Path | str, more: Sequence[Component] = (), *, create: bool = False) -> Ledger:
    """Open a ledger for all stages and ``more`` components; raises StoreError where there is none to open."""
    return Ledger(location, [*COMPONENTS, *more], create=create)


_PAGE = 4096
"""Bytes of SQLite's page."""


def is_made(location: Path | str) -> bool:
    """True where a ledger may be: not where its file lacks, or was opened by a program that ended before it wrote.

    Such a file is one page; a ledger has more, in the file or in the log beside it.
    """
    if not isinstance(location, Path):
        try:
            Ledger(location, []).close()
        except NoLedgerError:
            return False
        return True
    files = (location, location.with_name(f"{location.name}-wal"))
    return sum(file.stat().st_size for file in files if file.exists()) > _PAGE


def count_decided(location: Path | str) -> dict[str, int]:
    """Count what people decided, by kind, without kinds of which there is nothing; none where there is no ledger."""
    if not is_made(location):
        return {}
    with Ledger(location, []) as ledger, ledger.reading() as connection:
        there = read_versions(connection) or {}
        counts = {
            name: connection.scalar(sa.select(sa.func.count()).select_from(table).where(which)) or 0
            for component, name, table, which in _DECIDED
            if component.name in there
        }
    return {name: count for name, count in counts.items() if count}


_DECIDED: Sequence[tuple[Component, str, sa.Table, sa.ColumnElement[bool]]] = (
    (TRIAGE, "alerts", ALERT_STATES, sa.true()),
    (TRIAGE, "suppressions", SUPPRESSIONS, sa.true()),
    (INCIDENTS, "incidents", INCIDENT, INCIDENT.c.is_touched),
    (INCIDENTS, "groupings", DECISIONS, sa.true()),
    (ASSETS, "assets", DECISION, sa.true()),
)
"""Rows that hold what people decided, and what they are called in the catalogues below ``store.decided``."""


def require_known(location: Path | str) -> int:
    """Raise StoreError where a newer program wrote a part of the ledger; gives how many parts of ours it has.

    Nothing is made or brought up. A ledger that is not there has none.
    """
    if not is_made(location):
        return 0
    with Ledger(location, []) as ledger, ledger.reading() as connection:
        versions = read_versions(connection) or {}
        find_outdated(versions, (LAKE, DOCUMENTS, *COMPONENTS), ledger.where)
    return sum(component.name in versions for component in COMPONENTS)


def update_stages(
    store: Store,
    ledger: Ledger,
    site: Site | None,
    identities: Sequence[str],
    actor: Actor | None = None,
    *,
    series: str | None = None,
    check: Callable[[], None] = lambda: None,
) -> StageReport:
    """Bring all stages up to what the store holds; each reads only what changed.

    ``identities`` are captures that were just read at ``site``, as parts of the recording ``series``; None keeps what
    was told of either before. Without any, captures that are gone, changed, or were left alone are brought up.
    ``ledger`` was opened with ``COMPONENTS``. Raises StoreError where it belongs to another store.
    ``check`` is called whenever the store is asked; what it raises ends the update there, and the next one does the
    rest: each transaction is whole in itself.
    """
    require_same(store, ledger)
    by = actor or local_actor()
    listed = cast("Store", _Listed(store, check))
    known = site or find_site(ledger)
    assets = Inventory(listed, ledger, by).update(known)
    incidents = Incidents(ledger)
    before = _list_versions(ledger)
    grouped = incidents.update(listed, identities, site=known.id if known else None, series=series)
    risk = assess_risk(listed, ledger, known, by)
    changed = tuple(sorted({(name, enterprise) for name, enterprise, _ in before ^ _list_versions(ledger)}))
    sent, fault = _mirror(store, ledger, identities)
    return StageReport(assets, grouped, incidents.count(identities), changed, risk, sent, fault)


def _mirror(store: Store, ledger: Ledger, identities: Sequence[str]) -> tuple[Mirrored, str]:
    """Bring the read copy on a cluster up; where that fails, what is missing there is noted and sent later."""
    try:
        return mirror(store, ledger, identities), ""
    except StoreError as error:
        _log.warning("the read copy on the cluster could not be brought up: %s", error)
        return Mirrored(), str(error)


def _list_versions(ledger: Ledger) -> set[tuple[str, str, int]]:
    """List id, enterprise and version of all incidents."""
    chosen = sa.select(INCIDENT.c.id, INCIDENT.c.enterprise, INCIDENT.c.version)
    with ledger.reading() as connection:
        return {(row.id, row.enterprise, row.version) for row in connection.execute(chosen)}


class _Listed:
    """A store that is asked once which captures it has, for all stages of one update."""

    def __init__(self, store: Store, check: Callable[[], None]) -> None:
        """Ask ``store`` for everything else, and ``check`` each time."""
        self._store, self._check = store, check
        self._captures: Sequence[Capture] | None = None

    def captures(self) -> Sequence[Capture]:
        """List the captures by name, as they were when first asked for."""
        if self._captures is None:
            self._captures = self._store.captures()
        return self._captures

    def __getattr__(self, name: str) -> Any:
        """Give what the store has."""
        self._check()
        return getattr(self._store, name)


def assess_risk(
    store: Store, ledger: Ledger, site: Site | None, actor: Actor, *, rebuild: bool = False
) -> risk_update.Outcome:
    """Bring the figures of risk up to the store, the register of assets and the suppressions in the ledger."""
    with ledger.reading() as connection:
        known = list_known(list_assets(connection))
        told = site or load_site_facts(connection)
    hidden = Triage(ledger).suppressions()
    return risk_update.update(store, ledger, told, actor, register=known, suppressed=hidden, rebuild=rebuild)


def is_in_use(ledger: Ledger) -> bool:
    """True where stages were brought up with this ledger before."""
    with ledger.reading() as connection:
        return bool(list_states(connection) or list_marks(connection) or list_days(connection))


def find_site(ledger: Ledger) -> Site | None:
    """Give the site whose file was given last, with the facts that stages need of it."""
    with ledger.reading() as connection:
        return load_site_facts(connection)
