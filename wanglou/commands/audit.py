"""``wanglou audit``: who changed what, and whether the audit is as it was written."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wanglou.commands.figures import write_count, write_moment, write_time
from wanglou.commands.help import Command, Group
from wanglou.commands.options import DEFAULT_LAKE, JsonOption, LakeOption, LedgerOption, LimitOption, parse_moment
from wanglou.commands.terminal import Terminal, stack
from wanglou.errors import StoreError

if TYPE_CHECKING:
    from wanglou.audit import AuditRow
    from wanglou.chain import Finding, Verdict
    from wanglou.ledger import Ledger

app = typer.Typer(cls=Group)

AnchorOption = Annotated[Path | None, typer.Option("--anchor", metavar="FILE")]

DEFAULT_LIMIT = 50
FOUND = 1
"""Exit code where the audit is not as it was written."""
_STATE_CHARACTERS = 60


def open_ledger(lake: str, location: str, anchor: Path | None = None) -> Ledger:
    """Open the ledger at a URL or file, or else that of the store; raises StoreError where there is none."""
    from correlation.opening import find_ledger
    from wanglou.ledger import Ledger

    place = find_ledger(location, lake)
    if isinstance(place, Path) and not place.exists():
        raise StoreError("there is no ledger", where=str(place), do="run `wanglou replay FILE` first, or give --ledger")
    return Ledger(place, [], anchor=anchor)


@app.command(name="list", cls=Command)
def list_all(
    context: typer.Context,
    actor: Annotated[str, typer.Option("--actor", metavar="NAME")] = "",
    action: Annotated[str, typer.Option("--action", metavar="NAME")] = "",
    kind: Annotated[str, typer.Option("--kind", metavar="NAME")] = "",
    subject: Annotated[str, typer.Option("--subject", metavar="ID")] = "",
    enterprise: Annotated[str, typer.Option("--enterprise", metavar="ID")] = "",
    start: Annotated[str | None, typer.Option("--from", metavar="TIME")] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="TIME")] = None,
    limit: LimitOption = DEFAULT_LIMIT,
    as_json: JsonOption = False,
    lake: LakeOption = DEFAULT_LAKE,
    ledger: LedgerOption = "",
) -> None:
    """List changes, the newest first."""
    from wanglou.audit_rows import Asked, count_rows, list_rows

    times = parse_moment(start, "--from"), parse_moment(end, "--to", is_end=True)
    asked = Asked(actor, action, kind, subject, enterprise, *times, limit)
    with open_ledger(lake, ledger) as opened, opened.reading() as connection:
        if as_json:
            write_rows(list_rows(connection, asked))
            return
        rows, total = list(list_rows(connection, asked)), count_rows(connection, asked)
    terminal: Terminal = context.obj
    headers = ("time", "actor", "action", "subject", "change")
    terminal.grid(headers, (_cells(row) for row in rows))
    terminal.note("audit.total", style="dim", shown=write_count(len(rows)), total=write_count(total))


def _cells(row: AuditRow) -> tuple[Any, ...]:
    return (
        stack(write_moment(row.at_ns)[:19], f"#{row.seq}"),
        stack(row.actor, row.origin),
        row.action,
        stack(_shorten(row.subject, 24), row.enterprise),
        stack("", *tell_change(read_state(row.before), read_state(row.after))),
    )


def tell_change(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """Write a line for each value: what it was, an arrow, what it is; one side alone where the other is not there."""
    for name in {**before, **after}:
        sides = (_tell_value(state[name]) if name in state else "" for state in (before, after))
        yield _shorten(f"{name}: {' → '.join(filter(None, sides))}", _STATE_CHARACTERS)


def _tell_value(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _shorten(text: str, characters: int) -> str:
    return text if len(text) <= characters else f"{text[: characters - 1]}…"


def read_state(text: str | None) -> dict[str, Any]:
    """Read a state; what somebody made of it that is no JSON object is shown as it is."""
    if text is None:
        return {}
    try:
        state = json.loads(text)
    except ValueError:
        state = None
    return state if isinstance(state, dict) else {"?": text}


def write_rows(rows: Iterable[AuditRow]) -> None:
    """Write rows to the standard output as NDJSON, names of ECS where it has one."""
    from wanglou.commands.lines import write_json

    for row in rows:
        fields = {
            "@timestamp": write_time(row.at_ns),
            "event.sequence": row.seq,
            "event.action": row.action,
            "audit.actor": row.actor,
            "audit.origin": row.origin,
            "audit.kind": row.kind,
            "audit.subject": row.subject,
            "organization.id": row.enterprise,
            "wanglou.site": row.site,
            "audit.before": None if row.before is None else read_state(row.before),
            "audit.after": None if row.after is None else read_state(row.after),
            "audit.previous": row.previous,
            "audit.digest": row.digest,
        }
        line = write_json({name: value for name, value in fields.items() if value not in (None, "")})
        sys.stdout.buffer.write(f"{line}\n".encode())
    sys.stdout.buffer.flush()


@app.command(cls=Command)
def verify(
    context: typer.Context,
    head: Annotated[str, typer.Option("--head", metavar="DIGEST")] = "",
    as_json: JsonOption = False,
    lake: LakeOption = DEFAULT_LAKE,
    ledger: LedgerOption = "",
    anchor: AnchorOption = None,
) -> None:
    """Look at every row: exit code 1 when one was changed, moved, added or removed."""
    from wanglou.audit import parse_head

    kept = parse_head(head) if head else None
    with open_ledger(lake, ledger, anchor) as opened:
        verdict = opened.verify(kept)
    terminal: Terminal = context.obj
    if as_json:
        _write_verdict(verdict)
    elif not verdict.findings:
        terminal.tell("audit.sound", rows=write_count(verdict.rows))
        terminal.note("audit.head", style="dim", head=verdict.head)
        if opened.anchor is None and kept is None:
            terminal.note("audit.unanchored", style="yellow")
    else:
        for finding in verdict.findings:
            terminal.write(tell_finding(terminal, finding))
        terminal.note("audit.unsound", style="red", rows=write_count(verdict.rows))
    if verdict.findings:
        raise typer.Exit(FOUND)


def tell_finding(terminal: Terminal, finding: Finding) -> str:
    """Say which rows and what is wrong with them."""
    say = terminal.say
    key = "audit.row" if finding.first == finding.last else "audit.rows"
    which = say(key, first=finding.first, last=finding.last) if finding.last else say("audit.all")
    return f"{which}: {say(f'audit.finding.{finding.kind}', was=finding.was)}"


def _write_verdict(verdict: Verdict) -> None:
    from wanglou.commands.lines import write_json

    findings = [
        {name: value for name in ("kind", "first", "last", "was") if (value := getattr(finding, name)) is not None}
        for finding in verdict.findings
    ]
    line = write_json({"rows": verdict.rows, "head": str(verdict.head), "findings": findings})
    sys.stdout.buffer.write(f"{line}\n".encode())
    sys.stdout.buffer.flush()


@app.command(cls=Command)
def head(
    context: typer.Context,
    begin: Annotated[bool, typer.Option("--begin-anchor")] = False,
    lake: LakeOption = DEFAULT_LAKE,
    ledger: LedgerOption = "",
    anchor: AnchorOption = None,
) -> None:
    """Print where the audit ends, for an auditor to keep; begin the anchor anew where that is asked for."""
    from wanglou.audit import local_actor

    terminal: Terminal = context.obj
    with open_ledger(lake, ledger, anchor) as opened:
        terminal.write(str(opened.begin_anchor(local_actor()) if begin else opened.head()))
    terminal.note("audit.keep", style="dim")
