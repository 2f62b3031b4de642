"""What became of a capture is told to whoever listens; nobody has to."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from wanglou.capture_report import CaptureReport, Progress, Silent


def test_reports_are_the_same_whatever_they_remember() -> None:
    """Records that are kept at hand are no part of what became of a capture, nor of how it is printed."""
    with_records = CaptureReport(Path("a.pcap"), "a" * 64, "read", remembered={"flow": pa.table({"x": [1]})})
    assert with_records == CaptureReport(Path("a.pcap"), "a" * 64, "read")
    assert "remembered" not in repr(with_records)


def test_nobody_has_to_listen() -> None:
    """The silent progress takes everything."""
    silent: Progress = Silent()
    silent.start(Path("a.pcap"), 1)
    silent.advance(1, 1, 0)
    silent.kept("a" * 64)
    silent.done(CaptureReport(Path("a.pcap"), "", "refused"))
