"""The site file tells zones, levels and what safety depends on; without it addresses tell who is inside."""

from __future__ import annotations

import pytest

from correlation.asset_surroundings import is_private
from tests.support.claims import (
    SITE,
    asked,
    by_address,
    find,
    served,
    source,
)  # fmt: skip


def test_zone_level_and_criticality() -> None:
    """The site file's zone tells the level; what a safety function depends on is graded highest; strangers lowest."""
    claims = [
        *served("10.0.1.11"),
        *served("10.0.1.12"),
        *asked("10.0.3.9"),
        *asked("203.0.113.9"),
        *served("10.0.7.7"),
    ]
    found = by_address(find(source(claims), site=SITE))
    told = {ip: (one.zone, one.level, one.criticality, one.scope) for ip, one in found.items()}
    assert told == {
        "10.0.1.11": ("cell", 1.0, 4, "inside"),
        "10.0.1.12": ("cell", 1.0, 5, "inside"),
        "10.0.3.9": ("office", 4.0, 2, "inside"),
        "203.0.113.9": ("", 5.0, 1, "outside"),
        "10.0.7.7": ("", 1.0, 4, "inside"),
    }


@pytest.mark.parametrize(("ip", "private"), [("10.1.2.3", True), ("203.0.113.1", False), ("fd00::1", True),
                                             ("2001:db8::1", False), ("172.32.0.1", False)])  # fmt: skip
def test_private_addresses(ip: str, private: bool) -> None:
    """What the Internet does not route is private; documentation prefixes stand for the Internet."""
    assert is_private(ip) is private
