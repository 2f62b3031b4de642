"""``wanglou replay``: captures through the whole path into a lake, and what was found in them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wanglou.commands.findings import print_findings
from wanglou.commands.losses import note_refused, print_losses, sum_counters
from wanglou.commands.options import (
    DEFAULT_LAKE,
    EnterpriseOption,
    LakeOption,
    LedgerOption,
    QuietOption,
    RulesOption,
    ShiftOption,
    SiteOption,
    check_enterprise,
    parse_shift,
    parse_size,
)
from wanglou.commands.progress import ReplayProgress
from wanglou.commands.reading import ensure_compilation, keep_compilation, print_expiry, print_reports
from wanglou.commands.stages import check_stages, update_stages
from wanglou.commands.terminal import Terminal
from wanglou.errors import UsageError

if TYPE_CHECKING:
    from wanglou.capture_report import CaptureReport
    from wanglou.replay_options import ReplayOptions

SUFFIXES = (".pcap", ".pcapng", ".cap")
"""What captures in a folder are called, also with ``.gz`` or ``.zst`` after it."""


def replay(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...")],
    lake: LakeOption = DEFAULT_LAKE,
    ledger: LedgerOption = "",
    site: SiteOption = None,
    enterprise: EnterpriseOption = "",
    rules: RulesOption = None,
    max_disk: Annotated[str, typer.Option("--max-disk", metavar="SIZE")] = "",
    checksums: Annotated[bool, typer.Option("--checksums")] = False,
    shift_to: ShiftOption = "",
    no_stages: Annotated[bool, typer.Option("--no-stages")] = False,
    no_progress: QuietOption = False,
) -> None:
    """Replay captures into a lake; exit code 3 when one could not be read to its end."""
    from wanglou.replay_options import ReplayOptions
    from wanglou.site import load_site

    options = ReplayOptions(
        lake,
        load_site(site) if site else None,
        check_enterprise(enterprise),
        tuple(rules or ()),
        parse_size(max_disk) if max_disk else None,
        checksums,
        ledger,
        parse_shift(shift_to),
    )
    terminal: Terminal = context.obj
    reports = run_replay(terminal, list(list_captures(files)), options, quiet=no_progress, stages=not no_stages)
    if any(report.fault for report in reports) or note_refused(terminal, sum_counters(r.counters for r in reports)):
        raise typer.Exit(3)


def run_replay(
    terminal: Terminal, paths: Sequence[Path], options: ReplayOptions, *, quiet: bool = False, stages: bool = True
) -> list[CaptureReport]:
    """Replay, and print what was read, what was lost and what was found."""
    from wanglou.appliance import replay as run

    if stages:
        check_stages(options.lake, options.ledger)
    ensure_compilation(terminal)
    try:
        with ReplayProgress(terminal, quiet=quiet) as progress:
            reports = run(paths, options, progress)
    except KeyboardInterrupt:
        with contextlib.suppress(OSError):  # the terminal may be what went away
            terminal.note("replay.interrupted", lake=options.lake)
        raise
    keep_compilation(reports)
    print_reports(terminal, reports)
    counters = sum_counters(report.counters for report in reports)
    print_losses(terminal, counters)
    if counters.get("store_spooled"):
        terminal.note("replay.waiting", style="yellow")
        return reports
    identities = [report.identity for report in reports if report.identity]
    print_findings(terminal, options.lake, identities, reports)
    if stages:
        fresh = {report.identity for report in reports if report.identity and report.state != "known"}
        update_stages(terminal, options.lake, options.site, identities, options.ledger, fresh=fresh)
    if options.max_disk_bytes is not None:
        print_expiry(terminal, reports, options.lake, options.max_disk_bytes)
    return reports


def list_captures(paths: Sequence[Path]) -> Iterator[Path]:
    """Give files as they are, and in the place of a folder the captures in it, by name.

    Raises UsageError for a folder that holds none.
    """
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        found = sorted(entry for entry in path.iterdir() if entry.is_file() and is_capture_name(entry.name))
        if not found:
            raise UsageError(
                "no captures in this folder", where=str(path), do=f"they are named *{', *'.join(SUFFIXES)}"
            )
        yield from found


def is_capture_name(name: str) -> bool:
    """True for a file name that captures have."""
    return name.lower().removesuffix(".gz").removesuffix(".zst").endswith(SUFFIXES)
