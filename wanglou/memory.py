"""Memory of a replay: kept from one batch of packets to the next, given back at the end.

Every batch takes and frees the same hundred megabytes. Given back to the system in between they come back as pages that
the kernel must clear first, which takes a tenth of a replay's time.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Parameters of glibc's mallopt(3): free bytes at the end that are given back, and bytes that are mapped apart."""
_LARGEST_MAPPED = 16 << 20
"""Of the second one; glibc takes 32 MiB at most, but larger pieces are few, and kept they would be the peak."""
_KEPT = 512 << 20
_USUAL = 128 << 10
"""What glibc begins with for both."""


@contextmanager
def keeping_memory() -> Iterator[None]:
    """Let this process keep freed memory for as long; does nothing where the C library is another than glibc.

    Arrow takes its memory from jemalloc where it has it: a tenth less time than with its own choice.
    """
    if "jemalloc" in pa.supported_memory_backends() and "ARROW_DEFAULT_MEMORY_POOL" not in os.environ:
        pa.set_memory_pool(pa.jemalloc_memory_pool())
    library = ctypes.CDLL(None)
    if not hasattr(library, "mallopt") or not hasattr(library, "malloc_trim"):
        yield
        return
    library.mallopt(_MMAP_THRESHOLD, _LARGEST_MAPPED)
    library.mallopt(_TRIM_THRESHOLD, _KEPT)
    try:
        yield
    finally:
        library.mallopt(_MMAP_THRESHOLD, _USUAL)
        library.mallopt(_TRIM_THRESHOLD, _USUAL)
        library.malloc_trim(0)
        pa.default_memory_pool().release_unused()
