"""``wanglou settings``: what holds, where each value came from, and whether the file is right."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from wanglou.commands.defaults import take_settings
from wanglou.commands.help import Command, Group
from wanglou.commands.options import JsonOption
from wanglou.commands.reading import plain_lines
from wanglou.commands.terminal import Terminal, plain
from wanglou.config import Settings, find_file, list_places, load_settings
from wanglou.errors import Fault, FaultsError, WanglouError

app = typer.Typer(cls=Group)

FOUND = 1
"""Exit code when the settings have faults."""


@app.command(cls=Command)
def show(context: typer.Context, as_json: JsonOption = False) -> None:
    """Show every setting, its value, and where that came from."""
    terminal: Terminal = context.obj
    settings = _load(terminal, take_settings(context))
    if as_json:
        _write_json(settings)
        return
    rows = ((key, tell_value(found.value), found.where or terminal.say("settings.default"))
            for key, found in settings.all())  # fmt: skip
    terminal.grid(("setting", "value", "origin"), rows)
    _tell_file(terminal, settings)


def tell_value(value: Any) -> str:
    """Write a value; nothing for one that is not there."""
    if isinstance(value, tuple):
        return " ".join(map(str, value))
    return "" if value is None else str(value)


def _write_json(settings: Settings) -> None:
    from wanglou.commands.lines import write_json

    for key, found in settings.all():
        value = list(map(str, found.value)) if isinstance(found.value, tuple) else found.value
        value = str(value) if isinstance(value, Path) else value
        told = {"setting": key, "value": value, "origin": found.origin, "where": found.where or None}
        line = write_json({name: one for name, one in told.items() if one is not None})
        sys.stdout.buffer.write(f"{line}\n".encode())
    sys.stdout.buffer.flush()


def _tell_file(terminal: Terminal, settings: Settings) -> None:
    if settings.path is not None:
        terminal.note("settings.file", style="dim", path=plain(settings.path))
        return
    places = ", ".join(map(str, list_places(os.environ)))
    terminal.note("settings.none", style="dim", places=plain(places))


@app.command(cls=Command)
def check(
    context: typer.Context, file: Annotated[str, typer.Argument(metavar="FILE", show_default=False)] = ""
) -> None:
    """Look at the file, and at what it names; exit code 1 when something is wrong."""
    terminal: Terminal = context.obj
    given = take_settings(context)
    settings = _load(terminal, Settings(find_file(file, os.environ)) if file else given)
    if faults := list(find_faults(settings)):
        _complain(terminal, FaultsError("settings", faults))
    if settings.path is not None:
        terminal.tell("settings.fine", path=plain(settings.path), count=len(settings.found))
    else:
        _tell_file(terminal, settings)


def _load(terminal: Terminal, given: Settings) -> Settings:
    """Read the settings again, faults and all; what the command line said stays said."""
    try:
        settings = load_settings(str(given.path) if given.path else "")
    except FaultsError as error:
        _complain(terminal, error)
    said = {key: found for key, found in given.found.items() if found.origin == "option"}
    return Settings(settings.path, {**settings.found, **said})


def _complain(terminal: Terminal, error: FaultsError) -> NoReturn:
    terminal.err.print(plain_lines(str(error)), style="red", soft_wrap=True)
    raise typer.Exit(FOUND)


def find_faults(settings: Settings) -> Iterator[Fault]:
    """Look at what the settings name: files, folders, addresses and datasets."""
    for key, look in _LOOKS.items():
        found = settings.explain(key)
        if found.value in (None, (), ""):
            continue
        try:
            look(found.value)
        except FaultsError as error:
            yield from error.faults
        except (WanglouError, OSError) as error:
            path, _, line = found.where.rpartition(":") if found.origin == "file" else (found.where, "", "0")
            what = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) else str(error)
            yield Fault(Path(path), int(line), f"{key}: {what}")
    if settings["console.certificate"] and settings["console.key"]:
        yield from _find_pair_faults(settings)


def _look_at_store(place: str) -> None:
    from correlation.opening import find_folder

    if find_folder(place) is None:
        from correlation.elastic_client import parse_address

        parse_address(place)


def _look_at_ledger(place: str) -> None:
    from wanglou.database import parse_location

    parse_location(place if "://" in place else Path(place))


def _look_at_site(path: Path) -> None:
    from wanglou.site import load_site

    load_site(path)


def _look_at_rules(folders: tuple[Path, ...]) -> None:
    for folder in folders:
        os.scandir(folder).close()


def _look_at_policies(text: str) -> None:
    from correlation.lake import default_datasets
    from correlation.volume import parse_policies

    parse_policies(text, default_datasets())


def _look_at_file(path: Path) -> None:
    with path.open("rb"):
        pass


_LOOKS: dict[str, Callable[[Any], None]] = {
    "store": _look_at_store,
    "ledger": _look_at_ledger,
    "site": _look_at_site,
    "rules": _look_at_rules,
    "keep": _look_at_policies,
    "console.certificate": _look_at_file,
    "console.key": _look_at_file,
}


def _find_pair_faults(settings: Settings) -> Iterator[Fault]:
    """See that certificate and key belong together, and that nobody else reads the key."""
    import ssl

    certificate, key = settings["console.certificate"], settings["console.key"]
    try:
        mode = key.stat().st_mode
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password="")
    except ssl.SSLError as error:
        yield Fault(certificate, 0, f"does not go with {key}: {error.reason or 'no certificate and key in PEM'}")
    except OSError:
        return  # told already
    else:
        if mode & 0o007:
            yield Fault(key, 0, "everybody on this machine may read it: chmod o= it")
