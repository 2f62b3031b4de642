"""Settings as the defaults of options: what the command line and the environment leave open, the file says."""

from __future__ import annotations

from typing import Any

import typer

from wanglou.config import Found, Settings

SETTINGS = "wanglou.settings"
"""Name of the settings among a context's ``meta``."""
KEYS = {
    "--store": "store",
    "--ledger": "ledger",
    "--site": "site",
    "--rules": "rules",
    "--max-disk": "max_disk",
    "--keep": "keep",
}
"""Options and the settings that say the same."""
OF_CLUSTERS = {"--keep"}
"""Options that a lake has no use for."""
APART = {"demo", "verify", "rules test"}
"""Commands that work on what is bundled, or on what is named, and not on what the settings name."""


def list_defaults(command: Any, settings: Settings) -> dict[str, Any]:
    """Give the defaults of all commands, nested by their words; nothing of what the settings do not say."""
    said = {option: found for option, key in KEYS.items() if (found := settings.explain(key)).origin != "default"}
    if "://" not in (settings["store"] or ""):
        said = {option: found for option, found in said.items() if option not in OF_CLUSTERS}
    return _list(command, said, ()) if said else {}


def _list(command: Any, said: dict[str, Found], path: tuple[str, ...]) -> dict[str, Any]:
    if " ".join(path) in APART:
        return {}
    own = {parameter.name: write(said[name].value) for parameter in command.params for name in parameter.opts
           if name in said}  # fmt: skip
    below = getattr(command, "commands", {})
    return own | {name: found for name in below if (found := _list(below[name], said, (*path, name)))}


def write(value: Any) -> Any:
    """Write a value as the command line would have it."""
    return [str(one) for one in value] if isinstance(value, tuple) else str(value)


def part_ledger(context: Any) -> None:
    """Let the settings' ledger be where another store than theirs was named: one ledger serves one store."""
    sources = {name: getattr(context.get_parameter_source(name), "name", "") for name in ("lake", "ledger")}
    if sources["ledger"] == "DEFAULT_MAP" and sources["lake"] in ("COMMANDLINE", "ENVIRONMENT"):
        context.params["ledger"] = ""


def take_settings(context: typer.Context) -> Settings:
    """Give the settings that a command was called with."""
    found: Settings = context.meta.get(SETTINGS) or Settings()
    return found
