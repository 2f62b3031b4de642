"""How figures of risk and what makes them are shown: rows of tables, and NDJSON."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.text import Text

from wanglou.commands.figures import SEVERITIES, name_severity, write_count, write_time
from wanglou.commands.identity import ShortIds
from wanglou.commands.terminal import Terminal, plain, stack

if TYPE_CHECKING:
    from correlation.risk import Figure, Part
    from correlation.risk_ledger import Day
    from correlation.risk_weights import Weights

DAY_NS = 86_400 * 10**9


def write_day(day: int) -> str:
    """Write a day, ``YYYY-MM-DD``."""
    return write_time(day * DAY_NS, digits=0)[:10]


def top_row(terminal: Terminal, figure: Figure) -> tuple[Any, ...]:
    """Give the cells of an enterprise or the park: name, risk, and what is worst in it."""
    worst = figure.parts[0] if figure.parts else None
    name = terminal.say("risk.park") if figure.kind == "park" else figure.enterprise or terminal.say("risk.nobody")
    return (
        name,
        paint_score(terminal, figure.score),
        "" if worst is None else f"{name_part(terminal, worst)} {points(worst.alone)}",
    )


def asset_row(terminal: Terminal, figure: Figure) -> tuple[Any, ...]:
    """Give the cells of an asset: name, risk, and the points of three components."""
    name = stack(
        figure.subject or terminal.say("risk.no_device"), " ".join(filter(None, (figure.enterprise, figure.name)))
    )
    parts = (points(figure.component(component)) for component in ("threat", "exposure", "handling"))
    return (name, paint_score(terminal, figure.score), *parts)


def note_origin(terminal: Terminal, day: Day, weights: Weights) -> None:
    """Say of when the figures are, and where the weights come from."""
    terminal.note("risk.as_of", style="dim", time=write_time(day.as_of_ns, digits=0))
    terminal.note(f"risk.status.{weights.status}", style="dim", name=getattr(weights.name, terminal.say.language))
    if weights.digest != day.weights:
        terminal.note("risk.outdated", style="yellow")


def points(hundredths: int) -> str:
    """Write hundredths of points: ``12.34``."""
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def paint_score(terminal: Terminal, score: int) -> Text:
    """Write a score as number and word in its colour."""
    whole = score // 100
    style = next((style for least, _, style in SEVERITIES if whole >= least), "")
    return Text(f"{points(score)} {terminal.say(f'risk.level.{name_severity(whole)}')}", style=style)


def name_part(terminal: Terminal, part: Part) -> str:
    """Name what a part is."""
    say = terminal.say
    if part.component == "asset":
        return "/".join(filter(None, (part.kind, part.name or part.text or say("risk.no_device"))))
    if part.component == "enterprise":
        return part.kind or say("risk.nobody")
    if not part.kind:
        return say("risk.kept")
    return say.find(f"risk.exposure.{part.kind}") or say.find(f"risk.kind.{part.kind}") or part.kind


def print_head(terminal: Terminal, figure: Figure, day: Day) -> None:
    """Print which figure of which day it is, and how it comes about."""
    name = "/".join(filter(None, (figure.enterprise, figure.subject))) or terminal.say("risk.park")
    if figure.kind == "asset" and not figure.subject:
        name += f" ({terminal.say('risk.no_device')})"
    terminal.out.print(
        Text.assemble((plain(name), "bold"), "  ", paint_score(terminal, figure.score), "  ", write_day(day.day))
    )
    if figure.kind == "asset":
        key = "risk.worth" if figure.stated else "risk.worth_unknown"
        terminal.tell(key, style="dim", criticality=figure.criticality, factor=f"{figure.factor:g}")
    else:
        terminal.tell("risk.worst_first", style="dim")


def part_row(terminal: Terminal, part: Part, short: ShortIds, *, full: bool) -> tuple[Any, ...]:
    """Give the cells of a part: what, points, points alone, evidence."""
    component = terminal.say.find(f"risk.component.{part.component}") or ""
    told = f"{component}: {name_part(terminal, part)}" if component else name_part(terminal, part)
    text = part.text if part.component in ("exposure", "vulnerability") else ""
    count = terminal.say("risk.count", count=write_count(part.count)) if part.evidence else ""
    below = "  ".join(filter(None, (plain(text), count)))
    shown = [short.of_event(event) for event in (part.evidence if full else part.evidence[:1])]
    return stack(told, below), points(part.points), points(part.alone), stack(*shown) if shown else ""


def history_rows(terminal: Terminal, found: Sequence[tuple[int, Figure]]) -> Iterator[tuple[Any, ...]]:
    """Give the cells of each day: day, risk, change, parts."""
    earlier = [one.score for _, one in found[1:]]
    for place, (day, figure) in enumerate(found):
        change = figure.score - earlier[place] if place < len(earlier) else 0
        sign = "+" if change > 0 else "-" if change < 0 else ""
        told = f"{sign}{points(abs(change))}" if change else ""
        yield write_day(day), paint_score(terminal, figure.score), told, _tell_parts(terminal, figure)


def _tell_parts(terminal: Terminal, figure: Figure) -> str:
    from correlation.risk import COMPONENTS

    if figure.kind != "asset":
        return ", ".join(f"{name_part(terminal, part)} {points(part.points)}" for part in figure.parts[:3])
    told = ((component, figure.component(component)) for component in COMPONENTS)
    return ", ".join(f"{terminal.say(f'risk.component.{name}')} {points(some)}" for name, some in told if some)


def write_figures(figures: Sequence[Figure], day: Day) -> None:
    """Write figures to the standard output as NDJSON; points are numbers with two decimals."""
    from wanglou.commands.lines import write_json

    sys.stdout.buffer.writelines(f"{write_json(describe(figure, day))}\n".encode() for figure in figures)
    sys.stdout.buffer.flush()


def describe(figure: Figure, day: Day) -> Mapping[str, Any]:
    """Give a figure as JSON tells it."""
    from correlation.risk import COMPONENTS

    told: dict[str, Any] = {"@timestamp": write_time(day.as_of_ns), "risk.kind": figure.kind, "wanglou.site": day.site}
    told |= {"organization.id": figure.enterprise, "asset.id": figure.subject, "asset.name": figure.name}
    told = {name: value for name, value in told.items() if value}
    told["risk.score"] = figure.score / 100
    if figure.kind == "asset":
        told |= {f"risk.{name}": figure.component(name) / 100 for name in COMPONENTS}
        told |= {
            "risk.criticality": figure.criticality,
            "risk.criticality_known": figure.stated,
            "risk.factor": figure.factor,
        }
    told["risk.parts"] = [
        {"component": part.component, "kind": part.kind, "text": part.text, "points": part.points / 100,
         "alone": part.alone / 100, "count": part.count, "evidence": list(part.evidence),
         **({"name": part.name} if part.name else {})}
        for part in figure.parts
    ]  # fmt: skip
    told["risk.weights"] = day.weights
    return told
