"""Captures as pages show them."""

from __future__ import annotations

import pytest

from console.losses import Loss
from console.views.captures import CaptureRow, count_losses, find_expiry
from correlation.store import Capture, CaptureRecord

DAY_NS = 86_400 * 10**9


def make_row(shift_ns: int = 0) -> CaptureRow:
    """Make a capture of one day of 1970."""
    record = CaptureRecord("a" * 64, "/folder/of/the/machine/x.pcap", shift_ns=shift_ns)
    capture = Capture(record, "complete", rows={"flow": 3, "alert": 2}, min_ns=DAY_NS, max_ns=2 * DAY_NS)
    return CaptureRow(capture, ())


def test_a_capture_that_was_moved_tells_its_original_times() -> None:
    """Moved back by what it was moved; others have no other times."""
    assert make_row(DAY_NS).original == (0, DAY_NS)
    assert make_row().original is None


def test_a_row_tells_what_is_shown() -> None:
    """The file's name alone, records apart from alerts, the seconds that hold all of them."""
    row = make_row()
    assert (row.name, row.records, row.alerts, row.state) == ("x.pcap", 3, 2, "complete")
    assert row.period == ("1970-01-02T00:00:00Z", "1970-01-03T00:00:01Z")


@pytest.mark.parametrize(("days", "day"), [(None, ""), (0, "1970-01-04"), (30, "1970-02-03")])
def test_the_last_day_is_told(days: int | None, day: str) -> None:
    """The day on which the last records go."""
    assert find_expiry(make_row().capture, days) == day


def test_bytes_are_not_added_to_packets() -> None:
    """Gaps count, the bytes in them do not."""
    assert count_losses([Loss("stream_gaps", 2, ""), Loss("stream_gap_bytes", 900, "")]) == 2
