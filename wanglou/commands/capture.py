"""``wanglou capture``: which captures a lake holds, and how one is taken out again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from wanglou.commands.figures import write_count, write_moment, write_shift, write_size
from wanglou.commands.help import Command, Group
from wanglou.commands.identity import ShortIds, find_capture
from wanglou.commands.losses import print_losses, sum_counters
from wanglou.commands.options import DEFAULT_LAKE, LakeOption, LedgerOption
from wanglou.commands.refresh import open_state, print_outcome, refresh_stages
from wanglou.commands.terminal import Terminal, confirm, plain, stack
from wanglou.errors import UsageError

if TYPE_CHECKING:
    from correlation.store import Capture

app = typer.Typer(cls=Group)
_LONGEST_NAME = 100


@app.command(name="list", cls=Command)
def list_all(context: typer.Context, lake: LakeOption = DEFAULT_LAKE) -> None:
    """List the captures of a lake."""
    from correlation.opening import open_store

    with open_store(lake) as opened:
        captures, usage = opened.captures(), opened.disk_usage()
    terminal: Terminal = context.obj
    headers = ("id", "name", "time", "records", "alerts", "size")
    terminal.grid(headers, _rows(terminal, captures), right={3, 4, 5})
    print_losses(terminal, sum_counters(capture.counters for capture in captures))
    terminal.note("capture.usage", style="dim", size=write_size(usage.total_bytes), free=write_size(usage.free_bytes))


def _rows(terminal: Terminal, captures: Sequence[Capture]) -> Iterator[tuple[str | Text, ...]]:
    short = ShortIds(captures)
    for capture in captures:
        records = sum(count for dataset, count in capture.rows.items() if dataset != "alert")
        state = terminal.say(f"capture.state.{capture.state}")
        shift_ns = capture.record.shift_ns
        moved = terminal.say("capture.moved", shift=write_shift(shift_ns)) if shift_ns else ""
        times = [write_moment(ns)[:19] for ns in (capture.min_ns, capture.max_ns) if ns is not None]
        yield (
            short.of_capture(capture.record.key),
            stack(Path(capture.record.name).name, f"{capture.record.enterprise} {state}".strip(), moved),
            stack(*times) if times else "",
            write_count(records),
            write_count(capture.rows.get("alert", 0)),
            write_size(capture.size_bytes),
        )


@app.command(cls=Command)
def delete(
    context: typer.Context,
    capture: Annotated[str, typer.Argument(metavar="ID")],
    yes: Annotated[bool, typer.Option("--yes")] = False,
    lake: LakeOption = DEFAULT_LAKE,
    ledger: LedgerOption = "",
) -> None:
    """Delete a capture and all that came from it; the file itself stays."""
    from correlation.opening import open_store

    terminal: Terminal = context.obj
    with open_store(lake) as opened:
        found = find_capture(opened.captures(), capture)
        name, records = plain(found.record.name), write_count(sum(found.rows.values()))
        if not yes and not confirm(terminal.say("capture.confirm", name=name, records=records)):
            raise typer.Exit(1)
        opened.delete_capture(found.record.identity)
        terminal.tell("capture.deleted", name=name, records=records)
        refresh_stages(terminal, opened, lake, ledger)


@app.command(cls=Command)
def join(
    context: typer.Context,
    captures: Annotated[list[str], typer.Argument(metavar="ID...")],
    series: Annotated[str, typer.Option("--series", metavar="NAME")],
    lake: LakeOption = DEFAULT_LAKE,
    ledger: LedgerOption = "",
) -> None:
    """Say that captures are parts of one recording, so that an attack in several of them is one incident."""
    from correlation.incident_tables import INCIDENTS
    from correlation.incidents import Incidents
    from correlation.opening import open_store
    from correlation.triage_tables import TRIAGE
    from wanglou.audit import local_actor

    terminal: Terminal = context.obj
    if len(series) > _LONGEST_NAME:
        raise UsageError(f"longer than {_LONGEST_NAME} characters", where="--series")
    with open_store(lake) as opened, open_state(lake, ledger, [INCIDENTS, TRIAGE], make=True) as state:
        listed = opened.captures()
        found = list({one.record.identity: one for one in (find_capture(listed, text) for text in captures)}.values())
        if state is None:
            raise UsageError(f"{lake!r} has no ledger yet", do="run `wanglou replay FILE` first, or give --ledger")
        outcome = Incidents(state).declare(opened, found, series, local_actor())
    terminal.tell("capture.joined" if series else "capture.parted", count=write_count(len(found)), series=plain(series))
    print_outcome(terminal, outcome)
