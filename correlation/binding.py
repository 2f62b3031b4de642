"""Which store a ledger belongs to: assets, incidents and risk of one store say nothing about another.

Each store has an id of its own, made at random and kept in the store, so that it is the same store at another address
too. A ledger keeps the id of the first store it is used with. A lake's own ledger needs none: it lies in the lake.
"""

from __future__ import annotations

import secrets
from pathlib import Path

import sqlalchemy as sa

from correlation.opening import LEDGER, find_folder, open_store
from correlation.store import Store
from wanglou.audit import Actor, local_actor
from wanglou.component import Component
from wanglou.errors import ConflictError, StoreError
from wanglou.ledger import Ledger
from wanglou.migration import read_versions

BINDING = Component("binding", 1, "correlation.migrations")
"""Table of the store that a ledger belongs to."""
BOUND = sa.Table(
    "bound_store",
    BINDING.metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("store", sa.String, nullable=False),
    sa.Column("place", sa.String, nullable=False),
    info={"kind": "ledger"},
)
"""One row (id 1) in a ledger that belongs to a store: the store's id, and where it was."""
SETTING, IDENTITY = "setting", "identity"
"""Kind and id of the document in which a store keeps its own id."""
_LAKE = "lake"
"""The component that a lake's own ledger has."""


def identify(store: Store) -> str:
    """Give a store's own id, which it gets when it is asked for the first time. Raises StoreError."""
    found = store.get_document(SETTING, IDENTITY)
    if found is None:
        try:
            found = store.put_document(SETTING, IDENTITY, {"id": secrets.token_hex(16)}, expected="")
        except ConflictError:  # another process was first
            found = store.get_document(SETTING, IDENTITY)
    if found is None:
        raise StoreError("the store does not keep its own id", do="`wanglou store check` tells what is wrong with it")
    return str(found.body["id"])


def require_bound(ledger: Ledger, location: Path | str, place: str | Path) -> None:
    """Raise StoreError where ``ledger``, opened at ``location``, belongs to another store than that at ``place``.

    A ledger that belongs to none belongs to this one from then on. A cluster is asked who it is only where the ledger
    knows it at another address, or not yet; then one that is out of reach is asked the next time.
    """
    with ledger.reading() as connection:
        bound = _select(connection)
        has_lake = _LAKE in (read_versions(connection) or {})
    told = _tell(place)
    if bound is None and has_lake:
        if not _is_own(location, place):
            raise _refuse(ledger, str(Path(location).parent) if isinstance(location, Path) else _LAKE)
        return
    is_cluster = find_folder(place) is None
    if bound is not None and _is_cluster(bound[1]) != is_cluster:
        raise _refuse(ledger, bound[1])
    if bound is not None and bound[1] == told and is_cluster:
        return
    try:
        with open_store(place) as store:
            identity = identify(store)
    except StoreError as error:
        if bound is None and _is_out_of_reach(error):
            return
        raise
    if bound is None:
        bound = _bind(location, identity, told)
    if bound[0] != identity:
        raise _refuse(ledger, bound[1])


def require_same(store: Store, ledger: Ledger) -> None:
    """Raise StoreError where ``ledger`` belongs to another store than ``store``, by what the store itself says.

    For whoever is about to change the ledger by what the store holds, or no longer holds.
    """
    with ledger.reading() as connection:
        bound = _select(connection)
    if bound is None:
        return
    found = store.get_document(SETTING, IDENTITY)
    if found is None or found.body.get("id") != bound[0]:
        raise _refuse(ledger, bound[1])


def adopt(location: Path | str, place: str | Path, actor: Actor | None = None) -> str:
    """Let a ledger belong to the store at ``place`` from now on; gives where the store was to which it belonged.

    That is audited.
    """
    with open_store(place) as store:
        identity = identify(store)
    told = _tell(place)
    with Ledger(location, [BINDING]) as ledger, ledger.change(actor or local_actor()) as change:
        bound = _select(change.connection)
        if bound is not None:
            change.update(BOUND, {"id": 1}, {"store": identity, "place": told}, action="bound")
            return bound[1]
        has_lake = _LAKE in (read_versions(change.connection) or {})
        change.insert(BOUND, {"id": 1, "store": identity, "place": told}, action="bound")
    return str(Path(location).parent) if has_lake and isinstance(location, Path) else ""


def _is_own(location: Path | str, place: str | Path) -> bool:
    """True for the ledger that lies in the lake itself."""
    folder = find_folder(place)
    return isinstance(location, Path) and folder is not None and location.resolve() == (folder / LEDGER).resolve()


def _is_cluster(told: str) -> bool:
    """True for what ``_tell`` writes of a cluster."""
    return told.startswith(("http://", "https://"))


def _tell(place: str | Path) -> str:
    """Write where a store is, without what else an address says."""
    folder = find_folder(place)
    if folder is not None:
        return str(folder.resolve())
    from correlation.elastic_client import parse_address  # noqa: PLC0415 - the client takes long to load

    address = parse_address(str(place).strip())
    return f"{','.join(address.urls)} {address.prefix}"


def _select(connection: sa.Connection) -> tuple[str, str] | None:
    """Read id and place of the store that a ledger belongs to."""
    if not sa.inspect(connection).has_table(BOUND.name):
        return None
    row = connection.execute(sa.select(BOUND.c.store, BOUND.c.place)).first()
    return (row.store, row.place) if row is not None else None


def _is_out_of_reach(error: StoreError) -> bool:
    from correlation.elastic_courier import is_out_of_reach  # noqa: PLC0415 - as above

    return is_out_of_reach(error)


def _bind(location: Path | str, identity: str, place: str) -> tuple[str, str]:
    """Note to which store a ledger belongs; gives what is noted, should another have been first."""
    with Ledger(location, [BINDING]) as ledger, ledger.change(local_actor()) as change:
        if (known := _select(change.connection)) is not None:
            return known
        change.insert(BOUND, {"id": 1, "store": identity, "place": place}, action="bound")
    return identity, place


def _refuse(ledger: Ledger, place: str) -> StoreError:
    do = "name this store's own ledger; if its records were moved to this store, run `wanglou store adopt` first"
    return StoreError(f"this ledger belongs to another store: {place}", where=ledger.where, do=do)
