"""``wanglou alerts``: what the rules found, the most recent first."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from wanglou.commands.figures import name_severity, paint_severity, write_count, write_moment
from wanglou.commands.findings import tell_attack
from wanglou.commands.help import Command, Group
from wanglou.commands.identity import ShortIds
from wanglou.commands.options import DEFAULT_LAKE, JsonOption, LakeOption, LedgerOption, LimitOption
from wanglou.commands.refresh import open_state
from wanglou.commands.search import write_batches
from wanglou.commands.summary import tell_entities
from wanglou.commands.terminal import Terminal, stack
from wanglou.commands.triage import suppress, triage
from wanglou.errors import UsageError

if TYPE_CHECKING:
    import pyarrow as pa

    from correlation.store import Store
    from correlation.triage import AlertState
    from correlation.triaged_alerts import States

app = typer.Typer(cls=Group, invoke_without_command=True)
app.command(cls=Command)(triage)
app.command(cls=Command)(suppress)

DEFAULT_LIMIT = 50


@app.callback()
def alerts(
    context: typer.Context,
    severity: Annotated[int, typer.Option("--severity", metavar="N", min=0, max=100)] = 0,
    rule: Annotated[str, typer.Option("--rule", metavar="NAME")] = "",
    state: Annotated[str, typer.Option("--state", metavar="STATE")] = "",
    limit: LimitOption = DEFAULT_LIMIT,
    as_json: JsonOption = False,
    lake: LakeOption = DEFAULT_LAKE,
    ledger: LedgerOption = "",
) -> None:
    """List alerts."""
    if context.invoked_subcommand:
        return
    from correlation.opening import open_store

    query = make_query(severity, rule)
    with open_store(lake) as opened, read_triage(lake, ledger) as states:
        batches, total = find_alerts(opened, query, check_state(state), limit, states)
        if as_json:
            write_batches(iter(batches))
            return
        from correlation.record import read_records

        terminal: Terminal = context.obj
        rows = [record for batch in batches for record in read_records(batch)]
        print_alerts(terminal, opened, rows)
    terminal.note("alerts.total", style="dim", shown=write_count(len(rows)), total=write_count(total))


def check_state(text: str) -> AlertState | None:
    """Read the name of a state; None where none is given. Raises UsageError."""
    from correlation.triage import ALERT_STATE_NAMES

    found = next((name for name in ALERT_STATE_NAMES if name == text), None)
    if text and found is None:
        raise UsageError(f"no state {text!r} of an alert", do=f"give one of {', '.join(ALERT_STATE_NAMES)}")
    return found


@contextmanager
def read_triage(place: Path | str, ledger: str) -> Iterator[States]:
    """Give what tells the states of alerts; where there is no ledger, nobody touched any."""
    from correlation.triage import Triage
    from correlation.triage_tables import TRIAGE

    with open_state(place, ledger, [TRIAGE]) as opened:
        yield (lambda _: {}) if opened is None else Triage(opened).states


def find_alerts(
    store: Store, query: str, state: AlertState | None, limit: int, states: States
) -> tuple[list[pa.RecordBatch], int]:
    """Find the most recent alerts, with what people made of them, and how many there are.

    Stores do not know the states: where one is asked for, all alerts that fit the query are looked at.
    """
    from correlation.triaged_alerts import add_triage, take_first

    if state is not None:
        return take_first(add_triage(store.search("alert", query), states, state), limit)
    found = list(add_triage(store.search("alert", query, limit=limit), states))
    return found, store.count("alert", query)


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
            _tell_severity(terminal, severity, record),
            stack(title, tell_entities(record, say)),
            write_count(record["wanglou.alert.count"]),
            tell_attack(record.get("threat.technique.id") or (), record.get("wanglou.threat.technique_v19.id") or ()),
        )
        yield cells[:width]


def _tell_severity(terminal: Terminal, severity: int, record: dict[str, Any]) -> Text:
    """Tell how bad it is, and below it whether somebody took it up."""
    say, state = terminal.say, record.get("wanglou.triage.state", "new")
    told = paint_severity(severity, say(f"severity.{name_severity(severity)}"))
    if state == "new":
        return told
    return Text("\n").join([told, Text(say(f"alerts.state.{state}"), "dim")])
