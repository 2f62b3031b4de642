"""A replay keeps memory while it runs, and gives it back."""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from wanglou.memory import keeping_memory

PIECES, PIECE_BYTES = 24, 8 << 20


def measure_resident() -> int:
    """Resident bytes of this process."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096


def take_and_free() -> None:
    """Use much memory for a moment."""
    pieces = [np.ones(PIECE_BYTES, np.uint8) for _ in range(PIECES)]
    assert sum(int(piece[-1]) for piece in pieces) == PIECES


@pytest.mark.skipif(
    not sys.platform.startswith("linux") or not hasattr(ctypes.CDLL(None), "mallopt"),
    reason="no glibc",
)
def test_freed_memory_is_kept_as_long() -> None:
    """What a batch frees waits for the next one; behind the end the system has it again."""
    half = PIECES * PIECE_BYTES // 2
    take_and_free()
    before = measure_resident()
    with keeping_memory():
        take_and_free()
        assert measure_resident() > before + half
    assert measure_resident() < before + half


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
