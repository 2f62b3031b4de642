"""The generator of the ATT&CK for ICS table."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tools.attack_ics import read_table, render

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT.parent / "shared" / "standards" / "attack_ics_18.1.tsv"


@pytest.mark.skipif(
    not TABLE.exists() and not os.environ.get("CI"), reason="../shared/standards is absent: the table is made from it"
)
def test_regenerating_changes_nothing() -> None:
    """The committed file is what the generator makes of the table."""
    assert render(TABLE) == (ROOT / "detection" / "attack_ics.json").read_text(encoding="utf-8")


def test_foreign_line_is_refused(tmp_path: Path) -> None:
    """A line that is neither technique nor tactic is named with its number."""
    path = tmp_path / "table.tsv"
    path.write_text("id\tname\ttactics\tstatus\nT0800\tName\tDiscovery\tactive\nnonsense\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"table\.tsv:3: not a technique"):
        read_table(path)
