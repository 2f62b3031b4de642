"""Downloads of what a hunt finds."""

from __future__ import annotations

import pytest

from console.views.hunt import read_hunt
from console.views.hunt_export import write_packets
from tests.support.consoles import EVER, Console
from tests.support.hunting import visit_of
from wanglou.errors import CaptureError


def test_packets_of_captures_that_are_gone(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing found gives an empty capture; captures without their files are told."""
    visit = visit_of(console, f"{EVER}&dataset=modbus&q=source.ip:1.2.3.4")
    assert write_packets(visit, read_hunt(visit, 1)).packets == 0
    monkeypatch.setattr("console.views.hunt_export.find_capture_file", lambda *_: None)
    visit = visit_of(console, f"{EVER}&dataset=modbus")
    with pytest.raises(CaptureError):
        write_packets(visit, read_hunt(visit, 1))
