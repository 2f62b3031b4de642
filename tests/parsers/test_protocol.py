"""The application protocols that are known by their bytes."""

from __future__ import annotations

from parsers import protocol

_OTHERS = {"UNKNOWN", "NOT_RECOGNISED", "SILENT", "REQUEST", "REPLY"}


def test_numbers_are_distinct_and_named() -> None:
    """No two protocols share a number, and each has a name."""
    found = {name: value for name, value in vars(protocol).items() if name.isupper() and isinstance(value, int)}
    numbers = [number for name, number in found.items() if name not in _OTHERS]
    assert len(set(numbers)) == len(numbers)
    assert set(protocol.NAMES) == set(numbers)


def test_those_that_are_read_fit_a_set_of_bits() -> None:
    """Numbers of protocols with messages are below SILENT, and those of the others are not."""
    assert min(protocol.NAMES) > protocol.UNKNOWN
    assert max(protocol.NAMES) < protocol.NOT_RECOGNISED
    assert protocol.DHCP < protocol.SILENT <= 64
    assert protocol.S7COMM == protocol.SILENT
