"""What people are told when something goes wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from wanglou.errors import CaptureError, Fault, FaultsError, LockedError, StoreError, UsageError, WanglouError


def test_a_message_says_where_what_and_what_to_do() -> None:
    """The three parts make one message, and stay apart for those who want them."""
    error = CaptureError("the record is cut off", where="a.pcap at byte 24", do="capture again")
    assert str(error) == "a.pcap at byte 24: the record is cut off (capture again)"
    assert (error.what, error.where, error.do) == ("the record is cut off", "a.pcap at byte 24", "capture again")


def test_missing_parts_leave_no_traces() -> None:
    """Without a place or advice the message is what happened."""
    assert str(WanglouError("it broke")) == "it broke"
    assert str(WanglouError("it broke", do="try")) == "it broke (try)"


@pytest.mark.parametrize(
    ("kind", "code"), [(WanglouError, 3), (CaptureError, 3), (StoreError, 3), (LockedError, 3), (UsageError, 2)]
)
def test_exit_codes(kind: type[WanglouError], code: int) -> None:
    """Wrong use ends with 2, failures with 3, and all have one root."""
    assert kind("x").exit_code == code
    assert issubclass(kind, WanglouError)


def test_a_fault_is_clickable() -> None:
    """File and line stand before the message; a fault of the whole file has no line."""
    assert str(Fault(Path("a.yml"), 7, "no title")) == "a.yml:7: no title"
    assert str(Fault(Path("a.yml"), 0, "empty")) == "a.yml: empty"


def test_faults_are_told_together_in_order() -> None:
    """All faults of all files are in one message, sorted by file and line."""
    faults = [Fault(Path("b.yml"), 1, "x"), Fault(Path("a.yml"), 9, "y"), Fault(Path("a.yml"), 2, "z")]
    error = FaultsError("rules", faults)
    assert str(error).splitlines() == ["rules: 3 faults", "  a.yml:2: z", "  a.yml:9: y", "  b.yml:1: x"]
    assert [fault.line for fault in error.faults] == [2, 9, 1]
    assert error.exit_code == 3
