"""``wanglou risk``: how much at risk assets, enterprises and the park are, and what makes each figure."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from wanglou.commands.figures import write_count
from wanglou.commands.help import Command, Group
from wanglou.commands.identity import ShortIds
from wanglou.commands.options import DEFAULT_LAKE, JsonOption, LakeOption, LedgerOption, LimitOption, SiteOption
from wanglou.commands.risk_tables import (
    asset_row,
    history_rows,
    note_origin,
    part_row,
    points,
    print_head,
    top_row,
    write_day,
    write_figures,
)
from wanglou.commands.terminal import Terminal
from wanglou.errors import StoreError, UsageError

if TYPE_CHECKING:
    import sqlalchemy as sa

    from correlation.risk import Figure
    from correlation.risk_ledger import Day
    from correlation.risk_weights import Weights
    from wanglou.ledger import Ledger

app = typer.Typer(cls=Group)

DEFAULT_LIMIT = 20
SHOWN_PARTS = 20

ParkOption = Annotated[str, typer.Option("--park", metavar="ID")]
DayOption = Annotated[str, typer.Option("--day", metavar="DAY")]
NameArgument = Annotated[str, typer.Argument(metavar="NAME")]


def open_risk(place: str | Path, ledger: str) -> Ledger:
    """Open the ledger with the figures of a store; raises StoreError where there is no lake."""
    from correlation.opening import open_ledger
    from correlation.risk_ledger import RISK

    return open_ledger(ledger, place, [RISK])


@contextmanager
def reading(lake: str, ledger: str, park: str = "", day: str = "") -> Iterator[tuple[sa.Connection, Day]]:
    """Open the figures of a day: the newest one of that park, or of the park assessed last."""
    from correlation.risk_ledger import list_days

    with open_risk(lake, ledger) as opened, opened.reading() as connection:
        days = list_days(connection, park or None)
        if not days:
            raise StoreError("no risk has been worked out", where=str(lake), do="run `wanglou risk rebuild`")
        found = [one for one in days if one.site == days[0].site and day in ("", write_day(one.day))]
        if not found:
            raise UsageError(f"no figures of {day!r}", where="--day", do="`wanglou risk history park` lists the days")
        yield connection, found[0]


@app.command(name="list", cls=Command)
def list_all(
    context: typer.Context,
    enterprise: Annotated[str | None, typer.Option("--enterprise", metavar="ID")] = None,
    limit: LimitOption = DEFAULT_LIMIT,
    day: DayOption = "",
    park: ParkOption = "",
    as_json: JsonOption = False,
    lake: LakeOption = DEFAULT_LAKE,
    ledger: LedgerOption = "",
) -> None:
    """List the park, its enterprises, and the assets most at risk."""
    from correlation.risk_ledger import count_figures, load_used, read_figures

    with reading(lake, ledger, park, day) as (connection, found):
        at = (connection, found.site, found.day)
        tops = [*read_figures(*at, "park"), *read_figures(*at, "enterprise")]
        tops = [one for one in tops if enterprise is None or one.enterprise == enterprise]
        assets = read_figures(*at, "asset", enterprise=enterprise, limit=limit)
        total = count_figures(*at, "asset", enterprise)
        weights = load_used(connection, found.site)
    if as_json:
        write_figures([*tops, *assets], found)
        return
    terminal: Terminal = context.obj
    terminal.grid(("which", "risk", "worst"), (top_row(terminal, figure) for figure in tops))
    terminal.out.print()
    headers = ("asset", "risk", "threat", "exposure", "handling")
    terminal.grid(headers, (asset_row(terminal, figure) for figure in assets), right={2, 3, 4})
    terminal.note("risk.total", style="dim", shown=write_count(len(assets)), total=write_count(total))
    note_origin(terminal, found, weights)


@app.command(cls=Command)
def show(
    context: typer.Context,
    name: NameArgument,
    full: Annotated[bool, typer.Option("--full")] = False,
    day: DayOption = "",
    park: ParkOption = "",
    as_json: JsonOption = False,
    lake: LakeOption = DEFAULT_LAKE,
    ledger: LedgerOption = "",
) -> None:
    """Show what makes a figure: parts that add up to it, each with its evidence."""
    from correlation.opening import open_store
    from correlation.risk_ledger import load_used

    with reading(lake, ledger, park, day) as (connection, found):
        figure = find_one(connection, found, name)
        weights = load_used(connection, found.site)
    if as_json:
        write_figures([figure], found)
        return
    with open_store(lake) as opened:
        short = ShortIds(opened.captures())
    terminal: Terminal = context.obj
    print_head(terminal, figure, found)
    shown = [part for part in figure.parts if full or part.points][: None if full else SHOWN_PARTS]
    rows = [part_row(terminal, part, short, full=full) for part in shown]
    rest = figure.parts[len(shown) :]
    if rest:
        more = terminal.say("risk.more", count=write_count(len(rest)))
        rows.append((more, points(sum(part.points for part in rest)), "", ""))
    rows.append((Text(terminal.say("risk.sum"), style="bold"), Text(points(figure.score), style="bold"), "", ""))
    terminal.grid(("part", "points", "alone", "evidence"), rows, right={1, 2})
    note_origin(terminal, found, weights)


def find_one(connection: sa.Connection, day: Day, name: str) -> Figure:
    """Find the figure that goes by a name; raises UsageError where none or several do."""
    from correlation.asset_ledger import list_assets
    from correlation.inventory import find_assets
    from correlation.risk_ledger import find_figures

    if not name.strip():
        raise UsageError("no asset or enterprise is named", do="`wanglou risk list` lists them; the park is 'park'")
    found = find_figures(connection, day.site, day.day, name)
    if not found:
        named = [one.id for one in find_assets(list_assets(connection), name)]
        found = [figure for one in named for figure in find_figures(connection, day.site, day.day, one)]
    if not found:
        raise UsageError(f"no asset or enterprise {name!r}", do="`wanglou risk list` lists them; the park is 'park'")
    if len(found) > 1:
        names = ", ".join(sorted(f"{one.enterprise}/{one.subject}".strip("/") for one in found))
        raise UsageError(f"{name!r} is several", do=f"give one of {names}")
    return found[0]


@app.command(cls=Command)
def history(
    context: typer.Context,
    name: NameArgument = "park",
    limit: LimitOption = 0,
    park: ParkOption = "",
    as_json: JsonOption = False,
    lake: LakeOption = DEFAULT_LAKE,
    ledger: LedgerOption = "",
) -> None:
    """Show how a figure went, day by day."""
    from correlation.risk_ledger import list_days, read_history

    with reading(lake, ledger, park) as (connection, newest):
        figure = find_one(connection, newest, name)
        days = {day.day: day for day in list_days(connection, newest.site)}
        found = read_history(connection, newest.site, figure, limit)
    if as_json:
        for day, one in found:
            write_figures([one], days[day])
        return
    terminal: Terminal = context.obj
    print_head(terminal, figure, newest)
    terminal.grid(("day", "risk", "change", "parts"), history_rows(terminal, found), right={2})


@app.command(cls=Command)
def weights(
    context: typer.Context,
    check: Annotated[Path | None, typer.Option("--check", metavar="FILE")] = None,
    use: Annotated[Path | None, typer.Option("--use", metavar="FILE")] = None,
    shipped: Annotated[bool, typer.Option("--shipped")] = False,
    park: ParkOption = "",
    as_json: JsonOption = False,
    lake: LakeOption = DEFAULT_LAKE,
    ledger: LedgerOption = "",
) -> None:
    """Show, check or change the weights."""
    from correlation.risk_weights import load_weights

    terminal: Terminal = context.obj
    if sum((check is not None, use is not None, shipped)) > 1:
        raise UsageError("--check, --use and --shipped exclude each other", do="give one of them")
    if check is not None:
        found = load_weights(check)
        terminal.tell("risk.weights.fine", name=getattr(found.name, terminal.say.language))
        return
    if use is not None or shipped:
        is_new = _change_weights(lake, ledger, park, load_weights(use) if use else None)
        terminal.tell("risk.weights.used" if is_new else "risk.weights.same")
        return
    found = _load_used(lake, ledger, park)
    if as_json:
        from wanglou.commands.lines import write_json

        sys.stdout.write(write_json(_describe_weights(found)) + "\n")
        return
    terminal.out.print(found.text.rstrip(), soft_wrap=True, highlight=False)
    for section, origin in found.origins.items():
        terminal.note(
            "risk.weights.origin", style="dim", section=section, status=terminal.say(f"risk.origin.{origin.status}")
        )


def _load_used(lake: str, ledger: str, park: str) -> Weights:
    """Give the weights in use; without a lake these are the shipped ones."""
    from correlation.opening import may_hold
    from correlation.risk_ledger import list_days, load_used
    from correlation.risk_weights import load_weights

    if not may_hold(lake):
        return load_weights()
    with open_risk(lake, ledger) as opened, opened.reading() as connection:
        days = list_days(connection)
        return load_used(connection, park or (days[0].site if days else ""))


def _change_weights(lake: str, ledger: str, park: str, chosen: Weights | None) -> bool:
    from correlation.risk_ledger import drop_weights, list_days, use_weights
    from wanglou.audit import local_actor

    with open_risk(lake, ledger) as opened:
        with opened.reading() as connection:
            days = list_days(connection)
        site = park or (days[0].site if days else "")
        with opened.change(local_actor()) as change:
            return drop_weights(change, site) if chosen is None else use_weights(change, site, chosen)


def _describe_weights(found: Weights) -> Mapping[str, Any]:
    return {
        "risk.weights.id": found.id,
        "risk.weights.version": found.version,
        "risk.weights.digest": found.digest,
        "risk.weights.status": found.status,
        "risk.weights.sections": {
            name: {"status": origin.status, "source": origin.source} for name, origin in found.origins.items()
        },
        "risk.weights.text": found.text,
    }


@app.command(cls=Command)
def rebuild(
    context: typer.Context,
    site: SiteOption = None,
    lake: LakeOption = DEFAULT_LAKE,
    ledger: LedgerOption = "",
) -> None:
    """Work out all figures anew from the records of the lake."""
    from correlation.opening import open_ledger, open_store
    from wanglou import stages
    from wanglou.audit import local_actor
    from wanglou.site import load_site

    facts = load_site(site) if site else None
    with open_store(lake) as store, open_ledger(ledger, lake, stages.COMPONENTS) as opened:
        outcome = stages.assess_risk(store, opened, facts, local_actor(), rebuild=True)
    terminal: Terminal = context.obj
    if outcome.park is None:
        terminal.tell("risk.nothing")
        return
    days, changed = write_count(outcome.assessed), write_count(outcome.changed)
    if any(outcome.counters.values()):
        terminal.note("risk.cut", style="yellow")
    terminal.tell("risk.rebuilt", days=days, changed=changed, score=points(outcome.park.score))
