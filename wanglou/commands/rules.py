"""``wanglou rules``: check rule files, list the rules, run the cases that prove them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wanglou.commands.figures import name_severity, paint_severity, write_count, write_seconds
from wanglou.commands.findings import tell_attack
from wanglou.commands.help import Command, Group
from wanglou.commands.options import DEFAULT_LAKE, LakeOption, LedgerOption, RulesOption
from wanglou.commands.reading import plain_lines
from wanglou.commands.terminal import Terminal
from wanglou.errors import FaultsError

if TYPE_CHECKING:
    from detection.rule import Rule, Ruleset
    from detection.tuning import Decisions

app = typer.Typer(cls=Group)
TunedOption = Annotated[bool, typer.Option("--tuned")]

FOUND = 1
"""Exit code when rules have faults, or do not do what their cases say."""


def load(terminal: Terminal, folders: Sequence[Path]) -> Ruleset:
    """Load the shipped rules and those of ``folders``; prints the faults and ends with code 1 when there are any."""
    from detection.rule import SHIPPED
    from detection.ruleset import load_rules

    try:
        return load_rules([SHIPPED, *folders], None)
    except FaultsError as error:
        terminal.err.print(plain_lines(str(error)), style="red", soft_wrap=True)
        raise typer.Exit(FOUND) from None


def tune(ruleset: Ruleset, lake: str, ledger: str) -> tuple[Ruleset, Decisions]:
    """Give the rules as they run over a store, by what was decided in its ledger, with these decisions."""
    from correlation.opening import find_ledger
    from detection.tuning import tune_rules
    from detection.tuning_ledger import read_decisions

    decisions = read_decisions(find_ledger(ledger, lake))
    return tune_rules(ruleset, decisions), decisions


@app.command(cls=Command)
def check(context: typer.Context, rules: RulesOption = None) -> None:
    """Check rule files and show every fault with file and line."""
    terminal: Terminal = context.obj
    ruleset = load(terminal, rules or ())
    terminal.tell("rules.fine", count=write_count(len(ruleset.rules)))


@app.command(name="list", cls=Command)
def list_all(
    context: typer.Context,
    rules: RulesOption = None,
    tuned: TunedOption = False,
    lake: LakeOption = DEFAULT_LAKE,
    ledger: LedgerOption = "",
) -> None:
    """List the rules, the most severe first, as their files have them or as they run over a store."""
    terminal: Terminal = context.obj
    written = load(terminal, rules or ())
    alerting = [rule for rule in written.rules if rule.facts]
    if not tuned:
        terminal.grid(("severity", "name", "rule", "dataset", "attack"), _rows(terminal, alerting))
        terminal.note("rules.total", style="dim", count=write_count(len(alerting)))
        return
    running, decisions = tune(written, lake, ledger)
    states = {rule.id: _find_state(rule, decisions) for rule in alerting}
    shown = [running.by_id[rule.id] if states[rule.id] != "disabled" else rule for rule in alerting]
    rows = _rows(terminal, shown, {rule.name: states[rule.id] for rule in shown})
    terminal.grid(("severity", "name", "rule", "dataset", "attack", "state"), rows)
    count = {state: write_count(list(states.values()).count(state)) for state in ("tuned", "disabled")}
    terminal.note("rules.total_tuned", style="dim", count=write_count(len(alerting)), **count)


def _find_state(rule: Rule, decisions: Decisions) -> str:
    tuning = decisions.find(rule.id)
    if not tuning.is_enabled:
        return "disabled"
    return "tuned" if tuning.is_effective or any(one.rule == rule.id for one in decisions.exemptions) else "enabled"


def _rows(
    terminal: Terminal, rules: Iterable[Rule], states: Mapping[str, str] | None = None
) -> Iterator[tuple[Any, ...]]:
    rows = ((rule, facts) for rule in rules if (facts := rule.facts) is not None)
    for rule, facts in sorted(rows, key=lambda row: (-row[1].severity, row[0].name)):
        word = terminal.say(f"severity.{name_severity(facts.severity)}")
        title = getattr(facts, terminal.say.language).title
        attack = tell_attack(facts.attack_v18, facts.attack_v19)
        state = () if states is None else (terminal.say(f"rules.{states[rule.name]}"),)
        yield paint_severity(facts.severity, word), rule.name, title, rule.dataset, attack, *state


@app.command(name="test", cls=Command)
def run_tests(
    context: typer.Context,
    rules: RulesOption = None,
    tuned: TunedOption = False,
    lake: LakeOption = DEFAULT_LAKE,
    ledger: LedgerOption = "",
) -> None:
    """Run the cases of the shipped rules, or of the given folders, as they are written or as they run over a store."""
    from time import monotonic

    from detection.cases import run_rule
    from wanglou.kernel_cache import is_compiled

    terminal: Terminal = context.obj
    ruleset = load(terminal, rules or ())
    if tuned:
        ruleset, _ = tune(ruleset, lake, ledger)
    if not is_compiled():
        terminal.note("reading.compiling", style="dim")
    began = monotonic()
    chosen = [rule for rule in ruleset.rules if not rules or _is_below(rule.path, rules)]
    results = [result for rule in chosen for result in run_rule(ruleset, rule)]
    wrong = [result for result in results if not result.is_right]
    for result in wrong:
        terminal.write(plain_lines(str(result)))
    key = "rules.wrong" if wrong else "rules.right"
    terminal.tell(
        key,
        cases=write_count(len(results)),
        rules=write_count(len(chosen)),
        wrong=write_count(len(wrong)),
        time=write_seconds(monotonic() - began),
    )
    if wrong:
        raise typer.Exit(FOUND)


def _is_below(path: Path, folders: Sequence[Path]) -> bool:
    return any(path.resolve().is_relative_to(folder.resolve()) for folder in folders)
