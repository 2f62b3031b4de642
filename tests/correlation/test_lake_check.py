"""A look at a lake: few damaged files are named, room on the disk is told before it runs out."""

from __future__ import annotations

from pathlib import Path

import pytest

from correlation.lake_check import MOST_DAMAGED, look_at_disk
from correlation.store import DiskUsage
from tests.support.lakes import DAY_NS, START_NS, fill, list_files, make_lake, make_records


def test_many_are_counted(tmp_path: Path) -> None:
    """Twenty are named, the others counted."""
    with make_lake(tmp_path) as lake:
        for number in range(MOST_DAMAGED + 3):
            capture = f"{number:02x}".ljust(64, "0")
            fill(lake, [{**r, "@timestamp": START_NS + number * DAY_NS} for r in make_records([1], capture)], capture)
    for name in list_files(tmp_path):
        (tmp_path / name).unlink()
    with make_lake(tmp_path) as lake:
        found = [one.what for one in lake.check() if one.subject == "files"]
    assert len(found) == MOST_DAMAGED + 1
    assert found[-1] == "3 files more of 23 are damaged"


@pytest.mark.parametrize(("free", "grade"), [(99, "wrong"), (100, "warning"), (399, "warning"), (400, "fine")])
def test_room_on_the_disk(free: int, grade: str) -> None:
    """Less than the reserve is wrong, less than four times as much is told with advice."""
    found = look_at_disk(DiskUsage(1, 1, free << 20), 100 << 20)
    assert (found.grade, bool(found.do)) == (grade, grade != "fine")
    assert f"{free} MiB free, 100 MiB" in found.what
