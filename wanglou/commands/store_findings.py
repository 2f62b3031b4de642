"""What a look at a store finds, as lines of a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from rich.progress import (
    BarColumn,
    DownloadColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from wanglou.commands.store_opening import show_progress
from wanglou.commands.terminal import Terminal, plain
from wanglou.errors import StoreError, UsageError
from wanglou.sentences import tell_sentence

if TYPE_CHECKING:
    from correlation.elastic import Elastic
    from correlation.finding import Finding
    from correlation.lake import Lake


def look_at_ledger(place: str, ledger: str) -> Iterator[Finding]:
    """Tell whether the state of the stages is of a version that this program knows."""
    from correlation.finding import Finding
    from correlation.opening import find_ledger
    from wanglou.stages import require_known

    try:
        count = require_known(find_ledger(ledger, place))
    except StoreError as error:
        yield Finding("ledger", "wrong", error.what, error.do)
    else:
        yield Finding("ledger", "fine", f"{count} stages are kept in it" if count else "no stage is kept in it yet")


def look(terminal: Terminal, store: Lake | Elastic, *, deep: bool) -> Iterable[Finding]:
    """Look at a store; with ``deep`` at all bytes of a lake. Raises UsageError for a cluster, which has none here."""
    from correlation.lake import Lake

    if not deep:
        return store.check()
    if not isinstance(store, Lake):
        raise UsageError("a cluster looks after its files by itself", do="name a lake with --store lake:DIR")
    return _check_deeply(terminal, store)


def _check_deeply(terminal: Terminal, store: Lake) -> list[Finding]:
    columns = (BarColumn(bar_width=None), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with show_progress(terminal, columns) as bar:
        task = bar.add_task("", total=store.disk_usage().records_bytes)
        return list(store.check(deep=True, tell=partial(bar.advance, task)))


def tell_findings(terminal: Terminal, findings: Sequence[Finding]) -> Iterator[tuple[str, ...]]:
    """Give grade, subject, finding and advice in the user's language."""
    for finding in findings:
        words = (terminal.say(f"store.grade.{finding.grade}"), terminal.say(f"store.subject.{finding.subject}"))
        yield *words, *(plain(tell_sentence(text, terminal.say.language)) for text in (finding.what, finding.do))
