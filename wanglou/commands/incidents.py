"""``wanglou incidents``: what alerts tell together, and what people decide about it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wanglou.commands.figures import (
    write_count,
)
from wanglou.commands.help import Command, Group
from wanglou.commands.incident_text import SHORT, print_case, tell_row, tell_state, tell_title
from wanglou.commands.options import DEFAULT_LAKE, JsonOption, LakeOption, LedgerOption, LimitOption
from wanglou.commands.subject import check_address, check_rule, list_rule_folders
from wanglou.commands.terminal import Terminal

if TYPE_CHECKING:
    from correlation.incidents import Incidents
    from correlation.store import Store

app = typer.Typer(cls=Group)

DEFAULT_LIMIT = 50

IncidentArgument = Annotated[str, typer.Argument(metavar="ID")]
CommentOption = Annotated[str | None, typer.Option("--comment", metavar="TEXT")]


@contextmanager
def open_incidents(
    place: str | Path, ledger: str = "", terminal: Terminal | None = None
) -> Iterator[tuple[Incidents, Store]]:
    """Open a store and the incidents in the ledger; raises StoreError where there is no lake."""
    from correlation.incident_tables import INCIDENTS
    from correlation.incidents import Incidents
    from correlation.triage_tables import TRIAGE
    from wanglou.commands.following import open_followed

    with open_followed(place, ledger, [INCIDENTS, TRIAGE], terminal) as (store, opened):
        yield Incidents(opened), store


@app.command(name="list", cls=Command)
def list_all(
    context: typer.Context,
    severity: Annotated[int, typer.Option("--severity", metavar="N", min=0, max=100)] = 0,
    status: Annotated[str, typer.Option("--status", metavar="STATUS")] = "",
    enterprise: Annotated[str, typer.Option("--enterprise", metavar="ID")] = "",
    limit: LimitOption = DEFAULT_LIMIT,
    as_json: JsonOption = False,
    lake: LakeOption = DEFAULT_LAKE,
    ledger: LedgerOption = "",
) -> None:
    """List incidents, the most recent first."""
    from correlation.stage_document import write_case

    with open_incidents(lake, ledger) as (incidents, _):
        found = [
            case
            for case in incidents.cases(least_severity=severity)
            if status in ("", case.status) and enterprise in ("", case.incident.enterprise)
        ]
    shown = found[:limit] if limit else found
    if as_json:
        _write_lines(write_case(case) for case in shown)
        return
    terminal: Terminal = context.obj
    headers = ("time", "severity", "incident", "alerts", "stage", "state")[: 4 if terminal.is_narrow else 6]
    terminal.grid(headers, (tell_row(terminal, case)[: len(headers)] for case in shown), right={3})
    terminal.note("incidents.total", style="dim", shown=write_count(len(shown)), total=write_count(len(found)))


@app.command(cls=Command)
def show(
    context: typer.Context,
    identity: IncidentArgument,
    as_json: JsonOption = False,
    lake: LakeOption = DEFAULT_LAKE,
    ledger: LedgerOption = "",
) -> None:
    """Show one incident: who and whom, how far it came, and what happened when."""
    from correlation.stage_document import write_case

    with open_incidents(lake, ledger) as (incidents, _):
        case = incidents.find(identity)
        members = incidents.members(case.id) if as_json else []
    if as_json:
        _write_lines([write_case(case, members)])
        return
    print_case(context.obj, case)


@app.command(cls=Command)
def merge(
    context: typer.Context,
    identity: IncidentArgument,
    others: Annotated[list[str], typer.Argument(metavar="OTHER...")],
    lake: LakeOption = DEFAULT_LAKE,
    ledger: LedgerOption = "",
) -> None:
    """Make incidents one, which they stay whatever comes in."""
    from wanglou.audit import local_actor

    with open_incidents(lake, ledger, context.obj) as (incidents, opened):
        case = incidents.merge(opened, identity, others, local_actor())
    print_case(context.obj, case)


@app.command(cls=Command)
def split(
    context: typer.Context,
    identity: IncidentArgument,
    alert: Annotated[list[str] | None, typer.Option("--alert", metavar="ID")] = None,
    source: Annotated[str, typer.Option("--source", metavar="IP")] = "",
    destination: Annotated[str, typer.Option("--destination", metavar="IP")] = "",
    rule: Annotated[str, typer.Option("--rule", metavar="NAME")] = "",
    lake: LakeOption = DEFAULT_LAKE,
    ledger: LedgerOption = "",
) -> None:
    """Take alerts out of an incident into one of their own, where they stay."""
    from correlation.decision import Part
    from wanglou.audit import local_actor
    from wanglou.commands.identity import resolve_event

    terminal: Terminal = context.obj
    with open_incidents(lake, ledger, context.obj) as (incidents, opened):
        alerts = tuple(resolve_event(opened, one) for one in alert or ())
        ends = check_address(source, "--source"), check_address(destination, "--destination")
        part = Part(alerts, *ends, check_rule(rule, opened, list_rule_folders(context)))
        kept, fresh = incidents.split(opened, identity, part, local_actor())
    for case in (kept, *fresh):
        terminal.write(f"{case.id[:SHORT]}  {write_count(case.incident.alerts)}  {tell_title(terminal, case)}")


@app.command(cls=Command)
def undo(
    context: typer.Context,
    identity: IncidentArgument,
    everything: Annotated[bool, typer.Option("--all")] = False,
    lake: LakeOption = DEFAULT_LAKE,
    ledger: LedgerOption = "",
) -> None:
    """Take back the last merge or split of an incident, or all; its alerts are grouped anew."""
    from wanglou.audit import local_actor
    from wanglou.errors import UsageError

    terminal: Terminal = context.obj
    with open_incidents(lake, ledger, context.obj) as (incidents, opened):
        made = [kept.seq for kept in incidents.decisions(identity)]
        if not made:
            raise UsageError("neither a merge nor a split made this incident", where=identity)
        taken = made if everything else made[-1:]
        case = incidents.undo(opened, identity, taken, local_actor())
    terminal.note("incidents.undone", style="dim", count=write_count(len(taken)))
    if case is not None:
        print_case(terminal, case)


@app.command(cls=Command)
def close(
    context: typer.Context,
    identity: IncidentArgument,
    verdict: Annotated[str, typer.Option("--verdict", metavar="VERDICT")],
    comment: CommentOption = None,
    lake: LakeOption = DEFAULT_LAKE,
    ledger: LedgerOption = "",
) -> None:
    """Close an incident with a verdict; it opens again when it becomes worse."""
    _change(context, lake, ledger, identity, status="closed", verdict=verdict, comment=comment)


@app.command(cls=Command)
def change(
    context: typer.Context,
    identity: IncidentArgument,
    status: Annotated[str | None, typer.Option("--status", metavar="STATUS")] = None,
    verdict: Annotated[str | None, typer.Option("--verdict", metavar="VERDICT")] = None,
    assignee: Annotated[str | None, typer.Option("--assignee", metavar="NAME")] = None,
    comment: CommentOption = None,
    level: Annotated[int | None, typer.Option("--level", metavar="N", min=0, max=4)] = None,
    lake: LakeOption = DEFAULT_LAKE,
    ledger: LedgerOption = "",
) -> None:
    """Change status, verdict, assignee, comment or level of an incident."""
    values = {"status": status, "verdict": verdict, "assignee": assignee, "comment": comment, "level_set": level}
    _change(context, lake, ledger, identity, **values)


def _change(context: typer.Context, lake: str, ledger: str, identity: str, **values: Any) -> None:
    from wanglou.audit import local_actor

    with open_incidents(lake, ledger, context.obj) as (incidents, _):
        case = incidents.set_state(identity, local_actor(), **values)
    terminal: Terminal = context.obj
    terminal.write(f"{case.id[:SHORT]}  {tell_state(terminal, case)}  {tell_title(terminal, case)}")


@app.command(cls=Command)
def rebuild(context: typer.Context, lake: LakeOption = DEFAULT_LAKE, ledger: LedgerOption = "") -> None:
    """Group all alerts of the lake anew; decisions and what people noted stay."""
    with open_incidents(lake, ledger, context.obj) as (incidents, opened):
        outcome = incidents.rebuild(opened)
        total = len(incidents.cases())
    counts = {name: write_count(count) for name, count in asdict(outcome).items()}
    terminal: Terminal = context.obj
    terminal.tell("incidents.rebuilt", incidents=write_count(total), **counts)


def _write_lines(objects: Any) -> None:
    from wanglou.commands.lines import write_json

    for one in objects:
        sys.stdout.buffer.write(f"{write_json(one)}\n".encode())
    sys.stdout.buffer.flush()
