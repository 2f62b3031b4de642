"""What becomes of the later stages when records are removed, or captures are declared one recording."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from wanglou.commands.figures import write_count
from wanglou.commands.terminal import Terminal

if TYPE_CHECKING:
    from correlation.reconciliation import Outcome
    from correlation.store import Store
    from wanglou.component import Component
    from wanglou.ledger import Ledger


@contextmanager
def open_state(
    place: Path | str, ledger: str, components: Sequence[Component], *, make: bool = False
) -> Iterator[Ledger | None]:
    """Open the ledger with the state of a store's stages; None where none was made yet.

    None too where it lacks tables of ``components``, unless these are to be made.
    """
    from correlation.binding import require_bound
    from correlation.opening import find_ledger

    location = find_ledger(ledger, place)
    if isinstance(location, Path) and not location.exists():
        yield None
        return
    from wanglou.ledger import Ledger

    if not make and not _has_tables(location, components):
        yield None
        return
    with Ledger(location, components) as opened:
        require_bound(opened, location, place)
        yield opened


def _has_tables(location: Path | str, components: Sequence[Component]) -> bool:
    from wanglou.ledger import Ledger
    from wanglou.migration import read_versions

    with Ledger(location, []) as opened, opened.reading() as connection:
        versions = read_versions(connection) or {}
    return all(component.name in versions for component in components)


def refresh_stages(terminal: Terminal, store: Store, place: Path | str, ledger: str) -> None:
    """Bring the stages up to what is left after records were removed, and say what became of incidents.

    Stages that were never brought up are left alone.
    """
    from correlation.reconciliation import Outcome
    from wanglou import stages

    with open_state(place, ledger, stages.COMPONENTS) as opened:
        if opened is not None and stages.is_in_use(opened):
            report = stages.update_stages(store, opened, None, ())
            if report.incidents != Outcome():
                print_outcome(terminal, report.incidents)


def print_outcome(terminal: Terminal, outcome: Outcome) -> None:
    """Say what grouping anew did."""
    counts = {name: getattr(outcome, name) for name in ("changed", "opened", "removed")}
    terminal.note("alerts.regrouped", style="dim", **{name: write_count(count) for name, count in counts.items()})
    if outcome.emptied:
        terminal.note("incidents.emptied", style="dim", count=write_count(outcome.emptied))
