"""Holders of link address prefixes."""

from __future__ import annotations

import asyncio

import pytest

from parsers.oui import find_vendor


@pytest.mark.parametrize(
    ("mac", "vendor"),
    [
        ("28-63-36-00-00-01", "Siemens AG"),
        ("00-0E-CF-AA-BB-CC", "PROFIBUS Nutzerorganisation e.V."),
        ("00-00-54-14-F2-4F", "Schneider Electric"),
        ("00-00-BC-3E-EB-E4", "Rockwell Automation"),
        ("02-00-00-00-00-0A", ""),
        ("01-80-C2-00-00-0E", ""),
        ("70-B3-D5-00-00-01", ""),
        ("", ""),
        ("nonsense", ""),
    ],
)
def test_prefixes_are_named(mac: str, vendor: str) -> None:
    """Registered ones are; chosen and group addresses, and blocks that are given on, are not."""
    assert find_vendor(mac) == vendor


def test_it_works_where_a_loop_runs() -> None:
    """Coroutines may call what calls it."""

    async def ask() -> str:
        return find_vendor("28-63-36-00-00-02")

    assert asyncio.run(ask()) == "Siemens AG"
