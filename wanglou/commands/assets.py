"""``wanglou assets``: which devices there are, how sure that is, what people say of them, and who speaks to whom."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wanglou.commands.asset_edits import decode, match_rows, parse_change, read_value
from wanglou.commands.asset_tables import link_cells, list_rows, name_asset, print_asset, sort_key, write_link
from wanglou.commands.figures import write_count, write_size
from wanglou.commands.help import Command, Group
from wanglou.commands.options import (
    DEFAULT_LAKE,
    JsonOption,
    LakeOption,
    LedgerOption,
    LimitOption,
    SiteOption,
    parse_moment,
)
from wanglou.commands.terminal import Terminal
from wanglou.errors import UsageError

if TYPE_CHECKING:
    from correlation.asset import Asset
    from correlation.inventory import Inventory
    from correlation.store import Store

app = typer.Typer(cls=Group)

AssetArgument = Annotated[str, typer.Argument(metavar="ASSET")]
EnterpriseFilter = Annotated[str | None, typer.Option("--enterprise", metavar="ID")]
ReasonOption = Annotated[str, typer.Option("--reason", metavar="TEXT")]

DEFAULT_LIMIT = 100
DEFAULT_LINKS = 50
_MOST_SHOWN = 6
_MOST_BYTES = 64 << 20


@contextmanager
def opening(
    place: str | Path,
    ledger: str,
    site: Path | None = None,
    terminal: Terminal | None = None,
    *,
    rebuild: bool = False,
) -> Iterator[tuple[Store, Inventory]]:
    """Open a store and its inventory, brought up to what the store holds."""
    from correlation.asset_ledger import ASSETS
    from correlation.inventory import Inventory
    from wanglou.audit import local_actor
    from wanglou.commands.following import open_followed
    from wanglou.site import load_site

    facts = load_site(site) if site else None
    with open_followed(place, ledger, [ASSETS], terminal) as (store, opened):
        inventory = Inventory(store, opened, local_actor())
        inventory.update(facts, rebuild=rebuild)
        yield store, inventory


def choose_asset(assets: Sequence[Asset], text: str, enterprise: str | None = None) -> Asset:
    """Find the one asset that a text names; raises UsageError where there is none, or several."""
    from correlation.inventory import find_assets

    found = find_assets([one for one in assets if enterprise in (None, one.enterprise)], text)
    if not found:
        raise UsageError("no such asset", where=text, do="`wanglou assets list --scope all` shows all")
    if len(found) > 1:
        told = ", ".join(f"{one.id} ({one.enterprise or '-'})" for one in found[:_MOST_SHOWN])
        raise UsageError(f"{len(found)} assets are meant by this", where=text, do=f"give the id: {told}")
    return found[0]


@app.command(name="list", cls=Command)
def list_all(
    context: typer.Context,
    enterprise: EnterpriseFilter = None,
    kind: Annotated[str, typer.Option("--type", metavar="NAME")] = "",
    zone: Annotated[str, typer.Option("--zone", metavar="ID")] = "",
    level: Annotated[str, typer.Option("--level", metavar="N")] = "",
    state: Annotated[str, typer.Option("--state", metavar="NAME")] = "",
    scope: Annotated[str, typer.Option("--scope", metavar="NAME")] = "inside",
    limit: LimitOption = DEFAULT_LIMIT,
    site: SiteOption = None,
    rebuild: Annotated[bool, typer.Option("--rebuild")] = False,
    as_json: JsonOption = False,
    lake: LakeOption = DEFAULT_LAKE,
    ledger: LedgerOption = "",
) -> None:
    """List assets."""
    wanted = {"enterprise": enterprise, "type": kind or None, "zone": zone or None, "state": state or None,
              "level": read_value("level", level), "scope": None if scope == "all" else scope}  # fmt: skip
    with opening(lake, ledger, site, rebuild=rebuild) as (_, inventory):
        assets, counters = inventory.list_assets(), inventory.counters()
    chosen = [one for one in assets
              if all(value is None or getattr(one, name) == value for name, value in wanted.items())]  # fmt: skip
    chosen.sort(key=lambda one: (one.enterprise, one.level is None, one.level or 0, sort_key(one)))
    shown = chosen[: limit or None]
    if as_json:
        from correlation.stage_document import write_asset

        write_lines(write_asset(one) for one in shown)
        return
    terminal: Terminal = context.obj
    headers = ("name", "type", "level", "address", "device", "time", "confidence")
    terminal.grid(headers[: 5 if terminal.is_narrow else 7], list_rows(terminal, shown))
    terminal.note("assets.total", style="dim", shown=write_count(len(shown)), total=write_count(len(assets)))
    for name, count in counters.items():
        terminal.note(f"assets.counter.{name}", style="dim", count=write_count(count))


@app.command(cls=Command)
def show(
    context: typer.Context,
    asset: AssetArgument,
    enterprise: EnterpriseFilter = None,
    as_json: JsonOption = False,
    lake: LakeOption = DEFAULT_LAKE,
    ledger: LedgerOption = "",
) -> None:
    """Show one asset with all that is known of it, why, and its history."""
    with opening(lake, ledger) as (_, inventory):
        one = choose_asset(inventory.list_assets(), asset, enterprise)
    if as_json:
        from correlation.stage_document import write_asset

        write_lines([write_asset(one)])
        return
    print_asset(context.obj, one)


@app.command(cls=Command)
def edit(
    context: typer.Context,
    asset: AssetArgument,
    changes: Annotated[list[str], typer.Argument(metavar="FIELD=VALUE...")],
    reason: ReasonOption = "",
    enterprise: EnterpriseFilter = None,
    lake: LakeOption = DEFAULT_LAKE,
    ledger: LedgerOption = "",
) -> None:
    """Say what an asset is; an empty value takes back what was said."""
    values = dict(parse_change(text) for text in changes)
    with opening(lake, ledger, terminal=context.obj) as (_, inventory):
        one = choose_asset(inventory.list_assets(), asset, enterprise)
        inventory.edit([(one.enterprise, one.key, values)], reason)
    terminal: Terminal = context.obj
    terminal.tell("assets.edited", id=one.id, fields=" ".join(values))


@app.command(cls=Command)
def merge(
    context: typer.Context,
    asset: AssetArgument,
    other: Annotated[str, typer.Argument(metavar="OTHER")],
    reason: ReasonOption = "",
    enterprise: EnterpriseFilter = None,
    lake: LakeOption = DEFAULT_LAKE,
    ledger: LedgerOption = "",
) -> None:
    """Say that two assets are one device."""
    with opening(lake, ledger, terminal=context.obj) as (_, inventory):
        assets = inventory.list_assets()
        one, two = choose_asset(assets, asset, enterprise), choose_asset(assets, other, enterprise)
        if one.id == two.id:
            raise UsageError("these are one asset already", where=one.id)
        inventory.merge(one, two, reason)
    terminal: Terminal = context.obj
    terminal.tell("assets.merged", one=one.id, other=two.id)


@app.command(cls=Command)
def split(
    context: typer.Context,
    asset: AssetArgument,
    address: Annotated[str, typer.Argument(metavar="ADDRESS")],
    reason: ReasonOption = "",
    enterprise: EnterpriseFilter = None,
    lake: LakeOption = DEFAULT_LAKE,
    ledger: LedgerOption = "",
) -> None:
    """Say that an address of an asset is another device's."""
    with opening(lake, ledger, terminal=context.obj) as (_, inventory):
        one = choose_asset(inventory.list_assets(), asset, enterprise)
        inventory.split(one, address, reason)
    terminal: Terminal = context.obj
    terminal.tell("assets.split", id=one.id, address=address)


@app.command(name="export", cls=Command)
def export_all(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    enterprise: EnterpriseFilter = None,
    lake: LakeOption = DEFAULT_LAKE,
    ledger: LedgerOption = "",
) -> None:
    """Write all assets to a CSV file, headers in the language of the command; - is the standard output."""
    from correlation.asset_csv import write_csv

    terminal: Terminal = context.obj
    with opening(lake, ledger) as (_, inventory):
        assets = [one for one in inventory.list_assets() if enterprise in (None, one.enterprise)]
    text = "".join(write_csv(assets, terminal.say.language))
    if str(file) == "-":
        sys.stdout.buffer.write(text.encode())
        sys.stdout.buffer.flush()
        return
    file.write_bytes(b"\xef\xbb\xbf" + text.encode())
    terminal.note("assets.exported", count=write_count(len(assets)), file=file)


@app.command(name="import", cls=Command)
def import_all(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    enterprise: Annotated[str, typer.Option("--enterprise", metavar="ID")] = "",
    reason: ReasonOption = "",
    lake: LakeOption = DEFAULT_LAKE,
    ledger: LedgerOption = "",
) -> None:
    """Take what a CSV file says of assets; nothing is taken where it has a fault."""
    from correlation.asset_csv import list_ignored, read_csv

    text = decode(file, _read_file(file))
    rows = read_csv(file, text)
    with opening(lake, ledger, terminal=context.obj) as (_, inventory):
        edits = match_rows(file, rows, inventory.list_assets(), enterprise)
        changed = inventory.edit(edits, reason or f"import of {file.name}")
    terminal: Terminal = context.obj
    terminal.tell("assets.imported", rows=write_count(len(rows)), changed=write_count(changed))
    if ignored := list_ignored(text):
        terminal.note("assets.ignored", style="dim", columns=", ".join(ignored), count=len(ignored))


def _read_file(file: Path) -> bytes:
    try:
        with file.open("rb") as source:
            content = source.read(_MOST_BYTES + 1)
    except OSError as error:
        told = f"cannot be read: {error.strerror or error}"
        raise UsageError(told, where=str(file), do="`wanglou assets export FILE` writes such a file") from None
    if len(content) > _MOST_BYTES:
        raise UsageError(f"larger than {write_size(_MOST_BYTES)}", where=str(file))
    return content


@app.command(name="map", cls=Command)
def map_all(
    context: typer.Context,
    asset: Annotated[str, typer.Argument(metavar="ASSET")] = "",
    query: Annotated[str, typer.Option("--query", metavar="QUERY")] = "",
    start: Annotated[str | None, typer.Option("--from", metavar="TIME")] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="TIME")] = None,
    enterprise: EnterpriseFilter = None,
    limit: LimitOption = DEFAULT_LINKS,
    as_json: JsonOption = False,
    lake: LakeOption = DEFAULT_LAKE,
    ledger: LedgerOption = "",
) -> None:
    """Show what speaks to what."""
    from correlation.service_map import map_services

    times = parse_moment(start, "--from"), parse_moment(end, "--to", is_end=True)
    with opening(lake, ledger) as (opened, inventory):
        assets = inventory.list_assets()
        one = choose_asset(assets, asset, enterprise) if asset else None
        found = map_services(opened, assets, query, start_ns=times[0], end_ns=times[1])
    links = [link for link in found.links if (one is None or one.id in (link.source, link.destination))
             and enterprise in (None, link.enterprise)]  # fmt: skip
    shown = links[: limit or None]
    if as_json:
        write_lines(write_link(link) for link in shown)
        return
    terminal: Terminal = context.obj
    names = {each.id: each.name or name_asset(each) for each in assets}
    headers = ("client", "server", "service", "flows", "packets", "time")[: 5 if terminal.is_narrow else 6]
    terminal.grid(headers, (link_cells(link, names)[: len(headers)] for link in shown), right={3, 4})
    terminal.note("assets.links", style="dim", shown=write_count(len(shown)), total=write_count(len(links)))
    if found.left_out:
        terminal.note("assets.links_left_out", style="yellow", count=write_count(found.left_out))


def write_lines(records: Any) -> None:
    """Write records to the standard output as NDJSON; what has no value is left out."""
    from wanglou.commands.lines import write_json

    for record in records:
        line = write_json({name: value for name, value in record.items() if value not in (None, "", (), {}, [])})
        sys.stdout.buffer.write(f"{line}\n".encode())
    sys.stdout.buffer.flush()
