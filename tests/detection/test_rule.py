"""Facts about ``detection.rule``."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from tests.support.rules import load, rule


def test_a_rule_is_frozen_and_knows_where_it_stands(tmp_path: Path) -> None:
    """Nothing changes a loaded rule; file and line lead back to it."""
    loaded = load(tmp_path, rule()).rules[0]

    assert (loaded.path.name, loaded.line, loaded.dataset) == ("a_rule.yml", 1, "modbus")
    with pytest.raises(dataclasses.FrozenInstanceError):
        loaded.name = "other"  # type: ignore[misc]
