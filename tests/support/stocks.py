"""A console whose assets, incidents and risk are brought up to its lake, for tests of what is made of records."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.consoles import SITE, Console, open_console
from wanglou.site import load_site
from wanglou.stages import update_stages


@contextmanager
def open_stock(lake: Path, folder: Path) -> Iterator[Console]:
    """Open a console over a copy of a lake below ``folder``, with all stages brought up."""
    copied = folder / "lake"
    shutil.copytree(lake, copied)
    with open_console(copied) as console:
        services = console.services
        identities = [capture.record.identity for capture in services.store.captures()]
        update_stages(services.store, services.ledger, load_site(SITE), identities)
        yield console
