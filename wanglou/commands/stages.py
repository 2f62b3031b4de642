"""What the later stages make of captures that were just read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from wanglou.commands.figures import write_count
from wanglou.commands.terminal import Terminal

if TYPE_CHECKING:
    from wanglou.site import Site


def update_stages(terminal: Terminal, place: Path | str, site: Site | None, identities: Sequence[str]) -> None:
    """Bring assets, incidents and risk up to what was read; they are kept where a lake has a ledger for them."""
    from correlation.opening import LEDGER, find_folder

    folder = find_folder(place)
    if folder is None or not identities or not (folder / LEDGER).exists():
        return
    from correlation.lake import Lake
    from wanglou import stages

    with Lake(folder) as store, stages.open_stages(folder / LEDGER) as ledger:
        report = stages.update_stages(store, ledger, site, identities)
    if report.incidents_found:
        terminal.note("incidents.found", incidents=write_count(report.incidents_found), lake=folder)
