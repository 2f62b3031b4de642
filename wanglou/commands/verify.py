"""``wanglou verify``: replay the bundled captures and compare what is found with what the manifest says."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.columns import Columns
from rich.padding import Padding
from rich.text import Text

from wanglou.commands.figures import write_count
from wanglou.commands.losses import print_losses, sum_counters
from wanglou.commands.options import QuietOption, RulesOption
from wanglou.commands.progress import ReplayProgress
from wanglou.commands.reading import ensure_compilation, keep_compilation
from wanglou.commands.terminal import Terminal, plain

if TYPE_CHECKING:
    from wanglou.verification import Difference, Outcome

DIFFERENT = 1
"""Exit code when something is not as expected."""
RIGHT, WRONG, BEYOND, SILENT = "✓", "✗", "·", "-"
"""Marks of the legend."""


def verify(
    context: typer.Context,
    lake: Annotated[str, typer.Option("--store", "--lake", metavar="STORE")] = "",
    rules: RulesOption = None,
    no_progress: QuietOption = False,
) -> None:
    """Replay every bundled capture and compare; exit code 1 when anything differs."""
    terminal: Terminal = context.obj
    with tempfile.TemporaryDirectory(prefix="wanglou-verify-") as name:
        outcomes = run_verification(terminal, lake or Path(name) / "lake", tuple(rules or ()), quiet=no_progress)
    print_losses(terminal, sum_counters(outcome.report.counters for outcome in outcomes))
    different = [outcome for outcome in outcomes if outcome.differences]
    terminal.out.print()
    key = "verify.different" if different else "verify.same"
    terminal.tell(key, captures=len(outcomes), different=len(different), style="bold red" if different else "green")
    if different:
        raise typer.Exit(DIFFERENT)


def run_verification(terminal: Terminal, lake: Path | str, rules: Sequence[Path], *, quiet: bool) -> list[Outcome]:
    """Replay into ``lake`` and print a line for each capture."""
    from wanglou.bundled import MANIFEST, captures_folder
    from wanglou.replay_options import ReplayOptions
    from wanglou.site import load_site
    from wanglou.verification import load_expectations
    from wanglou.verification import verify as run

    folder = captures_folder()
    expectations = load_expectations(folder / MANIFEST)
    options = ReplayOptions(lake, load_site(folder / "site.yaml"), rules=tuple(rules))
    ensure_compilation(terminal)
    with ReplayProgress(terminal, quiet=quiet) as progress:
        outcomes = run(expectations, options, progress)
    keep_compilation([outcome.report for outcome in outcomes])
    terminal.head("verify.title")
    terminal.out.print(terminal.say("verify.legend"), style="dim")
    for outcome in outcomes:
        print_outcome(terminal, outcome)
    return outcomes


def print_outcome(terminal: Terminal, outcome: Outcome) -> None:
    """Print what was expected of one capture and what was found in it."""
    wanted = outcome.expectation
    mark, style = (WRONG, "bold red") if outcome.differences else (RIGHT, "bold green")
    title = plain(wanted.title.get(terminal.say.language, ""))
    terminal.out.print(Text.assemble((f"{mark} {wanted.path.name}", style), f"  {title}"))
    if outcome.counts:
        _indent(terminal, _tell_counts(terminal, outcome))
        for line in _tell_rules(terminal, outcome):
            _indent(terminal, line)
    for one in outcome.differences:
        _indent(terminal, Text(tell_difference(terminal, one), style="red"))


def _indent(terminal: Terminal, line: Text | Columns) -> None:
    terminal.out.print(Padding(line, (0, 0, 0, 4), expand=False))


def _tell_rules(terminal: Terminal, outcome: Outcome) -> Iterator[Columns]:
    """Tell what was asked of rules and what they did, a line for each mark of the legend."""
    from wanglou.verification import EVERY_OTHER

    must, silent = outcome.expectation.must, outcome.expectation.must_not - outcome.fired
    others = outcome.fired - must
    quiet = {terminal.say("verify.every_other") if name == EVERY_OTHER else name for name in silent}
    for mark, names, style in (
        (RIGHT, must & outcome.fired, "green"),
        (BEYOND, others, "dim"),
        (SILENT, quiet, "dim"),
    ):
        if names:
            yield Columns([Text(f"{mark} {plain(name)}", style=style) for name in sorted(names)], padding=(0, 2))


def _tell_counts(terminal: Terminal, outcome: Outcome) -> Text:
    """Tell each count, as it is expected and as it was found."""
    wanted, found = outcome.expectation.counts, outcome.counts
    words = [(terminal.say(f"verify.counts.{name}"), wanted[name], found[name]) for name in wanted if name in found]
    return Text("  ".join(f"{word} {write_count(one)}/{write_count(other)}" for word, one, other in words), style="dim")


def tell_difference(terminal: Terminal, one: Difference) -> str:
    """Say what differs in one phrase."""
    subject = terminal.say.find(f"verify.counts.{one.subject}") or plain(one.subject)
    return terminal.say(f"verify.{one.kind}", subject=subject, expected=one.expected, found=one.found)
