"""What the later stages make of captures that were just read, and what is said of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from wanglou.commands.figures import write_count
from wanglou.commands.terminal import Terminal

if TYPE_CHECKING:
    from wanglou.site import Site


def check_stages(place: Path | str, ledger: str) -> None:
    """Raise StoreError before anything is read where a newer program wrote the state of a stage."""
    from correlation.opening import find_ledger

    location = find_ledger(ledger, place)
    if isinstance(location, Path) and not location.exists():  # the usual first replay loads no stage for it
        return
    from wanglou import stages

    stages.require_known(location)


def update_stages(
    terminal: Terminal,
    place: Path | str,
    site: Site | None,
    identities: Sequence[str],
    ledger: str = "",
    *,
    fresh: Collection[str] = (),
) -> None:
    """Bring assets, incidents and risk up to what was read; they are kept in ``ledger``, or where the store's lies.

    Open pages of a console hear of it, and of alerts of the captures ``fresh``, whose alerts were just made.
    """
    from correlation.opening import may_hold, open_ledger, open_store

    if not identities or not may_hold(place):
        return
    from console.announcement import announce_replay
    from wanglou import stages

    with open_store(place) as store, open_ledger(ledger, place, stages.COMPONENTS) as opened:
        report = stages.update_stages(store, opened, site, identities)
        announce_replay(opened, store, report, identities, fresh)
    if report.mirror_fault:
        terminal.note("store.copy_failed", style="yellow", why=report.mirror_fault)
    if report.incidents_found:
        terminal.note("incidents.found", incidents=write_count(report.incidents_found), lake=place)
