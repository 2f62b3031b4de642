"""``wanglou search``: the records of a dataset that fit a query, as a table or as NDJSON."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from wanglou.commands.columns import print_rows
from wanglou.commands.figures import write_count
from wanglou.commands.identity import ShortIds
from wanglou.commands.options import DEFAULT_LAKE, JsonOption, LakeOption, LimitOption, parse_moment
from wanglou.commands.terminal import Terminal

if TYPE_CHECKING:
    import pyarrow as pa

    from correlation.store import Store

DEFAULT_LIMIT = 20
_OF_ALL = frozenset(("flow", "identifier", "asset", "alert", "rollup"))  # made of every protocol's traffic


def search(
    context: typer.Context,
    query: Annotated[str, typer.Argument(metavar="QUERY")],
    dataset: Annotated[str, typer.Option("--dataset", "-d", metavar="NAME")] = "modbus",
    start: Annotated[str | None, typer.Option("--from", metavar="TIME")] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="TIME")] = None,
    limit: LimitOption = DEFAULT_LIMIT,
    as_json: JsonOption = False,
    lake: LakeOption = DEFAULT_LAKE,
) -> None:
    """Find records, the newest first."""
    from correlation.opening import open_store

    start_ns, end_ns = parse_moment(start, "--from"), parse_moment(end, "--to", is_end=True)
    with open_store(lake) as opened:
        batches = opened.search(dataset, query, limit=limit, start_ns=start_ns, end_ns=end_ns)
        if as_json:
            write_batches(batches)
            return
        terminal: Terminal = context.obj
        shown = print_records(terminal, opened, dataset, batches)
        total = opened.count(dataset, query, start_ns=start_ns, end_ns=end_ns)
        held = [] if total or opened.count(dataset) else list_held(opened)
        policy = opened.policies.get(dataset, "all")
    if policy != "all":
        terminal.note(f"search.{policy}", dataset=dataset)
    if held:
        terminal.note("search.other", style="dim", dataset=dataset, held=", ".join(held), first=held[0])
        return
    terminal.note("search.total", style="dim", shown=write_count(shown), total=write_count(total))


def list_held(lake: Store) -> list[str]:
    """Names of the datasets that have records, those of protocols first."""
    return sorted((name for name in lake.datasets if lake.count(name)), key=_OF_ALL.__contains__)


def write_batches(batches: Iterator[pa.RecordBatch]) -> None:
    """Write records to the standard output as NDJSON."""
    from wanglou.commands.lines import write_lines

    for batch in batches:
        sys.stdout.buffer.writelines(f"{line}\n".encode() for line in write_lines(batch))
    sys.stdout.buffer.flush()


def print_records(terminal: Terminal, lake: Store, dataset: str, batches: Iterator[pa.RecordBatch]) -> int:
    """Print records as a table and give how many they were."""
    from correlation.record import read_records

    short = ShortIds(lake.captures())
    shown = 0
    records = (record for batch in batches for record in read_records(batch))
    # In pieces: the width of a column is known only when all its cells are.
    while piece := list(islice(records, _PIECE)):
        print_rows(terminal, dataset, piece, short)
        shown += len(piece)
    return shown


_PIECE = 1000
