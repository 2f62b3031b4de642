"""What is told about reading."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.command_line import Screen
from wanglou.capture_report import CaptureReport
from wanglou.commands.reading import ensure_compilation, plain_lines, print_reports
from wanglou.errors import CaptureError
from wanglou.kernel_cache import note_complete

FAULT = CaptureError("cut off", where="b.pcap: byte 99", do="get it again")


def test_each_state_is_told() -> None:
    """Read, known, renewed, incomplete and refused captures each have a line, and faults are told in full."""
    screen = Screen()
    reports = [
        CaptureReport(Path("a.pcap"), "0" * 64, "read", 1000, 64_000, 0.5, {"flow": 2, "modbus": 3}, 1),
        CaptureReport(Path("b.pcap"), "1" * 64, "read", 10, 640, fault=FAULT),
        CaptureReport(Path("c.pcap"), "2" * 64, "known"),
        CaptureReport(Path("d.pcap"), "3" * 64, "alerts_replaced", 10, 640),
        CaptureReport(Path("e.pcap"), "", "refused", fault=FAULT),
    ]
    print_reports(screen.terminal, reports)
    rows = {line.split()[0]: line for line in screen.out.splitlines() if ".pcap" in line}
    assert rows["a.pcap"].split() == ["a.pcap", "read", "1,000", "64.0", "KB", "5", "1", "0.50", "s"]
    states = {"b": "incomplete", "c": "known, unchanged", "d": "known, alerts renewed", "e": "refused"}
    assert all(state in rows[f"{name}.pcap"] for name, state in states.items())
    assert screen.err == "error: b.pcap: byte 99: cut off (get it again)\n" * 2


def test_compilation_is_announced_and_done_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whoever waits for kernels is told why, the first time only."""

    def ensure() -> str:
        screen = Screen()
        ensure_compilation(screen.terminal)
        return screen.err

    monkeypatch.setattr("wanglou.kernel_cache.cache_folder", lambda: tmp_path)
    monkeypatch.setattr("wanglou.compilation.compile_all", note_complete)
    assert ensure().startswith("Compiling kernels; this happens once")
    assert ensure() == ""


def test_lines_of_messages_stay_lines() -> None:
    """Only the ends of lines are left of control characters."""
    assert plain_lines("a\x1b\nb\t") == "a\\x1b\nb\\t"
