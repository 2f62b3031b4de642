"""Accounts over a ledger, on each database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.accounts import Office, open_office


@pytest.fixture
def office(place: Path | str, tmp_path: Path) -> Iterator[Office]:
    """Accounts, sessions and tokens over a new ledger, on each database."""
    made = open_office(place, tmp_path)
    yield made
    made.ledger.close()
