"""What the later stages make of captures that were just read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from wanglou.commands.assets import update_assets
from wanglou.commands.incidents import print_incidents
from wanglou.commands.risk import update_risk
from wanglou.commands.terminal import Terminal

if TYPE_CHECKING:
    from wanglou.site import Site


def update_stages(
    terminal: Terminal, place: Path | str, site: Site | None, identities: Sequence[str], ledger: str = ""
) -> None:
    """Bring assets, incidents and risk up to what was read; they are kept in ``ledger``, or where the store's lies."""
    if identities:
        update_assets(place, ledger, site)
        print_incidents(terminal, place, ledger, identities)
        update_risk(place, ledger, site)
