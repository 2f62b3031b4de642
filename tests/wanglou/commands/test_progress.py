"""What is seen while captures are read."""

from __future__ import annotations

from pathlib import Path

from tests.support.command_line import Screen
from wanglou.capture_report import CaptureReport
from wanglou.commands.progress import ReplayProgress

REPORT = CaptureReport(Path("plant.pcap"), "0" * 64, "read")


def show(screen: Screen, name: str = "plant.pcap", *, quiet: bool = False) -> None:
    """Read half of a capture."""
    with ReplayProgress(screen.terminal, quiet=quiet) as progress:
        progress.start(Path(name), 1000)
        progress.advance(500, 1234, 7)
        progress._bar.refresh()
        progress.done(REPORT)


def test_a_bar_with_rates() -> None:
    """A terminal shows the file, how far it is read, rates, the time left and what was dropped."""
    screen = Screen(is_terminal=True)
    show(screen)
    for part in ("plant.pcap", "50%", "pkt/s", "B/s", "left", "7 dropped"):
        assert part in screen.err
    assert screen.out == ""


def test_no_bar_where_nobody_looks() -> None:
    """Pipes and --no-progress stay clean."""
    for screen, quiet in ((Screen(), False), (Screen(is_terminal=True), True)):
        show(screen, quiet=quiet)
        assert "plant" not in screen.err


def test_names_are_plain_and_short() -> None:
    """A file name cannot draw on the terminal, nor push the rates away."""
    screen = Screen(is_terminal=True)
    show(screen, "[red]\x07" + "x" * 100)
    assert "\x07" not in screen.err
    assert "[red]\\x07xxxxxxxxxx…" in screen.err


def test_a_capture_that_was_refused_has_no_bar() -> None:
    """What ends without having begun, or goes on after its end, changes nothing."""
    screen = Screen(is_terminal=True)
    with ReplayProgress(screen.terminal) as progress:
        progress.done(REPORT)
        progress.advance(1, 1, 0)
    assert "pkt/s" not in screen.err
