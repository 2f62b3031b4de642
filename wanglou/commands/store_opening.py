"""Stores as commands open them, and the bars they show while they work on one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TaskProgressColumn,
    TimeRemainingColumn,
)

from wanglou.commands.terminal import Terminal
from wanglou.errors import UsageError

if TYPE_CHECKING:
    from correlation.elastic import Elastic
    from correlation.lake import Lake


@contextmanager
def opened(place: str) -> Iterator[Lake | Elastic]:
    """Open a store for a command."""
    from correlation.opening import open_store

    with open_store(place) as store:
        yield store


@contextmanager
def opened_cluster(place: str, refusal: str) -> Iterator[Elastic]:
    """Open a cluster for a command; raises UsageError with ``refusal`` for a lake."""
    from correlation.opening import find_folder, open_elastic

    if find_folder(place) is not None:
        raise UsageError(refusal, do="name a cluster with --store https://...")
    with open_elastic(place) as store:
        yield store


def show_progress(terminal: Terminal, columns: Sequence[ProgressColumn] = ()) -> Progress:
    """Make a bar of records, or of other ``columns``, drawn on a terminal only."""
    columns = columns or (
        BarColumn(bar_width=None),
        TaskProgressColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=terminal.err, transient=True, disable=not terminal.err.is_interactive)
