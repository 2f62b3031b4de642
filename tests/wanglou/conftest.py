"""What tests of replays read."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.traffic import write_capture


@pytest.fixture
def polls(tmp_path: Path) -> Path:
    """A thousand packets of polling."""
    path = tmp_path / "polls.pcap"
    write_capture(path, 1000)
    return path
