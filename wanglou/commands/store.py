"""``wanglou store``: make, look at, bring up to date, copy and shorten a store, whatever it is made of."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Annotated, cast

import typer
from rich.progress import (
    MofNCompleteColumn,
    SpinnerColumn,
    TimeElapsedColumn,
)

from wanglou.commands.figures import write_count
from wanglou.commands.help import Command, Group
from wanglou.commands.losses import note_refused
from wanglou.commands.options import DEFAULT_LAKE, LakeOption, LedgerOption
from wanglou.commands.refresh import open_state, refresh_stages
from wanglou.commands.stages import check_stages, update_stages
from wanglou.commands.store_days import add_up, read_age, tell_days
from wanglou.commands.store_findings import look, look_at_ledger, tell_findings
from wanglou.commands.store_opening import opened, opened_cluster, show_progress
from wanglou.commands.terminal import Terminal, confirm, plain
from wanglou.errors import UsageError

if TYPE_CHECKING:
    from correlation.elastic import Elastic
    from correlation.finding import Finding
    from wanglou.site import Site

app = typer.Typer(cls=Group)
WRONG = 3
"""Exit code when something is wrong with a store."""


@app.command(cls=Command)
def init(
    context: typer.Context,
    keep: Annotated[str | None, typer.Option("--keep", metavar="DATASET:HOW,...")] = None,
    lake: LakeOption = DEFAULT_LAKE,
) -> None:
    """Make what a store needs before its first record, and say how much of each dataset it keeps."""
    from correlation.opening import find_folder

    terminal: Terminal = context.obj
    if keep is not None:
        with opened_cluster(lake, "a lake keeps everything") as cluster:
            cluster.init(keep)
    else:
        with opened(lake) as store:
            store.init()
    if find_folder(lake) is None:
        with opened_cluster(lake, "") as cluster:
            cluster.require_health()
    terminal.tell("store.made", store=plain(lake))


@app.command(cls=Command)
def check(
    context: typer.Context,
    deep: Annotated[bool, typer.Option("--deep")] = False,
    lake: LakeOption = DEFAULT_LAKE,
    ledger: LedgerOption = "",
) -> None:
    """Look at a store; exit code 3 when something is wrong."""
    terminal: Terminal = context.obj
    findings: list[Finding] = []
    try:
        with opened(lake) as store:
            findings.extend(look(terminal, store, deep=deep))  # what was found stays, where the rest cannot be asked
        findings.extend(look_at_ledger(lake, ledger))
    finally:
        if findings:
            terminal.grid(("state", "subject", "found", "advice"), tell_findings(terminal, findings))
    if any(finding.grade == "wrong" for finding in findings):
        raise typer.Exit(WRONG)


@app.command(cls=Command)
def migrate(context: typer.Context, lake: LakeOption = DEFAULT_LAKE) -> None:
    """Bring a store of an earlier version to this one."""
    terminal: Terminal = context.obj
    changed = 0
    with opened(lake) as store:
        for name, how in store.migrate():
            terminal.tell(f"store.{how}", name=plain(name))
            changed += 1
    terminal.note("store.migrated", style="dim", count=write_count(changed))


@app.command(cls=Command)
def compact(context: typer.Context, lake: LakeOption = DEFAULT_LAKE) -> None:
    """Put small files of a lake together."""
    from correlation.lake import Lake
    from correlation.opening import find_folder, require_store

    folder = find_folder(lake)
    if folder is None:
        raise UsageError("a cluster puts its files together by itself", do="name a lake with --store lake:DIR")
    require_store(lake)
    terminal: Terminal = context.obj
    columns = (SpinnerColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Lake(folder) as store, show_progress(terminal, columns) as bar:
        task = bar.add_task("", total=None)
        done = store.compact(lambda done: bar.update(task, completed=done.files))
    counts = {"files": done.files, "packs": done.packs, "records": done.rows}
    terminal.tell("store.compacted", **{name: write_count(count) for name, count in counts.items()})


@app.command(cls=Command)
def copy(
    context: typer.Context,
    source: Annotated[str, typer.Argument(metavar="FROM")],
    target: Annotated[str, typer.Argument(metavar="TO")],
) -> None:
    """Copy all captures and documents of a store into another."""
    from correlation.copying import copy_captures, copy_documents
    from correlation.opening import find_folder

    terminal: Terminal = context.obj
    states: Counter[str] = Counter()
    identities: list[str] = []
    rows = refused = 0
    check_stages(target, "")
    with opened(source) as old, opened(target) as new, show_progress(terminal) as bar:
        if find_folder(target) is None:
            cast("Elastic", new).forgo_spool()  # what is copied is there still
        task = bar.add_task("", total=sum(sum(capture.rows.values()) for capture in old.captures()))
        for copied in copy_captures(old, new, partial(bar.advance, task)):
            states[copied.state] += 1
            if copied.state != "incomplete":
                identities.append(copied.capture.record.identity)
            rows += copied.rows
            refused += copied.refused
        documents = copy_documents(old, new)
    counts = {name: write_count(states[name]) for name in ("copied", "known", "incomplete")}
    terminal.tell("store.copied", records=write_count(rows), documents=write_count(documents), **counts)
    update_stages(terminal, target, _find_site(target) or _find_site(source), identities)
    _tell_decided(terminal, source, target)
    if note_refused(terminal, {"store_dead_letters": refused}):
        raise typer.Exit(WRONG)


def _find_site(place: str) -> Site | None:
    """Give the site file that the stages of a store were told of; None where there is none."""
    from correlation.asset_ledger import ASSETS
    from correlation.opening import find_ledger
    from wanglou.stages import find_site, is_made

    if not is_made(find_ledger("", place)):
        return None
    with open_state(place, "", [ASSETS]) as ledger:
        return find_site(ledger) if ledger is not None else None


def _tell_decided(terminal: Terminal, source: str, target: str) -> None:
    """Say what people decided of the old store, which stays in its ledger."""
    from correlation.opening import find_ledger
    from wanglou.stages import count_decided

    location = find_ledger("", source)
    if location == find_ledger("", target):
        return
    if counts := count_decided(location):
        parts = (terminal.say(f"store.decided.{name}", count=write_count(count)) for name, count in counts.items())
        terminal.note(
            "store.left", style="yellow", what=terminal.say("store.comma").join(parts), ledger=plain(location)
        )


@app.command(cls=Command)
def expire(
    context: typer.Context,
    older_than: Annotated[str, typer.Option("--older-than", metavar="AGE")],
    dry_run: Annotated[bool, typer.Option("--dry-run")] = False,
    yes: Annotated[bool, typer.Option("--yes")] = False,
    lake: LakeOption = DEFAULT_LAKE,
    ledger: LedgerOption = "",
) -> None:
    """Remove whole days that are older than an age, or a day."""
    terminal: Terminal = context.obj
    before = read_age(older_than)
    with opened(lake) as store:
        due = store.expire_older(before, dry_run=True)
        terminal.grid(("day", "records", "size"), tell_days(due), right={1, 2})
        if dry_run:
            terminal.tell("store.would_expire", **add_up(due))
            return
        if due and not yes and not confirm(terminal.say("store.confirm", **add_up(due))):
            raise typer.Exit(1)
        gone = store.expire_older(before) if due else []
        if gone:
            refresh_stages(terminal, store, lake, ledger)
    terminal.tell("store.expired", **add_up(gone))


@app.command(cls=Command)
def drain(context: typer.Context, lake: LakeOption = DEFAULT_LAKE) -> None:
    """Send what waits in the spool since a cluster was out of reach."""
    terminal: Terminal = context.obj
    with opened_cluster(lake, "a lake is never out of reach: nothing waits for it") as store:
        before = store.waiting()
        sent = store.drain()
        left = store.waiting()
    counts = {"sent": before.rows - left.rows, "left": left.rows, "lost": left.lost}
    terminal.tell("store.drained", entries=write_count(sent), **{k: write_count(n) for k, n in counts.items()})
    if left.entries:
        raise typer.Exit(WRONG)


@app.command(cls=Command)
def adopt(context: typer.Context, ledger: LedgerOption = "", lake: LakeOption = DEFAULT_LAKE) -> None:
    """Let a ledger belong to this store from now on, as after its records were copied here."""
    from correlation.binding import adopt as run
    from correlation.opening import find_ledger, require_store

    require_store(lake)
    location = find_ledger(ledger, lake)
    before = run(location, lake)
    terminal: Terminal = context.obj
    terminal.tell("store.adopted" if before else "store.adopted_first", store=plain(lake), before=plain(before))


@app.command(cls=Command)
def mirror(context: typer.Context, ledger: LedgerOption = "", lake: LakeOption = DEFAULT_LAKE) -> None:
    """Write the read copy of alerts, incidents and assets on a cluster anew."""
    from correlation.asset_ledger import ASSETS
    from correlation.binding import require_same
    from correlation.incident_tables import INCIDENTS
    from correlation.mirror import mirror as run
    from correlation.mirror_tables import MIRROR
    from correlation.opening import find_ledger
    from correlation.triage_tables import TRIAGE
    from wanglou.ledger import Ledger

    terminal: Terminal = context.obj
    with (
        opened_cluster(lake, "a lake needs no mirror: its ledger lies beside it") as store,
        Ledger(find_ledger(ledger, lake), (ASSETS, INCIDENTS, TRIAGE, MIRROR)) as opened_ledger,
    ):
        require_same(store, opened_ledger)
        done = run(store, opened_ledger, anew=True)
    counts = {name: write_count(done.sent.get(name, 0)) for name in ("alert", "incident", "asset")}
    terminal.tell("store.mirrored", **counts)


@app.command(name="replay-dead-letters", cls=Command)
def replay_dead_letters(context: typer.Context, lake: LakeOption = DEFAULT_LAKE) -> None:
    """Send what a cluster refused once more; exit code 3 when any stays behind."""
    terminal: Terminal = context.obj
    with opened_cluster(lake, "a lake refuses nothing: it has no dead letters") as store:
        done = store.replay_dead_letters()
        letters = store.letters
    terminal.tell("store.replayed", sent=write_count(done.sent), refused=write_count(done.refused))
    if done.foreign:
        terminal.note("store.foreign", style="red", count=write_count(done.foreign), path=plain(letters.path))
    if done.damaged:
        terminal.note("store.damaged", style="red", count=write_count(done.damaged), path=plain(letters.damaged))
    if done.refused or done.foreign or done.damaged:
        raise typer.Exit(WRONG)
