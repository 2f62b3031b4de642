"""The acceptance list can be run by name, and its goals tell their numbers."""

from __future__ import annotations

from tools.acceptance.checks import CHECKS


def test_names_tell_checks_apart() -> None:
    """No two checks share a name, and each is one word."""
    names = [check.name for check in CHECKS]
    assert len(set(names)) == len(names)
    assert not [name for name in names if " " in name]
