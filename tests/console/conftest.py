"""Fixtures of the console's tests: one lake for the session, a console over it, a browser to look at it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.consoles import Console, fill_lake, open_console


@pytest.fixture(scope="session")
def console_lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fill a lake with small bundled captures, once."""
    return fill_lake(tmp_path_factory.mktemp("console") / "lake")


@pytest.fixture(scope="session")
def console(console_lake: Path) -> Iterator[Console]:
    """Open a console over that lake; tests that change alerts put them back."""
    with open_console(console_lake) as opened:
        yield opened
