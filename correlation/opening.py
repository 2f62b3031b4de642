"""Opening a store by what people write: ``lake:DIR``, a folder, or the addresses of an Elasticsearch cluster."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from wanglou.errors import UsageError

if TYPE_CHECKING:
    from correlation.elastic import Elastic
    from correlation.lake import Lake

LEDGER = "ledger.db"
"""Name of the ledger in the folder of a lake."""
_LAKE = "lake:"


def find_folder(place: str | Path) -> Path | None:
    """Give the folder of a lake; None for a cluster."""
    if isinstance(place, Path):
        return place
    text = place.strip()
    if text.startswith(("http://", "https://")):
        return None
    folder = text.removeprefix(_LAKE)
    if not folder or "://" in folder:
        raise UsageError(f"{place!r} is no store", do="give lake:DIR, or https://host:9200 of Elasticsearch")
    return Path(folder)


def open_store(place: str | Path) -> Lake | Elastic:
    """Open a store; nothing is read or sent before the first call. Raises UsageError for what names none."""
    folder = find_folder(place)
    if folder is not None:
        from correlation.lake import Lake  # noqa: PLC0415 - who asks a cluster needs no lake

        return Lake(folder)
    return open_elastic(str(place))


def open_elastic(place: str) -> Elastic:
    """Open a cluster; what it refuses is kept below the user's folder of state unless the address names a file."""
    from correlation.elastic import Elastic  # noqa: PLC0415 - the client takes long to load
    from correlation.elastic_client import parse_address  # noqa: PLC0415 - the same

    address = parse_address(place.strip())
    return Elastic(address, dead_letters=address.dead or _state_folder() / "dead-letters.ndjson")


def _state_folder() -> Path:
    """Where programs keep what should outlive a restart (XDG Base Directory Specification 0.8)."""
    given = os.environ.get("XDG_STATE_HOME", "")
    return (Path(given) if given else Path.home() / ".local" / "state") / "wanglou"
