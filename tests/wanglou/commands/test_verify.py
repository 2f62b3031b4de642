"""``wanglou verify``: what it prints. tests/wanglou/test_verification.py holds what it compares."""

from __future__ import annotations

from pathlib import Path

from tests.support.command_line import Screen
from wanglou.capture_report import CaptureReport
from wanglou.commands.verify import print_outcome
from wanglou.verification import Difference, Expectation, Outcome

EXPECTATION = Expectation(
    Path("a.pcap"),
    "chem",
    {"en": "An office laptop", "zh": "办公网笔记本"},
    frozenset({"rule_one", "rule_two"}),
    frozenset({"rule_three", "*"}),
    {"packets": 10, "requests": 5},
    "",
)
REPORT = CaptureReport(Path("a.pcap"), "0" * 64, "read", 10)


def test_what_is_as_expected() -> None:
    """Rules and counts stand under the capture, each with what was expected and found."""
    screen = Screen()
    outcome = Outcome(EXPECTATION, REPORT, frozenset({"rule_one", "rule_two"}), {"packets": 10, "requests": 5}, ())
    print_outcome(screen.terminal, outcome)
    lines = [line.strip() for line in screen.out.splitlines()]
    assert lines[0] == "✓ a.pcap  An office laptop"
    assert lines[1] == "packets 10/10  requests 5/5"
    assert lines[2].split() == ["✓", "rule_one", "✓", "rule_two"]
    assert lines[3].replace("  ", " ") == "- every other rule - rule_three"


def test_what_differs() -> None:
    """Each difference is a line of its own, in words."""
    differences = (
        Difference("missing", "rule_two"),
        Difference("unwanted", "rule_three"),
        Difference("count", "requests", "5", "4"),
        Difference("digest", "sha256", "aa", "bb"),
    )
    fired = frozenset({"rule_one", "rule_three"})
    screen = Screen()
    print_outcome(screen.terminal, Outcome(EXPECTATION, REPORT, fired, {"packets": 10, "requests": 4}, differences))
    lines = [line.strip() for line in screen.out.splitlines()]
    assert lines[0].startswith("✗ a.pcap")
    assert lines[-4:] == [
        "rule_two is missing",
        "rule_three must not appear",
        "requests: 5 expected, 4 found",
        "sha256: aa... expected, bb... found",
    ]


def test_what_could_not_be_read() -> None:
    """The reason is told, without control characters, and no rule is."""
    report = CaptureReport(Path("a.pcap"), "", "refused")
    outcome = Outcome(EXPECTATION, report, frozenset(), {}, (Difference("unread", "gone\x1b"),))
    screen = Screen("zh")
    print_outcome(screen.terminal, outcome)
    first, second = screen.out.splitlines()
    assert first == "✗ a.pcap  办公网笔记本"
    assert second.startswith("    无法读取")
    assert second.endswith("gone\\x1b")
