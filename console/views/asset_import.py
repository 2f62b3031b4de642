"""What a CSV file says of assets: looked at first, then taken whole or, where it has a fault, not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from console.views.assets import call_asset
from console.visit import Visit
from correlation.asset import Asset
from correlation.asset_csv import read_csv
from correlation.asset_detail import list_known
from correlation.inventory import Inventory
from wanglou.commands.asset_edits import decode, match_rows
from wanglou.errors import Fault, FaultsError
from wanglou.languages import Language
from wanglou.sentences import find_sentence

MOST_SHOWN = 100
"""Changes and faults that are listed."""
_FILE = Path("assets.csv")


@dataclass(frozen=True, slots=True)
class FileFault:
    """One thing wrong with a file."""

    line: int
    """From 1; 0 where it is the whole file's."""
    text: str
    original: str = ""
    """Its English words, where it is not known in the reader's language."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that a file changes."""

    asset: str
    """Id of the asset; empty for one that is declared."""
    name: str
    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a file would do, or did."""

    rows: int = 0
    changed: int = 0
    """Assets that it changes or declares."""
    declared: int = 0
    """Assets that were not known."""
    changes: Sequence[FieldChange] = ()
    """The first of them."""
    faults: Sequence[FileFault] = ()
    is_taken: bool = False


def take_file(visit: Visit, content: bytes, enterprise: str, reason: str, *, is_trial: bool) -> Outcome:
    """Look at a file, and take it unless ``is_trial`` or it has a fault; all of it in one transaction."""
    with visit.ledger.reading() as connection:
        assets = list_known(connection, visit.enterprises)
    try:
        rows = read_csv(_FILE, decode(_FILE, content))
        edits = match_rows(_FILE, rows, assets, enterprise)
        _check_enterprises(visit, [(row.line, edit[0]) for row, edit in zip(rows, edits, strict=True)])
    except FaultsError as error:
        return Outcome(faults=[_tell(fault, visit.language) for fault in error.faults])
    wanted = [edit for edit in edits if edit[2]]
    known = {(one.enterprise, one.key): one for one in assets}
    changes = [change for edit in wanted[:MOST_SHOWN] for change in _list_changes(known.get(edit[:2]), edit)]
    declared = sum(edit[:2] not in known for edit in wanted)
    if not is_trial and wanted:
        Inventory(visit.store, visit.ledger, visit.actor).edit(wanted, reason)
    return Outcome(len(rows), len(wanted), declared, changes[:MOST_SHOWN], is_taken=not is_trial)


def _check_enterprises(visit: Visit, named: Sequence[tuple[int, str]]) -> None:
    """Raise FaultsError for rows of enterprises that the park has not, or that the guest may not see."""
    known = {one.id for one in visit.services.site.enterprises}
    faults = [
        Fault(_FILE, line, f"there is no enterprise {name[:80]!r}")
        for line, name in named
        if not visit.scope.admits(name) or (known and name not in known)
    ]
    if faults:
        raise FaultsError("assets", faults)


def _list_changes(asset: Asset | None, edit: tuple[str, str, Mapping[str, Any]]) -> list[FieldChange]:
    _, key, values = edit
    identity, name = ("", key.partition(":")[2]) if asset is None else (asset.id, call_asset(asset))
    return [
        FieldChange(identity, name, field, getattr(asset, field) if asset else None, value)
        for field, value in values.items()
    ]


def _tell(fault: Fault, language: Language) -> FileFault:
    told = find_sentence(fault.message, language)
    return FileFault(fault.line, told, "" if told else fault.message)
