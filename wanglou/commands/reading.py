"""What is told about reading captures: kernels that compile first, and what became of each file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from wanglou.commands.figures import write_count, write_seconds, write_size
from wanglou.commands.terminal import Terminal, plain
from wanglou.sentences import tell_error

if TYPE_CHECKING:
    from wanglou.capture_report import CaptureReport


def ensure_compilation(terminal: Terminal) -> None:
    """Compile the kernels where that has not been done, and say so: it takes a while and happens once."""
    from wanglou.kernel_cache import is_compiled

    if not is_compiled():
        from wanglou.compilation import compile_all

        terminal.note("reading.compiling", style="dim")
        compile_all()


def keep_compilation(reports: Sequence[CaptureReport]) -> None:
    """Keep the machine code that a replay needed beyond what is kept, for the next one."""
    from wanglou.kernel import keep_called

    if any(report.records.get("modbus") for report in reports):
        keep_called()


def print_reports(terminal: Terminal, reports: Sequence[CaptureReport]) -> None:
    """Print a line for each capture, then why some could not be read to their end."""
    terminal.head("reading.title")
    headers = ("name", "state", "packets", "size", "records", "alerts", "time")
    terminal.grid(headers, _rows(terminal, reports), right={2, 3, 4, 5, 6})
    for report in reports:
        if report.fault is not None:
            terminal.err.print(
                f"{terminal.say('error')}: {plain_lines(tell_error(report.fault, terminal.say.language))}",
                style="red",
                soft_wrap=True,
            )


def _rows(terminal: Terminal, reports: Sequence[CaptureReport]) -> Iterator[tuple[str, ...]]:
    for report in reports:
        state = "incomplete" if report.fault is not None and report.identity else report.state
        read = report.packets > 0
        yield (
            report.path.name,
            terminal.say(f"reading.state.{state}"),
            write_count(report.packets) if read else "",
            write_size(report.bytes) if read else "",
            write_count(sum(report.records.values())) if read else "",
            write_count(report.alerts) if read else "",
            write_seconds(report.seconds) if read else "",
        )


def print_expiry(terminal: Terminal, reports: Sequence[CaptureReport], folder: Path | str, max_bytes: int) -> None:
    """Note which days went to keep the lake's limit, and warn where it takes more than ``max_bytes`` all the same."""
    from correlation.opening import open_store

    for day in (day for report in reports for day in report.expired):
        records = write_count(sum(day.rows.values()))
        terminal.note("replay.expired", day=day.day, records=records, size=write_size(day.size_bytes))
    with open_store(folder) as lake:
        usage = lake.disk_usage()
    if usage.total_bytes > max_bytes:
        sizes = (usage.total_bytes, usage.ledger_bytes, max_bytes)
        size, ledger, limit = map(write_size, sizes)
        terminal.note("replay.over_limit", style="yellow", size=size, ledger=ledger, limit=limit)


def plain_lines(text: str) -> str:
    """Write a message of several lines without control characters."""
    return "\n".join(plain(line) for line in text.split("\n"))
