"""Kernels: compiled and not, by numba and from the image."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

SCRIPT = """
import numpy as np
from parsers.packet import get16
assert hasattr(get16, "py_func") is {compiled}
buffer = np.array([200, 100], dtype=np.uint8)
print(int(get16(buffer, 0)))
try:
    get16(buffer, 1)
except IndexError:
    print("IndexError")
"""


@pytest.mark.parametrize("compiled", [True, False])
def test_kernels_run_compiled_and_not(compiled: bool) -> None:
    """Both ways small numbers are widened, and reading past the end is an error and never a wrong value."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", SCRIPT.format(compiled=compiled)],
        cwd=ROOT,
        env={**os.environ, "NUMBA_DISABLE_JIT": str(int(not compiled))},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stdout.split() == [str(200 * 256 + 100), "IndexError"], done.stderr


def test_help_needs_no_numba() -> None:
    """The decorator's module loads without numba, which takes long to load."""
    script = "import sys, wanglou.kernel; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False, timeout=60).returncode == 0


TWICE = """
import sys
import numpy as np
from parsers.packet import get16
from wanglou.kernel import note_compiled
buffer = np.array([200, 100], dtype=np.uint8)
values = [int(get16(buffer, 0))]
try:
    get16(buffer, 1)
except IndexError:
    values.append("IndexError")
print(*values, "numba" in sys.modules)
note_compiled()
"""


def test_the_image_spares_numba(tmp_path: Path) -> None:
    """What one process compiled another calls without loading numba, with the same results and errors."""
    seen = []
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", TWICE],
            cwd=ROOT,
            env={**os.environ, "WANGLOU_CACHE": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        seen.append(done.stdout.split())
    assert seen == [["51300", "IndexError", "True"], ["51300", "IndexError", "False"]]
