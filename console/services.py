"""What one console has open for as long as it runs: the store, the ledger, the site's facts, the door."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from console.account_tables import ACCOUNTS
from console.backstage import Backstage, open_backstage
from console.display import Displays
from console.display_tables import DISPLAYS
from console.door import Door
from console.job_tables import JOBS
from console.rule_book import RuleBook
from console.seal import KEY_FILE
from console.settings import ConsoleSettings
from console.stop import Stop
from console.view_tables import VIEWS
from console.work_settings import WorkSettings
from correlation.alert_filter import AlertQueries
from correlation.alert_states import AlertStates
from correlation.asset_ledger import ASSETS
from correlation.binding import require_bound
from correlation.hosts import HostBook
from correlation.incident_tables import INCIDENTS
from correlation.incident_tally import IncidentTally
from correlation.incidents import Incidents
from correlation.mirror_tables import MIRROR
from correlation.opening import find_folder, find_ledger, open_store
from correlation.risk_ledger import RISK
from correlation.store import Store
from correlation.triage import Triage
from correlation.triage_tables import TRIAGE
from detection.tuning_tables import TUNING
from wanglou.component import Component
from wanglou.languages import Language
from wanglou.ledger import Ledger
from wanglou.site import Name, Site, load_site

COMPONENTS: tuple[Component, ...] = (ACCOUNTS, JOBS, INCIDENTS, TRIAGE, ASSETS, RISK, MIRROR, DISPLAYS, TUNING, VIEWS)
"""Tables of the stages that the console reads and changes."""
UPLOADS = "uploads"
"""Folder of uploaded files, where nothing else is said."""


@dataclass
class Services:
    """Everything that requests share; safe for any number of threads."""

    settings: ConsoleSettings
    store: Store
    ledger: Ledger
    door: Door
    site: Site
    backstage: Backstage
    """Jobs, uploads, the feed, and the worker where this console runs one."""
    work: WorkSettings
    """What the worker is told."""
    stop: Stop = field(default_factory=Stop)
    """How the console stops answering."""
    clock: Callable[[], int] = time.time_ns
    """Nanoseconds since 1970, UTC."""
    paths: frozenset[str] = frozenset()
    """Paths of the pages that this console has; set when its routes are put together."""

    @cached_property
    def displays(self) -> Displays:
        """Screens that show the wall view."""
        return Displays(self.ledger, self.door.tokens)

    @cached_property
    def hosts(self) -> HostBook:
        """The inventory by address."""
        return HostBook()

    @cached_property
    def triage(self) -> Triage:
        """States of alerts, and suppressions."""
        return Triage(self.ledger)

    @cached_property
    def alert_queries(self) -> AlertQueries:
        """Queries of alerts, with a copy of the states that people gave to them."""
        return AlertQueries(self.store, AlertStates(), self.clock)

    @cached_property
    def incidents(self) -> Incidents:
        """Incidents and decisions about them."""
        return Incidents(self.ledger)

    @cached_property
    def incident_tally(self) -> IncidentTally:
        """Counts of incidents."""
        return IncidentTally()

    @cached_property
    def rules(self) -> RuleBook:
        """The rules, and decisions about them."""
        site = self.site if self.settings.site else None
        return RuleBook(self.ledger, self.settings.rules, site)

    def name_enterprise(self, identity: str, language: Language) -> str:
        """Give what an enterprise is called; its id where the site file does not name it."""
        found = next((one for one in self.site.enterprises if one.id == identity), None)
        return identity if found is None else getattr(found.name, language)


def find_key(settings: ConsoleSettings) -> Path | None:
    """Tell where the key of second factors lies: as set, else in a lake's folder; None where neither is."""
    folder = find_folder(settings.store)
    return settings.totp_key or (folder / KEY_FILE if folder is not None else None)


def _make_door(ledger: Ledger, settings: ConsoleSettings, site: Site) -> Door:
    return Door(ledger, key=find_key(settings), site=site.name.en or settings.name, security=settings.security)


def plan_work(settings: ConsoleSettings) -> WorkSettings:
    """Say what a worker on this console's store needs to know; uploads lie beside the ledger of the store."""
    folder = Path(find_ledger("", settings.store)).parent / UPLOADS
    site = str(settings.site) if settings.site else ""
    return WorkSettings(settings.store, str(folder), ledger=settings.ledger, site=site)


@contextmanager
def open_services(
    settings: ConsoleSettings,
    make_door: Callable[[Ledger], Door] | None = None,
    *,
    work: WorkSettings | None = None,
    with_worker: bool = False,
) -> Iterator[Services]:
    """Open store and ledger, both made where they are missing, and close them at the end.

    Raises StoreError where the ledger belongs to another store. ``with_worker`` runs a worker on the store as long;
    ``work`` is what it is told, by default ``plan_work``.
    """
    place = find_ledger(settings.ledger, settings.store)
    told = work or plan_work(settings)
    folder = find_folder(settings.store)
    with open_store(settings.store) as store:
        if folder is not None:
            store.init()
        with Ledger(place, COMPONENTS, create=True) as ledger:
            require_bound(ledger, place, settings.store)
            site = load_site(settings.site) if settings.site else Site("", Name(settings.name, settings.name))
            door = make_door(ledger) if make_door else _make_door(ledger, settings, site)
            with open_backstage(told, ledger, with_worker=with_worker) as backstage:
                yield Services(settings, store, ledger, door, site, backstage, told)
