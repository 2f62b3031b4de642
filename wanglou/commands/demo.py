"""``wanglou demo``: the bundled captures through the whole path, and how to go on from there."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from wanglou.commands.findings import print_findings
from wanglou.commands.identity import ShortIds
from wanglou.commands.losses import note_refused, print_losses, sum_counters
from wanglou.commands.options import DEFAULT_LAKE, LakeOption, LedgerOption, QuietOption, ShiftOption, parse_shift
from wanglou.commands.progress import ReplayProgress
from wanglou.commands.reading import ensure_compilation, keep_compilation, print_reports
from wanglou.commands.stages import update_stages
from wanglou.commands.terminal import Terminal

if TYPE_CHECKING:
    from correlation.store import Store

HUNT = "modbus.function.category:write AND wanglou.pairing:paired AND source.ip:10.20.3.66"
"""A search that finds something in the bundled captures: writes by the host that is no master."""


def demo(
    context: typer.Context,
    shift_to: ShiftOption = "",
    lake: LakeOption = DEFAULT_LAKE,
    ledger: LedgerOption = "",
    no_progress: QuietOption = False,
) -> None:
    """Replay the bundled captures, print what was found, then commands that go on from there.

    With ``--shift-to`` they are spread over three enterprises and the week before that time.
    """
    from wanglou.bundled import MANIFEST, captures_folder
    from wanglou.demonstration import prepare_demo
    from wanglou.replay_options import ReplayOptions
    from wanglou.site import load_site
    from wanglou.verification import load_expectations, replay_bundled

    terminal: Terminal = context.obj
    folder = captures_folder()
    expectations, facts, end_ns = load_expectations(folder / MANIFEST), folder / "site.yaml", parse_shift(shift_to)
    terminal.tell("demo.begin", count=len(expectations), folder=folder, lake=lake)
    ensure_compilation(terminal)
    with ReplayProgress(terminal, quiet=no_progress) as progress:
        if end_ns is None:
            reports = replay_bundled(expectations, ReplayOptions(lake, load_site(facts)), progress)
        else:
            prepared = prepare_demo(lake, end_ns, progress)
            reports, facts = [*prepared.reports], prepared.site
    site = load_site(facts)
    keep_compilation(reports)
    print_reports(terminal, reports)
    print_losses(terminal, sum_counters(report.counters for report in reports))
    identities = [report.identity for report in reports if report.identity]
    print_findings(terminal, lake, identities, reports)
    update_stages(terminal, lake, site, identities, ledger)
    print_next_steps(terminal, lake)
    if any(report.fault for report in reports) or note_refused(terminal, sum_counters(r.counters for r in reports)):
        raise typer.Exit(3)


def print_next_steps(terminal: Terminal, lake: Path | str) -> None:
    """Print commands that work on this lake, with ids that are in it."""
    terminal.head("demo.next")
    for key, arguments in _list_steps(lake):
        terminal.out.print(f"  {terminal.say(f'demo.steps.{key}')}", style="dim")
        terminal.write(f"  {name_program()} {shlex.join([*arguments, '--store', str(lake)])}")
    terminal.write(f"  {name_program()} verify")


def _list_steps(folder: Path | str) -> Iterator[tuple[str, Sequence[str]]]:
    from correlation.opening import open_store

    with open_store(folder) as lake:
        short = ShortIds(lake.captures())
        alert = _find_id(lake, "alert", "event.severity:>=70") or _find_id(lake, "alert", "")
        record = _find_id(lake, "modbus", HUNT) or _find_id(lake, "modbus", "")
    yield "alerts", ["alerts", "--severity", "70"]
    if alert:
        yield "show_alert", ["show", short.of_event(alert)]
    yield "incidents", ["incidents"]
    yield "assets", ["assets"]
    yield "risk", ["risk"]
    yield "search", ["search", HUNT]
    if record:
        yield "show_record", ["show", short.of_event(record)]
    yield "json", ["search", "_exists_:modbus.exception.code", "--json", "--limit", "0"]


def _find_id(lake: Store, dataset: str, query: str) -> str:
    for batch in lake.search(dataset, query, limit=1):
        for identity in batch.column("event.id").to_pylist():
            return str(identity)
    return ""


def name_program() -> str:
    """Write how this program was called, so that a command printed can be copied."""
    called = Path(sys.argv[0])
    if called.name == "__main__.py":
        return shlex.join([sys.executable, "-m", "wanglou"])
    found = shutil.which("wanglou")
    if called.name != "wanglou" or (found and Path(found).resolve() == called.resolve()):
        return "wanglou"
    here = Path.cwd()
    return shlex.quote(str(called.relative_to(here) if called.is_relative_to(here) else called))
