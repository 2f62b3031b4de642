"""``wanglou alerts triage`` and ``wanglou alerts suppress``: what people decide about alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from wanglou.commands.figures import write_count, write_moment
from wanglou.commands.identity import ALERT_DIGITS, resolve_event
from wanglou.commands.incidents import open_incidents
from wanglou.commands.options import DEFAULT_LAKE, LakeOption, LedgerOption, parse_moment
from wanglou.commands.subject import check_address, check_rule, list_rule_folders
from wanglou.commands.terminal import Terminal, stack
from wanglou.errors import UsageError

if TYPE_CHECKING:
    from correlation.triage import Suppression


def triage(
    context: typer.Context,
    identities: Annotated[list[str], typer.Argument(metavar="ID...")],
    state: Annotated[str | None, typer.Option("--state", metavar="STATE")] = None,
    assignee: Annotated[str | None, typer.Option("--assignee", metavar="NAME")] = None,
    comment: Annotated[str | None, typer.Option("--comment", metavar="TEXT")] = None,
    lake: LakeOption = DEFAULT_LAKE,
    ledger: LedgerOption = "",
) -> None:
    """Take up alerts: set their state, who looks after them, and a comment; without these, show what is set."""
    from wanglou.audit import local_actor

    with open_incidents(lake, ledger, context.obj) as (incidents, opened):
        alerts: dict[str, str] = {}
        for text in identities:
            record = opened.get(resolve_event(opened, text))
            if record is None or record["event.dataset"] != "alert":
                raise UsageError(f"{text!r} is no alert", do="`wanglou alerts` shows them")
            alerts[str(record["event.id"])] = str(record.get("organization.id") or "")
        values: dict[str, Any] = {"state": state, "assignee": assignee, "comment": comment}
        if any(value is not None for value in values.values()):
            incidents.triage.set_state(alerts, local_actor(), **values)
        states = incidents.triage.states(alerts)
    terminal: Terminal = context.obj
    rows = []
    for identity in alerts:
        found = states.get(identity)
        word = terminal.say(f"alerts.state.{found.state if found else 'new'}")
        short = identity[: len("alert-") + ALERT_DIGITS]
        rows.append((short, word, found.assignee if found else "", found.comment if found else ""))
    terminal.grid(("id", "state", "assignee", "comment"), rows)


def suppress(
    context: typer.Context,
    rule: Annotated[str, typer.Option("--rule", metavar="NAME")] = "",
    source: Annotated[str, typer.Option("--source", metavar="IP")] = "",
    destination: Annotated[str, typer.Option("--destination", metavar="IP")] = "",
    enterprise: Annotated[str, typer.Option("--enterprise", metavar="ID")] = "",
    start: Annotated[str | None, typer.Option("--from", metavar="TIME")] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="TIME")] = None,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT")] = "",
    lift: Annotated[str, typer.Option("--lift", metavar="ID")] = "",
    show_all: Annotated[bool, typer.Option("--list")] = False,
    lake: LakeOption = DEFAULT_LAKE,
    ledger: LedgerOption = "",
) -> None:
    """Keep alerts of a rule or an address out of incidents until a time, for a reason."""
    from correlation.decision import Part
    from correlation.triage import EVER_NS
    from wanglou.audit import local_actor

    terminal: Terminal = context.obj
    with open_incidents(lake, ledger, context.obj) as (incidents, opened):
        if lift:
            incidents.triage.lift(lift, local_actor())
        elif not show_all:
            end = parse_moment(until, "--until", is_end=True)
            if end is None:
                raise UsageError("a suppression must end", do="give --until, such as now+7d or 2026-12-31")
            begin = parse_moment(start, "--from")
            source, destination = check_address(source, "--source"), check_address(destination, "--destination")
            check_rule(rule, opened, list_rule_folders(context))
            incidents.triage.suppress(
                Part((), source, destination, rule),
                end,
                reason,
                local_actor(),
                from_ns=EVER_NS if begin is None else begin,
                enterprise=enterprise,
            )
        if not show_all:
            outcome = incidents.rebuild(opened)
            counts = {"changed": outcome.changed, "opened": outcome.opened, "removed": outcome.removed}
            terminal.note("alerts.regrouped", style="dim", **{name: write_count(one) for name, one in counts.items()})
        rows = [_tell(one) for one in incidents.triage.suppressions()]
    terminal.grid(("id", "rule", "until", "reason"), rows)


def _tell(one: Suppression) -> tuple[Any, ...]:
    from correlation.triage import EVER_NS

    begin = "" if one.from_ns == EVER_NS else f"{write_moment(one.from_ns)[:19]} …"
    return (
        one.id,
        stack(one.rule or "*", f"{one.source or '*'} → {one.destination or '*'}", one.enterprise),
        stack(write_moment(one.until_ns)[:19], begin),
        one.reason,
    )
