"""The settings as pages and the API show them: what holds, where it was said, and what the file says by now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from console.settings import ConsoleSettings
from console.visit import Visit
from wanglou.config import SETTINGS, Found, Settings, load_settings
from wanglou.errors import FaultsError

Origin = Literal["option", "environment", "file", "default"]


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One setting of the console that runs."""

    key: str
    """As the file names it, dotted."""
    variable: str
    """Environment variable that says the same."""
    value: str
    """What holds; empty for nothing."""
    origin: Origin
    where: str
    """The file and line, or the variable."""
    pending: str | None
    """What would hold after a restart, where that differs."""

    @property
    def id(self) -> str:
        """Its key, as ids of elements are written."""
        return self.key.replace(".", "-")

    @property
    def is_size(self) -> bool:
        """True where the value is a number of bytes."""
        return self.key.endswith(("_bytes", "max_disk")) and self.value.isdigit()


@dataclass(frozen=True, slots=True)
class SettingList:
    """All settings."""

    rows: Sequence[SettingRow]
    path: str
    """The file that was read at the start; empty for none."""
    faults: Sequence[str]
    """What is wrong with the file by now."""

    @property
    def pending(self) -> int:
        """How many would change with a restart."""
        return sum(row.pending is not None for row in self.rows)

    @property
    def said(self) -> int:
        """How many are not as they come."""
        return sum(row.origin != "default" for row in self.rows)


def list_settings(visit: Visit) -> SettingList:
    """List every setting with its value and where that came from; the file is read again to see what changed."""
    said = visit.services.settings.said
    now, faults = _read_again(said)
    held = _list_held(visit)
    rows = [_describe(one.key, one.variable, said.explain(one.key), now, held) for one in SETTINGS]
    return SettingList(rows, str(said.path or ""), faults)


def _read_again(said: Settings) -> tuple[Settings | None, list[str]]:
    if said.path is None:
        return None, []
    try:
        return load_settings(str(said.path)), []
    except FaultsError as error:
        return None, [str(fault) for fault in error.faults]


def _list_held(visit: Visit) -> Mapping[str, object]:
    """Give what the console was started with where options of the command line may say it."""
    settings, said = visit.services.settings, visit.services.settings.said
    held = {
        "store": settings.store,
        "ledger": settings.ledger,
        "site": settings.site,
        "console.host": settings.host,
        "console.port": settings.port,
    }
    usual = ConsoleSettings()
    left = {"store": usual.store, "ledger": usual.ledger}
    return {key: value for key, value in held.items() if said[key] is not None or value != left.get(key)}


def _describe(key: str, variable: str, found: Found, now: Settings | None, held: Mapping[str, object]) -> SettingRow:
    value = tell_value(held.get(key, found.value))
    is_option = key in held and value != tell_value(found.value)
    origin: Origin = "option" if is_option else found.origin
    pending = None if now is None or origin in ("option", "environment") else tell_value(now[key])
    changed = pending if pending != tell_value(found.value) else None
    return SettingRow(key, variable, value, origin, "" if is_option else found.where, changed)


def tell_value(value: object) -> str:
    """Write a value; nothing for one that is not there. No setting holds a secret: they name files of secrets."""
    if isinstance(value, tuple | list):
        return " ".join(map(str, value))
    return "" if value is None else str(value)
