"""``wanglou verify``: replay the bundled captures and compare what is found with what the manifest says."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from wanglou.commands.figures import write_count
from wanglou.commands.losses import print_losses, sum_counters
from wanglou.commands.options import QuietOption, RulesOption
from wanglou.commands.progress import ReplayProgress
from wanglou.commands.reading import note_compilation
from wanglou.commands.terminal import Terminal, plain

if TYPE_CHECKING:
    from wanglou.verification import Difference, Outcome

DIFFERENT = 1
"""Exit code when something is not as expected."""


def verify(
    context: typer.Context,
    lake: Annotated[Path | None, typer.Option("--lake", metavar="DIR")] = None,
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


def run_verification(terminal: Terminal, lake: Path, rules: Sequence[Path], *, quiet: bool) -> list[Outcome]:
    """Replay into ``lake`` and print a line for each capture."""
    from wanglou.appliance import ReplayOptions
    from wanglou.bundled import MANIFEST, captures_folder
    from wanglou.site import load_site
    from wanglou.verification import load_expectations
    from wanglou.verification import verify as run

    folder = captures_folder()
    expectations = load_expectations(folder / MANIFEST)
    options = ReplayOptions(lake, load_site(folder / "site.yaml"), rules=tuple(rules))
    note_compilation(terminal)
    with ReplayProgress(terminal, quiet=quiet) as progress:
        outcomes = run(expectations, options, progress)
    terminal.head("verify.title")
    headers = ("name", "expected", "found", "packets", "result")
    terminal.grid(headers, _rows(terminal, outcomes), right={3})
    return outcomes


def _rows(terminal: Terminal, outcomes: Sequence[Outcome]) -> Iterator[tuple[str | Text, ...]]:
    for outcome in outcomes:
        wanted = outcome.expectation
        expected = [*sorted(wanted.must), *(f"- {name}" for name in sorted(wanted.must_not))]
        result = "\n".join(tell_difference(terminal, one) for one in outcome.differences)
        yield (
            wanted.path.name,
            "\n".join(expected),
            "\n".join(sorted(outcome.fired)),
            write_count(outcome.report.packets),
            Text(result or terminal.say("verify.fine"), style="red" if result else "green"),
        )


def tell_difference(terminal: Terminal, one: Difference) -> str:
    """Say what differs in one phrase."""
    return terminal.say(f"verify.{one.kind}", subject=plain(one.subject), expected=one.expected, found=one.found)
