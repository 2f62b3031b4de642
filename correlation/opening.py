"""Opening a store by what people write: ``lake:DIR``, a folder, or the addresses of an Elasticsearch cluster.

And the ledger with the state of its stages: what people write, or else where the store's lies.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from wanglou.errors import StoreError, UsageError
from wanglou.file_name import write_path

if TYPE_CHECKING:
    from correlation.elastic import Elastic
    from correlation.lake import Lake
    from wanglou.component import Component
    from wanglou.ledger import Ledger

LEDGER = "ledger.db"
"""File of a ledger where nothing else is said."""
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
    if not _is_utf8(folder):  # DuckDB takes no other path
        raise UsageError("the folder's name is not UTF-8", where=write_path(folder), do="rename it")
    return Path(folder)


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def open_store(place: str | Path) -> Lake | Elastic:
    """Open a store; nothing is read or sent before the first call. Raises UsageError for what names none."""
    folder = find_folder(place)
    if folder is not None:
        from correlation.lake import Lake  # noqa: PLC0415 - who asks a cluster needs no lake

        return Lake(folder)
    return open_elastic(str(place))


def may_hold(store: str | Path) -> bool:
    """Tell whether a store may hold anything: a lake that is not made yet does not; nothing is loaded to find that."""
    folder = find_folder(store)
    return folder is None or (folder / LEDGER).exists()


def require_store(store: str | Path) -> None:
    """Raise StoreError where a store is a lake that is not made yet."""
    if not may_hold(store):
        raise StoreError("there is no lake", where=str(find_folder(store)), do="run `wanglou replay FILE` first")


def find_ledger(ledger: str, store: str | Path) -> Path | str:
    """Give where the state of a store's stages is kept: the file or URL ``ledger``, or else what is usual.

    That is the lake's own ledger; of a cluster, a file of its own below the user's folder of state.
    """
    if ledger:
        return ledger if "://" in ledger else Path(ledger)
    folder = find_folder(store)
    return folder / LEDGER if folder is not None else _state_folder() / f"ledger-{_name_cluster(str(store))}.db"


def open_ledger(
    ledger: str, store: str | Path, components: Sequence[Component], *, anchor: Path | None = None
) -> Ledger:
    """Open the ledger with the state of a store's stages, as ``find_ledger`` finds it; what it lacks is made.

    Raises StoreError where the store is a lake that is not made yet, or the ledger belongs to another store.
    """
    from correlation.binding import require_bound  # noqa: PLC0415 - as below
    from wanglou.ledger import Ledger  # noqa: PLC0415 - who only names a store needs no database

    require_store(store)
    place = find_ledger(ledger, store)
    if not ledger and find_folder(store) is None:
        _state_folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    opened = Ledger(place, components, create=True, anchor=anchor)
    try:
        require_bound(opened, place, store)
    except BaseException:
        opened.close()
        raise
    return opened


def open_elastic(place: str) -> Elastic:
    """Open a cluster; what it refuses, and what waits for it, is kept below the user's folder of state.

    The address may name other places.
    """
    from correlation.elastic import Elastic  # noqa: PLC0415 - the client takes long to load
    from correlation.elastic_client import parse_address  # noqa: PLC0415 - the same

    address = parse_address(place.strip())
    state = _state_folder()
    digest = _name_cluster(place)
    letters = address.dead or state / f"dead-letters-{digest}.ndjson"
    return Elastic(address, dead_letters=letters, spool=state / f"spool-{digest}")


def may_wait(store: str | Path, error: StoreError) -> bool:
    """Tell whether what is written to a store may wait: its cluster is out of reach, and its address names a spool."""
    if find_folder(store) is not None:
        return False
    from correlation.elastic_client import parse_address  # noqa: PLC0415 - the client takes long to load
    from correlation.elastic_courier import is_out_of_reach  # noqa: PLC0415 - the same

    return parse_address(str(store).strip()).spool is not None and is_out_of_reach(error)


def _name_cluster(place: str) -> str:
    """Digest of a cluster's addresses and prefix, for names of files that belong to it alone."""
    from correlation.elastic_client import parse_address  # noqa: PLC0415 - as above

    address = parse_address(place.strip())
    return hashlib.sha256(f"{','.join(address.urls)} {address.prefix}".encode()).hexdigest()[:12]


def _state_folder() -> Path:
    """Where programs keep what should outlive a restart (XDG Base Directory Specification 0.8)."""
    given = os.environ.get("XDG_STATE_HOME", "")
    return (Path(given) if given else Path.home() / ".local" / "state") / "wanglou"
