"""Variants and numbers as columns."""

from __future__ import annotations

import numpy as np

from parsers.opcua_program import DATE_TIME, DOUBLE, FLOAT, STATUS_CODE
from parsers.opcua_variant import convert_ticks, format_numbers


def test_times() -> None:
    """Ticks of 100 ns since 1601; no time, and times beyond 64 bits of nanoseconds, are null."""
    ticks = np.array([0, -1, 116_444_736_000_000_000, 116_444_736_000_000_001, 2**63 - 1, 1], dtype=np.int64)
    values, valid = convert_ticks(ticks)
    assert valid is not None
    assert valid.tolist() == [False, False, True, True, False, False]
    assert values[2:4].tolist() == [0, 100]
    assert convert_ticks(ticks[2:4])[1] is None


def test_texts_of_numbers() -> None:
    """Shortest texts of floats of both sizes, names of status codes, ISO times."""
    bits = np.array([0x3DCCCCCD], dtype=np.int64)
    assert format_numbers(FLOAT, bits).to_pylist() == ["0.1"]
    assert format_numbers(DOUBLE, np.array([0.1]).view(np.int64)).to_pylist() == ["0.1"]
    assert format_numbers(STATUS_CODE, np.array([0, 0x80340000])).to_pylist() == ["Good", "BadNodeIdUnknown"]
    assert format_numbers(DATE_TIME, np.array([116_444_736_000_000_000])).to_pylist() == ["1970-01-01T00:00:00Z"]
