"""What a worker is told."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import asdict
from json import dumps, loads
from pathlib import Path

from console.upload_room import UploadLimits
from console.work_settings import WorkSettings, read_settings
from tests.support.requirements import ROOT


def test_settings_go_through_json() -> None:
    """What the console tells its worker is what the worker reads."""
    settings = WorkSettings("lake", "uploads", rules=("a", "b"), keep_days=3, limits=UploadLimits(file_bytes=5))
    assert read_settings(loads(dumps(asdict(settings)))) == settings
    assert read_settings({"store": "lake", "uploads": "u"}) == WorkSettings("lake", "u")


def test_each_folder_of_uploads_has_one_worker(tmp_path: Path) -> None:
    """Its name is the same after a restart and another for another folder, unless one is given."""
    names = [WorkSettings("lake", str(tmp_path / name)).name for name in ("a", "a", "b")]
    assert names[0] == names[1] != names[2]
    assert WorkSettings("lake", "x", worker="w").name == "w"


def test_the_console_loads_nothing_that_reads_captures() -> None:
    """What a console keeps to queue, receive, follow and supervise has neither kernels nor parsers in its process."""
    script = (
        "import sys\nimport console.backstage, console.event_stream\n"
        "print(*sorted({'numba', 'parsers.dissection', 'wanglou.appliance', 'sensors.pcap'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
