"""The settings: one YAML file and the environment, each value with where it came from.

The first file there is counts, and no other: ``--settings FILE``, ``$WANGLOU_SETTINGS``, ``./wanglou.yaml``,
``$XDG_CONFIG_HOME/wanglou/wanglou.yaml``, ``/etc/wanglou/wanglou.yaml``. A variable ``WANGLOU_<KEY>`` beats the file,
an option of the command line beats both. docs/settings.md tells every key.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from wanglou.config_value import (
    Reading,
    Value,
    choice,
    number,
    read_ledger,
    read_networks,
    read_path,
    read_paths,
    read_policies,
    read_size,
    read_store,
    read_text,
    read_zone,
    whole,
)
from wanglou.errors import Fault, FaultsError
from wanglou.languages import LANGUAGES

if TYPE_CHECKING:
    from wanglou.document import Reader

VARIABLE = "WANGLOU_SETTINGS"
"""Environment variable that names the file."""
FILE = "wanglou.yaml"
SYSTEM = Path("/etc/wanglou") / FILE

Origin = Literal["option", "environment", "file", "default"]
Keys = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """One key of the file."""

    key: str
    """Its place, dotted."""
    read: Reading
    default: Value = None

    @property
    def variable(self) -> str:
        """The environment variable that says the same."""
        return f"WANGLOU_{self.key.upper().replace('.', '_')}"


SETTINGS = (
    Setting("store", read_store),
    Setting("ledger", read_ledger),
    Setting("site", read_path),
    Setting("rules", read_paths, ()),
    Setting("language", choice(*LANGUAGES)),
    Setting("max_disk", read_size),
    Setting("keep", read_policies, ""),
    Setting("keep_days", whole(1, 36_500)),
    Setting("console.name", read_text, ""),
    Setting("console.host", read_text, "127.0.0.1"),
    Setting("console.port", whole(0, 65_535), 8600),
    Setting("console.certificate", read_path),
    Setting("console.key", read_path),
    Setting("console.totp_key", read_path),
    Setting("console.proxies", read_networks, ()),
    Setting("console.zone", read_zone, "Asia/Shanghai"),
    Setting("console.body_bytes", read_size, 1 << 20),
    Setting("console.requests_per_s", number(0.1, 1e6), 40.0),
    Setting("console.burst", whole(1, 1_000_000), 400),
    Setting("console.sessions.idle_minutes", whole(1, 1440), 30),
    Setting("console.sessions.absolute_hours", whole(1, 720), 12),
    Setting("console.sessions.sessions_each", whole(1, 1000), 20),
    Setting("console.uploads.file_bytes", read_size, 100 << 30),
    Setting("console.uploads.enterprise_bytes", read_size, 200 << 30),
    Setting("console.uploads.total_bytes", read_size, 500 << 30),
    Setting("console.uploads.reserve_bytes", read_size, 2 << 30),
    Setting("console.uploads.open_uploads", whole(1, 10_000), 20),
    Setting("console.uploads.files", whole(1, 10_000_000), 10_000),
)
"""Every setting; those below ``console`` are named as the console's own settings are."""
SECRETS = {"password", "passwd", "secret", "token", "api_key", "apikey", "key_password"}
"""Words that somebody may think of; secrets stand in files of their own."""


@dataclass(frozen=True, slots=True)
class Found:
    """A value and where it came from."""

    value: Value
    origin: Origin = "default"
    where: str = ""
    """The file and line, the variable or the option."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings."""

    path: Path | None = None
    """The file that was read."""
    found: Mapping[str, Found] = field(default_factory=dict)
    """What was said, by key."""

    def __getitem__(self, key: str) -> Value:
        """Give a value; raises KeyError for what is no setting."""
        return self.explain(key).value

    def explain(self, key: str) -> Found:
        """Give a value with where it came from."""
        return self.found.get(key) or Found(_BY_KEY[key].default)

    def all(self) -> Iterator[tuple[str, Found]]:
        """Give all values by key, with where they came from."""
        return ((one.key, self.explain(one.key)) for one in SETTINGS)

    def override(self, key: str, value: Value, option: str) -> Settings:
        """Give settings in which an option of the command line said a value."""
        return replace(self, found={**self.found, key: Found(value, "option", option)})

    def section(self, name: str) -> dict[str, Value]:
        """Give the values right below a key, by the last word of theirs."""
        keys = (one.key.rpartition(".") for one in SETTINGS)
        return {word: self[f"{above}.{word}"] for above, _, word in keys if above == name}


_BY_KEY = {one.key: one for one in SETTINGS}
_SECTIONS = {one.key.rpartition(".")[0] for one in SETTINGS} - {""}


def list_places(environment: Mapping[str, str]) -> list[Path]:
    """List where a file is looked for when none is named (XDG Base Directory Specification 0.8)."""
    given = environment.get("XDG_CONFIG_HOME", "")
    home = Path(given) if given else Path(environment.get("HOME") or Path.home()) / ".config"
    return [Path(FILE), home / "wanglou" / FILE, SYSTEM]


def find_file(named: str, environment: Mapping[str, str]) -> Path | None:
    """Find the file: the one named, or the first there is; None where there is none."""
    name = named or environment.get(VARIABLE, "")
    if name:
        return Path(name)
    return next((path for path in list_places(environment) if os.path.lexists(path)), None)


def load_settings(named: str = "", environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the file and the environment; raises FaultsError with all that is wrong in both."""
    faults: list[Fault] = []
    path = find_file(named, environment)
    found = dict(_read_file(path, faults)) if path else {}
    found |= dict(_read_environment(environment, faults))
    settings = Settings(path, found)
    faults += _check_pairs(settings)
    if faults:
        raise FaultsError("settings", faults)
    return settings


def _read_environment(environment: Mapping[str, str], faults: list[Fault]) -> Iterator[tuple[str, Found]]:
    for one in SETTINGS:
        text = environment.get(one.variable, "")
        if not text:
            continue
        name = f"${one.variable}"
        try:
            yield one.key, Found(one.read(text, Path()), "environment", name)
        except ValueError as error:
            faults.append(Fault(Path(name), 0, str(error)))


def _read_file(path: Path, faults: list[Fault]) -> Iterator[tuple[str, Found]]:
    from wanglou.document import Reader, read_documents  # most commands find no file

    documents, wrong = read_documents(path)
    faults += wrong
    if wrong or not documents:  # an empty file says nothing
        return
    document = documents[0]
    if len(documents) > 1 or not isinstance(document.value, dict):
        faults.append(Fault(path, 0, "a settings file is one YAML mapping; docs/settings.md tells its keys"))
        return
    reader = Reader(document)
    for keys, value in _walk(reader, document.value, ()):
        key = ".".join(keys)
        try:
            read = _BY_KEY[key].read(value, path.parent)
        except ValueError as error:
            reader.fault(f"{key}: {error}", *keys)
            continue
        yield key, Found(read, "file", f"{path}:{document.line(*keys)}")
    faults += reader.faults


def _walk(reader: Reader, values: Mapping[str, Value], above: Keys) -> Iterator[tuple[Keys, Value]]:
    """Give the settings that a mapping says, with their keys; notes what is none."""
    prefix = "".join(f"{name}." for name in above)
    known = {one.key.removeprefix(prefix).partition(".")[0] for one in SETTINGS if one.key.startswith(prefix)}
    secrets = {name for name in values if name.lower() in SECRETS and name not in known}
    for name in secrets:
        reader.fault(f"{name!r}: a secret stands in a file of its own, of which the path is named", *above, name)
    reader.check_keys({name: value for name, value in values.items() if name not in secrets}, sorted(known), *above)
    for name, value in values.items():
        keys = (*above, name)
        if ".".join(keys) in _SECTIONS:
            if isinstance(value, dict):
                yield from _walk(reader, value, keys)
            elif value is not None:
                reader.fault(f"{name!r} must be a mapping, not {value!r:.80}", *keys)
        elif ".".join(keys) in _BY_KEY and value is not None:
            yield keys, value


def _check_pairs(settings: Settings) -> Iterator[Fault]:
    """Find values that go together and do not."""
    pair = ("console.certificate", "console.key")
    for one, other in (pair, pair[::-1]):
        found = settings.explain(one)
        if found.value is not None and settings[other] is None:
            path, _, line = found.where.rpartition(":") if found.origin == "file" else (found.where, "", "0")
            yield Fault(Path(path), int(line), f"{one!r} needs {other!r} beside it")
