"""What the later stages make of captures that were just read, and what is said of it."""

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
    from correlation.lake import LEDGER, Lake
    from correlation.opening import find_folder
    from wanglou import stages
    from wanglou.audit import local_actor

    folder = find_folder(place)
    if folder is None or not identities or not (folder / LEDGER).exists():
        return
    with Lake(folder) as lake, stages.open_stages(folder / LEDGER) as ledger:
        report = stages.update_stages(lake, ledger, site, identities, local_actor())
    if report.incident_count:
        terminal.note("incidents.found", incidents=write_count(report.incident_count), lake=folder)
