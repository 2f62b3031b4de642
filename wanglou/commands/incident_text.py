"""Incidents as a terminal shows them: a line of a list, and one as a whole with its timeline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from wanglou.commands.figures import (
    name_severity,
    paint_severity,
    write_count,
    write_duration,
    write_moment,
)
from wanglou.commands.identity import ALERT_DIGITS
from wanglou.commands.terminal import Terminal, stack

if TYPE_CHECKING:
    from correlation.case import Case
    from correlation.incident import Moment

SHORT = len("incident-") + 8
"""Characters of a short id."""
_ENDS = 4
"""Addresses that a line names."""
_ROMAN = ("", "I", "II", "III", "IV")


def tell_row(terminal: Terminal, case: Case) -> tuple[Any, ...]:
    """Give the cells of an incident's line in a list."""
    say, incident = terminal.say, case.incident
    state = say(f"incidents.status.{case.status}")
    kind = f"{case.event_class} {_ROMAN[case.level]}"
    below = (
        incident.enterprise,
        state if terminal.is_narrow else kind,
        say("incidents.empty") if case.is_empty else "",
    )
    return (
        stack(write_moment(incident.first_ns)[:19], case.id[:SHORT]),
        paint_severity(incident.severity, say(f"severity.{name_severity(incident.severity)}")),
        stack(tell_title(terminal, case), " · ".join(filter(None, below))),
        write_count(incident.alerts),
        tell_stage(terminal, incident.stage),
        stack(state, case.assignee),
    )


def tell_title(terminal: Terminal, case: Case) -> str:
    """Give the title in the user's language."""
    return case.incident.title_zh if terminal.say.language == "zh" else case.incident.title_en


def tell_stage(terminal: Terminal, stage: str) -> str:
    """Name a tactic in the user's language."""
    return terminal.say.find(f"incidents.stage.{stage.lower().replace(' ', '_')}") or stage if stage else "-"


def tell_class(terminal: Terminal, case: Case) -> str:
    """Name the class of GB/T 20986 and the level, as proposed unless somebody set it."""
    level = terminal.say(f"incidents.level.{case.level}", roman=_ROMAN[case.level])
    names = "/".join(filter(None, (case.event_class, case.event_subclass)))
    return f"{names} {level}" if case.level_set else f"{names} {level} {terminal.say('incidents.proposed')}"


def print_case(terminal: Terminal, case: Case) -> None:
    """Print an incident with its timeline."""
    say, incident = terminal.say, case.incident
    terminal.out.print(stack(tell_title(terminal, case), case.id), style="bold")
    lasted = write_duration(incident.last_ns - incident.first_ns)
    lines = (
        ("severity", f"{incident.severity} {say(f'severity.{name_severity(incident.severity)}')}"),
        ("state", tell_state(terminal, case)),
        ("class", tell_class(terminal, case)),
        ("enterprise", " · ".join(filter(None, (incident.enterprise, case.site)))),
        ("when", f"{write_moment(incident.first_ns)} … {write_moment(incident.last_ns)} ({lasted})"),
        ("actors", _tell_ends(incident.actors)),
        ("suspects", _tell_ends(incident.suspects)),
        ("relays", _tell_ends(incident.relays)),
        ("targets", _tell_ends(incident.targets)),
        ("stages", " → ".join(tell_stage(terminal, stage) for stage in incident.stages)),
        ("techniques", ", ".join(incident.techniques)),
        ("captures", write_count(len(incident.captures)) if len(incident.captures) > 1 else ""),
        ("comment", case.comment),
    )
    terminal.grid(
        ("name", "content"), ((say(f"incidents.facts.{name}"), content) for name, content in lines if content)
    )
    terminal.head("incidents.timeline", alerts=write_count(incident.alerts), records=write_count(incident.records))
    headers = ("time", "severity", "rule", "alerts", "stage")[: 4 if terminal.is_narrow else 5]
    rows = (_tell_moment(terminal, moment)[: len(headers)] for moment in incident.timeline)
    terminal.grid(headers, rows, right={3})
    if incident.omitted:
        terminal.note("incidents.omitted", style="dim", count=write_count(incident.omitted))
    if case.is_empty:
        terminal.note("incidents.gone", style="yellow")


def tell_state(terminal: Terminal, case: Case) -> str:
    """Give status, verdict and assignee."""
    say = terminal.say
    words = [say(f"incidents.status.{case.status}"), say(f"incidents.verdict.{case.verdict}"), case.assignee]
    return ", ".join(filter(None, words))


def _tell_ends(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_ENDS])
    return f"{shown} (+{len(names) - _ENDS})" if len(names) > _ENDS else shown


def _tell_moment(terminal: Terminal, moment: Moment) -> tuple[Any, ...]:
    say = terminal.say
    ends = f"{moment.source or '?'} → {moment.destination}" if moment.destination else moment.source
    title = moment.title_zh if say.language == "zh" else moment.title_en
    return (
        stack(write_moment(moment.first_ns)[:19], moment.sample[: len("alert-") + ALERT_DIGITS]),
        paint_severity(moment.severity, say(f"severity.{name_severity(moment.severity)}")),
        stack(title, ends),
        write_count(moment.alerts),
        tell_stage(terminal, moment.stage),
    )
