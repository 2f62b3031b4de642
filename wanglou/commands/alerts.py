"""``wanglou alerts``: what the rules found, the most recent first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wanglou.commands.figures import name_severity, paint_severity, write_count, write_moment
from wanglou.commands.findings import tell_attack
from wanglou.commands.help import Command, Group
from wanglou.commands.identity import ShortIds
from wanglou.commands.options import DEFAULT_LAKE, JsonOption, LakeOption, LimitOption
from wanglou.commands.search import write_batches
from wanglou.commands.summary import tell_entities
from wanglou.commands.terminal import Terminal, stack
from wanglou.commands.triage import suppress, triage

if TYPE_CHECKING:
    from correlation.store import Store

app = typer.Typer(cls=Group, invoke_without_command=True)
app.command(cls=Command)(triage)
app.command(cls=Command)(suppress)

DEFAULT_LIMIT = 50


@app.callback()
def alerts(
    context: typer.Context,
    severity: Annotated[int, typer.Option("--severity", metavar="N", min=0, max=100)] = 0,
    rule: Annotated[str, typer.Option("--rule", metavar="NAME")] = "",
    limit: LimitOption = DEFAULT_LIMIT,
    as_json: JsonOption = False,
    lake: LakeOption = DEFAULT_LAKE,
) -> None:
    """List alerts."""
    if context.invoked_subcommand:
        return
    from correlation.opening import open_store

    query = make_query(severity, rule)
    with open_store(lake) as opened:
        batches = opened.search("alert", query, limit=limit)
        if as_json:
            write_batches(batches)
            return
        from correlation.record import read_records

        terminal: Terminal = context.obj
        rows = [record for batch in batches for record in read_records(batch)]
        total = opened.count("alert", query)
        print_alerts(terminal, opened, rows)
    terminal.note("alerts.total", style="dim", shown=write_count(len(rows)), total=write_count(total))


def make_query(severity: int, rule: str) -> str:
    """Write the query for alerts of at least ``severity`` by a rule; ``*`` and ``?`` in its name are wildcards."""
    escaped = "".join(mark if mark.isalnum() or mark in "_*?" else f"\\{mark}" for mark in rule)
    parts = [f"event.severity:>={severity}"] if severity else []
    return " AND ".join([*parts, f"rule.name:{escaped}"] if rule else parts)


def print_alerts(terminal: Terminal, lake: Store, records: list[dict[str, Any]]) -> None:
    """Print alerts as a table."""
    headers = ("time", "severity", "rule", "records", "attack")[: 4 if terminal.is_narrow else 5]
    terminal.grid(headers, _rows(terminal, ShortIds(lake.captures()), records, len(headers)), right={3})


def _rows(terminal: Terminal, short: ShortIds, records: list[dict[str, Any]], width: int) -> Iterator[tuple[Any, ...]]:
    say = terminal.say
    for record in records:
        severity = int(record["event.severity"])
        title = str(record.get(f"wanglou.alert.title.{say.language}", record["rule.name"]))
        cells = (
            stack(write_moment(record["@timestamp"])[:19], short.of_event(record["event.id"])),
            paint_severity(severity, say(f"severity.{name_severity(severity)}")),
            stack(title, tell_entities(record, say)),
            write_count(record["wanglou.alert.count"]),
            tell_attack(record.get("threat.technique.id") or (), record.get("wanglou.threat.technique_v19.id") or ()),
        )
        yield cells[:width]
