"""What a command changes goes into the read copy on a cluster in the same call; it never fails for that."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from correlation.store import Store
    from wanglou.commands.terminal import Terminal
    from wanglou.component import Component
    from wanglou.ledger import Ledger


@contextmanager
def open_followed(
    place: str | Path, ledger: str, components: list[Component], terminal: Terminal | None = None
) -> Iterator[tuple[Store, Ledger]]:
    """Open a store and its ledger; what is changed in the ledger meanwhile is sent to the cluster at the end.

    Where that fails the user is told: a worker, or `wanglou store mirror`, sends it later.
    """
    from correlation.opening import find_folder, open_ledger, open_store

    is_cluster = find_folder(place) is None
    if is_cluster:
        components = [*components, *(one for one in _list_copied() if one not in components)]
    with open_store(place) as store, open_ledger(ledger, place, components) as opened:
        before = opened.head().count if is_cluster else 0
        yield store, opened
        if is_cluster and opened.head().count != before:
            _follow(store, opened, terminal)


def _list_copied() -> tuple[Component, ...]:
    from correlation.asset_ledger import ASSETS
    from correlation.incident_tables import INCIDENTS
    from correlation.mirror_tables import MIRROR
    from correlation.triage_tables import TRIAGE

    return ASSETS, INCIDENTS, TRIAGE, MIRROR


def _follow(store: Store, ledger: Ledger, terminal: Terminal | None) -> None:
    from correlation.mirror import mirror_changes
    from wanglou.errors import StoreError

    try:
        mirror_changes(store, ledger)
    except StoreError as error:
        if terminal is not None:
            terminal.note("store.copy_failed", style="yellow", why=str(error))
