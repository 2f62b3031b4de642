"""What pages and the API show of health."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from console.texts import load_texts
from console.views import health
from console.views.health import HealthRow, check_health, worst
from tests.support.consoles import Console
from tests.support.visits import make_guest, make_visit
from wanglou.errors import StoreError


def test_what_is_away_is_told(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that does not answer is bad, and the others are looked at all the same."""
    visit = make_visit(role="park_admin")
    visit.services, visit.guest = console.services, make_guest("park_admin")
    assert worst(check_health(visit)) == "warn"

    def fail(*_: object) -> None:
        raise StoreError("away")

    monkeypatch.setattr(console.services.ledger, "head", fail)
    rows = {row.name: row for row in check_health(visit)}
    assert (rows["ledger"].condition, rows["ledger"].reason) == ("bad", "away")
    assert rows["store"].condition == "good"


def test_every_reason_and_figure_has_its_words() -> None:
    """Names in the code stand in the catalogue."""
    known = load_texts("en").texts
    code = Path(health.__file__).read_text(encoding="utf-8")
    names = re.findall(r"def _check_(\w+)", code)
    assert names
    for name in names:
        assert f"health.{name}" in known
        assert f"health.{name}_away" in known
    assert worst([]) == "good"
    assert worst([HealthRow("a", "good"), HealthRow("b", "bad"), HealthRow("c", "warn")]) == "bad"
