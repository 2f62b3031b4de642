"""``wanglou show``: one record or alert with all its fields, and the packets it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from wanglou.commands.columns import print_rows
from wanglou.commands.evidence import Evidence, collect_evidence
from wanglou.commands.figures import name_severity, paint_severity, write_duration, write_time
from wanglou.commands.identity import ShortIds, resolve_event
from wanglou.commands.options import DEFAULT_LAKE, LakeOption
from wanglou.commands.packets import PacketView, print_packets
from wanglou.commands.terminal import Terminal, plain
from wanglou.errors import UsageError

if TYPE_CHECKING:
    from correlation.store import Store
    from parsers.schema import Dataset

Record = Mapping[str, Any]


def show(
    context: typer.Context,
    identity: Annotated[str, typer.Argument(metavar="ID")],
    capture: Annotated[Path | None, typer.Option("--capture", metavar="FILE")] = None,
    packets: Annotated[bool, typer.Option("--packets/--no-packets")] = True,
    full: Annotated[bool, typer.Option("--full")] = False,
    as_hex: Annotated[bool, typer.Option("--hex")] = False,
    lake: LakeOption = DEFAULT_LAKE,
) -> None:
    """Show a record or an alert, then the packets it rests on."""
    from correlation.opening import open_store

    terminal: Terminal = context.obj
    with open_store(lake) as opened:
        record = find_record(opened, identity)
        dataset = opened.datasets[str(record["event.dataset"])]
        if dataset.name == "alert":
            print_alert(terminal, record)
        print_fields(terminal, dataset, record, full=full)
        evidence = collect_evidence(opened, record)
        if dataset.name == "alert":
            print_evidence(terminal, opened, evidence)
    if packets:
        print_packets(terminal, evidence, PacketView(capture, is_full=full, with_hex=as_hex))


def find_record(lake: Store, identity: str) -> dict[str, Any]:
    """Find the record or alert of an id, which may be cut short; raises UsageError when there is none."""
    found = lake.get(resolve_event(lake, identity))
    if found is None:
        raise UsageError(f"no record {identity!r} in the lake", do="`wanglou search` shows what there is")
    return found


def print_alert(terminal: Terminal, record: Record) -> None:
    """Print what an alert says."""
    say, severity = terminal.say, int(record["event.severity"])
    text = {what: plain(record.get(f"wanglou.alert.{what}.{say.language}", "")) for what in _TEXTS}
    line = paint_severity(severity, say(f"severity.{name_severity(severity)}"))
    terminal.out.print(Text.assemble(line, "  ", (text["title"], "bold")))
    terminal.out.print()
    for what in ("sentence", "advice"):
        terminal.out.print(say(f"show.{what}"), style="bold")
        terminal.out.print(Padding(Text(text[what]), (0, 0, 0, 2), expand=False))


_TEXTS = ("title", "sentence", "advice")


def print_fields(terminal: Terminal, dataset: Dataset, record: Record, *, full: bool = False) -> None:
    """Print the fields that have a value, in groups by the first part of their names; ``full`` cuts no list."""
    kinds = {field.name: (field.kind, field.unit) for field in dataset.fields}
    named = [(name, value) for name, value in record.items() if not name.startswith(_TOLD)]
    for group, fields in groupby(sorted(named, key=lambda item: _place(item[0])), key=lambda item: _group(item[0])):
        grid = Table.grid(padding=(0, 2))
        grid.add_column(no_wrap=True, style="cyan")
        grid.add_column(overflow="fold")
        for name, value in fields:
            grid.add_row(name, plain(write_value(*kinds[name], _write_times(name, value), full=full)))
        terminal.out.print()
        terminal.out.print(terminal.say.find(f"show.groups.{group}") or group, style="bold")
        terminal.out.print(Padding(grid, (0, 0, 0, 2), expand=False))


_TOLD = ("wanglou.alert.title", "wanglou.alert.sentence", "wanglou.alert.advice", "wanglou.alert.events")
"""Fields of an alert that are told above the groups, in one language, or below them."""
_GROUPS = ("event", "ends", "network", "request", "response", "protocol", "rule", "sensor")
# fmt: off
_GROUP_OF = (
    (("source.", "destination."), "ends"),
    (("network.", "flow."), "network"),
    (
        (
            "modbus.request.", "opcua.request.", "http.request.", "dns.request.", "dns.question", "handle.request.",
        ),
        "request",
    ),
    (
        (
            "modbus.response.", "modbus.exception.", "opcua.response.", "opcua.status.", "http.response.",
            "dns.response", "dns.answers", "dns.authorities", "dns.additionals", "dns.resolved_ip", "handle.response.",
            "mqtt.response.", "mqtt.reason.", "mqtt.acknowledged", "mqtt.granted_qos",
        ),
        "response",
    ),
    (
        (
            "modbus.", "opcua.", "mqtt.", "dns.", "handle.", "http.", "url.", "user", "tls.", "identifier.", "asset.",
            "host.", "device.", "service.", "wanglou.pairing",
        ),
        "protocol",
    ),
    (("rule.", "threat.", "wanglou.threat.", "wanglou.event_class.", "wanglou.alert."), "rule"),
    (("wanglou.", "observer.", "organization."), "sensor"),
)
# fmt: on


def _group(name: str) -> str:
    return next((group for starts, group in _GROUP_OF if name.startswith(starts)), "event")


def _place(name: str) -> int:
    return _GROUPS.index(_group(name))


def _write_times(name: str, value: Any) -> Any:
    """Write the times of a list, which the kinds of fields do not tell from other numbers."""
    if not isinstance(value, list) or not name.startswith("opcua.") or not name.endswith("times"):
        return value
    return [None if item is None else write_time(item) for item in value]


MOST_ITEMS = 60
"""Values of a list that are shown unless all are asked for."""


def write_value(kind: str, unit: str, value: Any, *, full: bool = False) -> str:
    """Write a field's value for people, by its kind and unit."""
    if kind == "time":
        return write_time(value)
    if kind == "duration":
        return f"{write_duration(value)} ({value} ns)" if value >= 1000 else f"{value} ns"
    if isinstance(value, list):
        shown = ", ".join("-" if item is None else str(item) for item in (value if full else value[:MOST_ITEMS]))
        return shown if full or len(value) <= MOST_ITEMS else f"{shown}, … ({len(value)})"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value} {unit}" if unit else str(value)


def print_evidence(terminal: Terminal, lake: Store, evidence: Evidence) -> None:
    """Print the records that an alert rests on."""
    terminal.head("show.evidence", shown=len(evidence.records))
    short = ShortIds(lake.captures())
    for name, records in groupby(evidence.records, key=lambda record: str(record["event.dataset"])):
        print_rows(terminal, name, records, short)
