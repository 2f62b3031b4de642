"""The stages that follow a replay: assets, incidents and risk, brought up to what a store holds now.

The command line and the console's worker call this after captures were read or deleted. What has not changed costs a
look into the ledger.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from correlation.opening import find_folder
from wanglou.component import Component
from wanglou.errors import StoreError
from wanglou.ledger import Ledger

if TYPE_CHECKING:
    from correlation.inventory import Update
    from correlation.reconciliation import Outcome as Regrouped
    from correlation.risk_update import Outcome as Assessed
    from correlation.store import Store
    from wanglou.audit import Actor
    from wanglou.site import Site

_LEDGER = "ledger.db"  # correlation.lake's; named here because loading that stage takes longer than looking


@dataclass(frozen=True, slots=True)
class StagesReport:
    """What the stages did."""

    assets: Update
    incidents: Regrouped
    incident_count: int
    """Incidents of the captures."""
    changed_incidents: Sequence[tuple[str, str]] = field(default_factory=tuple)
    """Id and enterprise of the incidents that were opened, changed or removed, by id."""
    risk: Assessed | None = None


def find_ledger(place: Path | str, location: str = "") -> Path | str:
    """Tell where the ledger is: at ``location``, or beside the records of a lake.

    Raises StoreError for a cluster without a location, as it keeps no ledger.
    """
    if location:
        return location if "://" in location else Path(location)
    folder = find_folder(place)
    if folder is None:
        raise StoreError(
            "a cluster keeps no ledger", where=str(place), do="name a ledger, or give --store DIR of a lake"
        )
    return folder / _LEDGER


def open_stages(location: Path | str, more: Sequence[Component] = (), *, create: bool = False) -> Ledger:
    """Open a ledger with the tables of every stage below the console, and those of ``more`` components."""
    from correlation.asset_ledger import ASSETS
    from correlation.incident_tables import INCIDENTS
    from correlation.risk_ledger import RISK
    from correlation.triage_tables import TRIAGE

    return Ledger(location, [ASSETS, INCIDENTS, TRIAGE, RISK, *more], create=create)


def update_stages(
    store: Store, ledger: Ledger, site: Site | None, identities: Sequence[str], actor: Actor
) -> StagesReport:
    """Bring assets, incidents of the captures ``identities``, and risk up to what ``store`` holds.

    ``ledger`` has been opened by ``open_stages``. Without a site file the assets keep to the one given last.
    """
    from correlation.incidents import Incidents
    from correlation.inventory import Inventory
    from correlation.risk_update import update

    assets = Inventory(store, ledger, actor).update(site)
    incidents = Incidents(ledger)
    before = _list_versions(ledger, identities)
    regrouped = incidents.update(store, identities)
    after = _list_versions(ledger, identities) if regrouped.scopes else before
    changed = sorted({(name, enterprise) for name, enterprise, _ in before ^ after})
    risk = update(store, ledger, site, actor)
    return StagesReport(assets, regrouped, incidents.count(identities), changed, risk)


def _list_versions(ledger: Ledger, identities: Sequence[str]) -> set[tuple[str, str, int]]:
    """List id, enterprise and version of the incidents of captures."""
    from correlation.incident_tables import INCIDENT
    from correlation.incidents import scope_of

    scopes = {scope_of(identity) for identity in identities}
    chosen = sa.select(INCIDENT.c.id, INCIDENT.c.enterprise, INCIDENT.c.version).where(INCIDENT.c.scope.in_(scopes))
    with ledger.reading() as connection:
        return {(row.id, row.enterprise, row.version) for row in connection.execute(chosen)}
