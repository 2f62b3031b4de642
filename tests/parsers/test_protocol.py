"""The application protocols that are known by their bytes."""

from __future__ import annotations

from parsers import protocol


def test_numbers_are_distinct_and_named() -> None:
    """No two protocols share a number, and each but the two that say there is none has a name."""
    numbers = [value for name, value in vars(protocol).items() if name.isupper() and isinstance(value, int)]
    assert len(set(numbers)) == len(numbers)
    assert set(protocol.NAMES) == set(numbers) - {protocol.UNKNOWN, protocol.NOT_RECOGNISED}
