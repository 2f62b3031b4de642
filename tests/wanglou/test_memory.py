"""A replay keeps memory while it runs, and gives it back."""

from __future__ import annotations

import ctypes
import subprocess
import sys

import pyarrow as pa
import pytest

from tests.support.requirements import ROOT
from wanglou.memory import keeping_memory

PROGRAM = """
from pathlib import Path
import numpy as np
from wanglou.memory import keeping_memory

def measure():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

def take_and_free():
    pieces = [np.ones(8 << 20, np.uint8) for _ in range(24)]
    assert sum(int(piece[-1]) for piece in pieces) == 24

take_and_free()
before = measure()
with keeping_memory():
    take_and_free()
    print(measure() - before)
print(measure() - before)
"""
"""Takes 192 MiB and frees them, with and without keeping; in a process of its own, whose memory nothing else moves."""


@pytest.mark.skipif(
    not sys.platform.startswith("linux") or not hasattr(ctypes.CDLL(None), "mallopt"), reason="no glibc"
)
def test_freed_memory_is_kept_as_long() -> None:
    """What a batch frees waits for the next one; behind the end the system has it again."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, check=True, timeout=60)
    kept, left = map(int, done.stdout.split())
    assert kept > 96 << 20
    assert left < 96 << 20


def test_arrow_takes_what_is_quickest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Arrow's memory comes from jemalloc where it has it, unless the user chose another."""
    usual = pa.default_memory_pool()
    try:
        monkeypatch.setenv("ARROW_DEFAULT_MEMORY_POOL", "system")
        pa.set_memory_pool(pa.system_memory_pool())
        with keeping_memory():
            assert pa.default_memory_pool().backend_name == "system"
        monkeypatch.delenv("ARROW_DEFAULT_MEMORY_POOL")
        with keeping_memory():
            expected = "jemalloc" if "jemalloc" in pa.supported_memory_backends() else "system"
            assert pa.default_memory_pool().backend_name == expected
    finally:
        pa.set_memory_pool(usual)
