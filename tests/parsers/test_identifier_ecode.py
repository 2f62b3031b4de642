"""Ecode, where the context says so."""

from __future__ import annotations

import pytest

from parsers.identifier_ecode import parse_ecode


@pytest.mark.parametrize(
    ("text", "prefix", "suffix", "reasons"),
    [
        ("10001234567890", "10001", "234567890", ()),
        ("20001" + "1" * 28, "20001", "1" * 28, ()),
        ("300011ABC", "300011", "ABC", ()),
        ("400001 标识", "400001", " 标识", ()),
        ("10001" + "1" * 21, "10001", "1" * 21, ("master_data",)),
        ("10001ABC", "10001", "ABC", ("master_data",)),
    ],
)
def test_versions(text: str, prefix: str, suffix: str, reasons: tuple[str, ...]) -> None:
    """Version, numbering system and master data of versions 1 to 4 (GB/T 31866)."""
    found = parse_ecode(text)
    assert found is not None
    assert (found.prefix, found.suffix, found.reasons) == (prefix, suffix, reasons)


@pytest.mark.parametrize("text", ["", "0123456789", "51234567", "1-2345678", "1234"])
def test_other_texts(text: str) -> None:
    """Version 0 is GS1's, and other versions there are none."""
    assert parse_ecode(text) is None
