"""``wanglou assets``: which devices there are, how sure that is, what people say of them, and who speaks to whom."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wanglou.commands.figures import write_count, write_moment, write_size, write_time
from wanglou.commands.help import Command, Group
from wanglou.commands.options import DEFAULT_FOLDER, FolderOption, JsonOption, LimitOption, SiteOption, parse_moment
from wanglou.commands.terminal import Terminal, stack
from wanglou.errors import Fault, FaultsError, StoreError, UsageError

if TYPE_CHECKING:
    from correlation.asset import Asset
    from correlation.asset_csv import Row
    from correlation.inventory import Inventory
    from correlation.lake import Lake
    from correlation.service_map import Link

app = typer.Typer(cls=Group)

AssetArgument = Annotated[str, typer.Argument(metavar="ASSET")]
EnterpriseFilter = Annotated[str | None, typer.Option("--enterprise", metavar="ID")]
ReasonOption = Annotated[str, typer.Option("--reason", metavar="TEXT")]

DEFAULT_LIMIT = 100
DEFAULT_LINKS = 50
_LEDGER = "ledger.db"  # correlation.lake's; named here because loading that stage takes longer than looking
_MOST_SHOWN = 6
_MOST_BYTES = 64 << 20


@contextmanager
def opening(folder: Path, site: Path | None = None, *, rebuild: bool = False) -> Iterator[tuple[Lake, Inventory]]:
    """Open a lake and its inventory, brought up to what the lake holds."""
    from correlation.inventory import open_inventory
    from correlation.lake import Lake
    from wanglou.audit import local_actor
    from wanglou.site import load_site

    if not (folder / _LEDGER).exists():
        raise StoreError("there is no lake", where=str(folder), do="run `wanglou replay FILE` first")
    facts = load_site(site) if site else None
    with Lake(folder) as lake:
        inventory, ledger = open_inventory(lake, folder / _LEDGER, local_actor())
        with ledger:
            inventory.update(facts, rebuild=rebuild)
            yield lake, inventory


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
    lake: FolderOption = DEFAULT_FOLDER,
) -> None:
    """List assets."""
    wanted = {"enterprise": enterprise, "type": kind or None, "zone": zone or None, "state": state or None,
              "level": _parse("level", level), "scope": None if scope == "all" else scope}  # fmt: skip
    with opening(lake, site, rebuild=rebuild) as (_, inventory):
        assets, counters = inventory.list_assets(), inventory.counters()
    chosen = [one for one in assets
              if all(value is None or getattr(one, name) == value for name, value in wanted.items())]  # fmt: skip
    chosen.sort(key=lambda one: (one.enterprise, one.level is None, one.level or 0, _sortable(one)))
    shown = chosen[: limit or None]
    if as_json:
        write_lines(write_asset(one) for one in shown)
        return
    terminal: Terminal = context.obj
    headers = ("name", "type", "level", "address", "device", "time", "confidence")
    terminal.grid(headers[: 5 if terminal.is_narrow else 7], _rows(terminal, shown))
    terminal.note("assets.total", style="dim", shown=write_count(len(shown)), total=write_count(len(assets)))
    for name, count in counters.items():
        terminal.note(f"assets.counter.{name}", style="dim", count=write_count(count))


def _rows(terminal: Terminal, assets: Sequence[Asset]) -> Iterator[tuple[Any, ...]]:
    say = terminal.say
    for one in assets:
        cells = (
            stack(one.name or _key(one), one.id, one.enterprise),
            stack(say(f"assets.type.{one.type}"), "" if one.state == "active" else say(f"assets.state.{one.state}")),
            stack("-" if one.level is None else f"{one.level:g}", one.zone),
            stack(*(_few(one.addresses) or _few(one.macs)), *(_few(one.macs) if one.addresses else ())),
            stack(one.vendor, one.model, one.firmware),
            stack(*(write_moment(ns)[:16] for ns in dict.fromkeys((one.first_ns, one.last_ns)) if ns)) if one.last_ns
            else "",
            f"{one.confidence:.0%}",
        )  # fmt: skip
        yield cells[: 5 if terminal.is_narrow else 7]


def _few(values: Sequence[str]) -> list[str]:
    return [*values[:2], *([f"+{len(values) - 2}"] if len(values) > 2 else [])]


def _key(one: Asset) -> str:
    address = one.key.partition(":")[2]
    return address if "/" in address or not one.addresses else one.addresses[0]


def _sortable(one: Asset) -> tuple[object, ...]:
    first = one.addresses[0] if one.addresses else ""
    return (":" in first, [int(part) for part in first.split(".")] if first and ":" not in first else [], one.key)


@app.command(cls=Command)
def show(
    context: typer.Context,
    asset: AssetArgument,
    enterprise: EnterpriseFilter = None,
    as_json: JsonOption = False,
    lake: FolderOption = DEFAULT_FOLDER,
) -> None:
    """Show one asset with all that is known of it, why, and its history."""
    with opening(lake) as (_, inventory):
        one = choose_asset(inventory.list_assets(), asset, enterprise)
    if as_json:
        write_lines([write_asset(one)])
        return
    print_asset(context.obj, one)


def print_asset(terminal: Terminal, one: Asset) -> None:
    """Print what is known of an asset."""
    say = terminal.say
    terminal.write(f"{one.name or _key(one)}  {one.id}")
    values = {
        "enterprise": one.enterprise, "site": one.site, "type": say(f"assets.type.{one.type}"),
        "addresses": " ".join(one.addresses), "macs": " ".join(one.macs), "vendor": one.vendor, "model": one.model,
        "firmware": one.firmware, "serial": one.serial, "zone": one.zone,
        "level": "" if one.level is None else f"{one.level:g}",
        "criticality": f"{one.criticality} {say(f'assets.grade.{one.criticality}')}", "owner": one.owner,
        "note": one.note, "scope": say(f"assets.scope.{one.scope}"), "state": say(f"assets.state.{one.state}"),
        "behind": one.behind, "confidence": f"{one.confidence:.0%}",
        "first": write_moment(one.first_ns) if one.first_ns else "",
        "last": write_moment(one.last_ns) if one.last_ns else "", "edited": " ".join(one.edited),
    }  # fmt: skip
    terminal.grid(("which", "content"), ((say(f"assets.field.{name}"), value) for name, value in values.items()
                                         if value))  # fmt: skip
    terminal.head("assets.reasons")
    terminal.grid(("which", "content"), ((say(f"assets.reason.{word}"), value) for word, value in one.reasons))
    terminal.head("assets.facts")
    terminal.grid(("which", "content"), ((name, stack(values[0], *values[1:_MOST_SHOWN], _more(values)))
                                         for name, values in one.facts.items()))  # fmt: skip
    terminal.head("assets.history")
    terminal.grid(("time", "action", "change"), (
        (write_moment(event.at_ns)[:19], say(f"assets.event.{event.kind}"),
         f"{event.field}: {event.before} → {event.after}" if event.field else "")
        for event in one.history
    ))  # fmt: skip


def _more(values: Sequence[str]) -> str:
    return f"+{len(values) - _MOST_SHOWN}" if len(values) > _MOST_SHOWN else ""


@app.command(cls=Command)
def edit(
    context: typer.Context,
    asset: AssetArgument,
    changes: Annotated[list[str], typer.Argument(metavar="FIELD=VALUE...")],
    reason: ReasonOption = "",
    enterprise: EnterpriseFilter = None,
    lake: FolderOption = DEFAULT_FOLDER,
) -> None:
    """Say what an asset is; an empty value takes back what was said."""
    values = dict(parse_change(text) for text in changes)
    with opening(lake) as (_, inventory):
        one = choose_asset(inventory.list_assets(), asset, enterprise)
        inventory.edit([(one.enterprise, one.key, values)], reason)
    terminal: Terminal = context.obj
    terminal.tell("assets.edited", id=one.id, fields=" ".join(values))


def parse_change(text: str) -> tuple[str, Any]:
    """Read ``field=value``; raises UsageError for fields that nobody may set, and values they cannot have."""
    from correlation.asset import EDITABLE

    name, equals, value = text.partition("=")
    if not equals or name not in EDITABLE:
        raise UsageError(f"{text!r} sets no field of an asset", do=f"FIELD=VALUE, FIELD one of {', '.join(EDITABLE)}")
    return name, _parse(name, value)


def _parse(name: str, value: str) -> Any:
    from correlation.asset_csv import MOST_CHARACTERS, parse_value

    if len(value) > MOST_CHARACTERS:
        raise UsageError(f"longer than {MOST_CHARACTERS} characters", where=name)
    try:
        return parse_value(name, value.strip())
    except ValueError as error:
        raise UsageError(str(error), where=name) from None


@app.command(cls=Command)
def merge(
    context: typer.Context,
    asset: AssetArgument,
    other: Annotated[str, typer.Argument(metavar="OTHER")],
    reason: ReasonOption = "",
    enterprise: EnterpriseFilter = None,
    lake: FolderOption = DEFAULT_FOLDER,
) -> None:
    """Say that two assets are one device."""
    with opening(lake) as (_, inventory):
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
    lake: FolderOption = DEFAULT_FOLDER,
) -> None:
    """Say that an address of an asset is another device's."""
    with opening(lake) as (_, inventory):
        one = choose_asset(inventory.list_assets(), asset, enterprise)
        inventory.split(one, address, reason)
    terminal: Terminal = context.obj
    terminal.tell("assets.split", id=one.id, address=address)


@app.command(name="export", cls=Command)
def export_all(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    enterprise: EnterpriseFilter = None,
    lake: FolderOption = DEFAULT_FOLDER,
) -> None:
    """Write all assets to a CSV file, headers in the language of the command; - is the standard output."""
    from correlation.asset_csv import write_csv

    terminal: Terminal = context.obj
    with opening(lake) as (_, inventory):
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
    lake: FolderOption = DEFAULT_FOLDER,
) -> None:
    """Take what a CSV file says of assets; nothing is taken where it has a fault."""
    from correlation.asset_csv import read_csv

    with file.open("rb") as source:
        content = source.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise UsageError(f"larger than {write_size(_MOST_BYTES)}", where=str(file))
    rows = read_csv(file, _decode(file, content))
    with opening(lake) as (_, inventory):
        edits = match_rows(file, rows, inventory.list_assets(), enterprise)
        changed = inventory.edit(edits, reason or f"import of {file.name}")
    terminal: Terminal = context.obj
    terminal.tell("assets.imported", rows=write_count(len(rows)), changed=write_count(changed))


def _decode(file: Path, content: bytes) -> str:
    """Read UTF-8, or GB 18030, in which Chinese spreadsheets save."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FaultsError("assets", [Fault(file, 0, "neither UTF-8 nor GB 18030")])


def match_rows(
    file: Path, rows: Sequence[Row], assets: Sequence[Asset], enterprise: str
) -> list[tuple[str, str, dict[str, Any]]]:
    """Find the asset of each row, or declare one; raises FaultsError for rows that mean none, several or the same."""
    by_key: dict[tuple[str, str], Asset] = {(one.enterprise, key): one for one in assets for key in one.keys}
    by_id = {one.id: one for one in assets}
    faults: list[Fault] = []
    edits: list[tuple[str, str, dict[str, Any]]] = []
    lines: dict[tuple[str, str], int] = {}
    for row in rows:
        of = enterprise if row.enterprise is None else row.enterprise
        found = [by_id[row.id]] if row.id in by_id else list(
            {one.id: one for key in row.keys if (one := by_key.get((of, key)))}.values())  # fmt: skip
        if row.id and row.id not in by_id and not row.keys:
            faults.append(Fault(file, row.line, f"there is no asset {row.id[:80]!r}"))
            continue
        if len(found) > 1:
            faults.append(Fault(file, row.line, f"names {len(found)} assets: {', '.join(one.id for one in found)}"))
            continue
        target = (found[0].enterprise, found[0].key) if found else (of, row.keys[0])
        if target in lines:
            faults.append(Fault(file, row.line, f"the same asset as in line {lines[target]}"))
        lines.setdefault(target, row.line)
        edits.append((*target, choose_edits(row, found[0] if found else None)))
    if faults:
        raise FaultsError("assets", faults)
    return edits


def choose_edits(row: Row, asset: Asset | None) -> dict[str, Any]:
    """Fields in which a row differs from the asset; an empty cell takes back what a person had said."""
    if asset is None:
        return {name: value for name, value in row.values.items() if value is not None} or {"note": " "}
    return {
        name: value
        for name, value in row.values.items()
        if (value is None and name in asset.edited) or (value is not None and value != getattr(asset, name))
    }


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
    lake: FolderOption = DEFAULT_FOLDER,
) -> None:
    """Show what speaks to what."""
    from correlation.service_map import map_services

    times = parse_moment(start, "--from"), parse_moment(end, "--to", is_end=True)
    with opening(lake) as (opened, inventory):
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
    names = {each.id: each.name or _key(each) for each in assets}
    headers = ("client", "server", "service", "flows", "packets", "time")[: 5 if terminal.is_narrow else 6]
    terminal.grid(headers, (_link_cells(link, names)[: len(headers)] for link in shown), right={3, 4})
    terminal.note("assets.links", style="dim", shown=write_count(len(shown)), total=write_count(len(links)))
    if found.left_out:
        terminal.note("assets.links_left_out", style="yellow", count=write_count(found.left_out))


def _link_cells(link: Link, names: dict[str, str]) -> tuple[Any, ...]:
    port = f"{link.transport}/{link.port}" if link.port >= 0 else link.transport
    return (
        stack(names.get(link.source, link.source), link.source_ip, link.enterprise),
        stack(names.get(link.destination, link.destination), link.destination_ip),
        stack(link.protocol or port, port if link.protocol else ""),
        write_count(link.flows),
        write_count(link.packets),
        stack(*(write_moment(ns)[:16] for ns in dict.fromkeys((link.first_ns, link.last_ns)))),
    )


def write_link(link: Link) -> dict[str, Any]:
    """Give a link as a record, names of ECS where it has one."""
    return {
        "organization.id": link.enterprise, "asset.source.id": link.source, "asset.destination.id": link.destination,
        "source.ip": link.source_ip, "destination.ip": link.destination_ip,
        "destination.port": link.port if link.port >= 0 else None, "network.transport": link.transport,
        "network.protocol": link.protocol, "network.packets": link.packets, "network.bytes": link.bytes,
        "flow.count": link.flows, "flow.answered": link.answered, "event.start": write_time(link.first_ns),
        "event.end": write_time(link.last_ns),
    }  # fmt: skip


def write_asset(one: Asset) -> dict[str, Any]:
    """Give an asset as a record, times as RFC 3339."""
    told = one.write()
    for name in ("first", "last"):
        at_ns = told.pop(f"{name}_ns")
        told[name] = write_time(at_ns) if at_ns else None
    told["history"] = [{"at": write_time(event.at_ns), "kind": event.kind,
                        **{name: value for name in ("field", "before", "after") if (value := getattr(event, name))}}
                       for event in one.history]  # fmt: skip
    return told


def write_lines(records: Any) -> None:
    """Write records to the standard output as NDJSON; what has no value is left out."""
    from wanglou.commands.lines import write_json

    for record in records:
        line = write_json({name: value for name, value in record.items() if value not in (None, "", (), {}, [])})
        sys.stdout.buffer.write(f"{line}\n".encode())
    sys.stdout.buffer.flush()
