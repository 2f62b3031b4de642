"""The console that is measured."""

from __future__ import annotations

from pathlib import Path

from bench.console_data import Size, ensure
from bench.console_server import prepare


def test_the_copied_ledger_belongs_to_the_lake_and_has_the_users(tmp_path: Path) -> None:
    """The console opens on a copy of the ledger, which would otherwise belong to the place it was copied from."""
    lake = ensure(tmp_path / "data", Size(alerts=300, assets=600, triaged=10, incidents=3, days=2))
    routes = prepare(lake, tmp_path / "ledger.db", ("analyst", "enterprise_user"))
    assert any(route.path == "/alerts" for route in routes)
