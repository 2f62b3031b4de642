"""What one console has open."""

from __future__ import annotations

from pathlib import Path

from console.services import find_key, open_services
from console.settings import ConsoleSettings
from correlation.opening import LEDGER
from tests.support.consoles import SITE


def test_a_console_makes_what_is_missing(tmp_path: Path) -> None:
    """An empty lake and its ledger, so that it can be started before anything was read."""
    settings = ConsoleSettings(store=str(tmp_path / "lake"), site=SITE)
    with open_services(settings) as services:
        assert (tmp_path / "lake" / LEDGER).is_file()
        assert services.store.captures() == []
        assert services.triage.states([]) == {}
        assert services.incidents.triage.states([]) == {}
        assert services.name_enterprise("chem", "zh") == "示范化工"
        assert services.name_enterprise("nobody", "zh") == "nobody"
    assert find_key(settings) == tmp_path / "lake" / "console.key"
    assert find_key(ConsoleSettings(store="https://localhost:9200")) is None
