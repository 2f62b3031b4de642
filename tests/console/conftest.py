"""Accounts over a ledger on each database, consoles with all stages, and which pages every run looks at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from console.account_tables import THROTTLE
from tests.support.accounts import Office, open_office
from tests.support.consoles import Console
from tests.support.stocks import open_stock

USUAL = {"width": 390, "theme": "light"}
"""The combination of each page that every run looks at: little room finds most faults. The others are heavy."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the other combinations of width and theme to the acceptance checks."""
    for item in items:
        params = getattr(getattr(item, "callspec", None), "params", {})
        if item.get_closest_marker("needs_chromium") and any(
            params.get(name, one) != one for name, one in USUAL.items()
        ):
            item.add_marker(pytest.mark.heavy)


@pytest.fixture
def office(place: Path | str, tmp_path: Path) -> Iterator[Office]:
    """Accounts, sessions and tokens over a new ledger, on each database."""
    made = open_office(place, tmp_path)
    yield made
    made.ledger.close()


@pytest.fixture(scope="session")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """Open a console whose assets, incidents and risk are there; tests that change something put it back."""
    with open_stock(tmp_path_factory.mktemp("stock") / "lake") as opened:
        yield opened


@pytest.fixture(autouse=True)
def _forgiven(request: pytest.FixtureRequest) -> None:
    """Forget failed sign-ins of earlier tests: all of them come from one address."""
    if "console" in request.fixturenames:
        with request.getfixturevalue("console").services.ledger.transaction() as connection:
            connection.execute(sa.delete(THROTTLE))
