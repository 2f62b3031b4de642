"""An inventory in a ledger of its own."""

from __future__ import annotations

from pathlib import Path

from correlation.asset_ledger import ASSETS
from correlation.inventory import Inventory
from correlation.store import Store
from wanglou.audit import Actor
from wanglou.ledger import Ledger


def open_inventory(store: Store, location: Path, actor: Actor) -> tuple[Inventory, Ledger]:
    """Open the inventory whose ledger is at ``location``; the caller closes the ledger."""
    ledger = Ledger(location, [ASSETS])
    return Inventory(store, ledger, actor), ledger
