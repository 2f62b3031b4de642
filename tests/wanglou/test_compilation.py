"""The compilation of all kernels."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from parsers.dissection import Dissector
from sensors.pcap import open_capture
from wanglou.compilation import compile_frames, compile_rules, compile_streams, compile_tables, make_fragments

_COMPILE = """
from wanglou.compilation import compile_all
from wanglou.kernel_cache import is_compiled
if not is_compiled():
    compile_all()
print("done")
"""
_REPLAY = """
import sys
from pathlib import Path
from wanglou.appliance import replay
from wanglou.replay_options import ReplayOptions
from wanglou.bundled import captures_folder
reports = replay(sorted(captures_folder().glob("*.pcap*")), ReplayOptions(Path(sys.argv[1], "lake")))
assert len(reports) > 60 and not any(report.fault for report in reports)
assert "numba" not in sys.modules
print("done")
"""


@pytest.mark.parametrize("part", [compile_frames, compile_streams, compile_tables, compile_rules])
def test_parts_run_on_nothing(part: object) -> None:
    """What is run for the sake of its kernels needs no packet."""
    assert callable(part)
    assert part() is None


def test_the_examples_need_every_kernel(tmp_path: Path) -> None:
    """Once kernels are compiled, no bundled capture needs machine code that is not kept: numba is not loaded."""
    for program in (_COMPILE, _REPLAY):
        done = subprocess.run(
            [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, timeout=300, check=False
        )
        assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr


def test_fragments_are_put_together(tmp_path: Path) -> None:
    """The capture made for it needs the kernel that rebuilds datagrams: one datagram comes out, without a loss."""
    path = tmp_path / "fragments.pcap"
    path.write_bytes(make_fragments())
    dissector = Dissector("0" * 64, "test")
    tables = [dissector.feed(batch) for batch in open_capture(path).batches()]
    flows = dissector.finish()["flow"].to_pylist()
    assert len(tables) == 1
    assert [(flow["source.port"], flow["destination.port"]) for flow in flows] == [(40_000, 40_001)]
    assert dissector.counters["fragments_rebuilt"] == 1
