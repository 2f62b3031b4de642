"""Fixtures and settings of all tests."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.support.postgresql import Server, serve_postgresql
from tests.support.requirements import (
    MARKERS,
    is_ci,
    require_chromium,
    require_elasticsearch,
    require_postgresql,
    require_shared,
)
from tools.elasticsearch.server import Cluster, run_cluster

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.support.consoles import Console
    from tests.support.pages import Pages

MEMORY = Path("/dev/shm")  # noqa: S108 - files in it get names that nobody can guess
MEMORY_BYTES = 4 << 30
"""Room that a server's files must have at least: those of all tests take a tenth of it."""

# No deadline: the first example of a kernel pays for its compilation. `accept` is for `make accept`.
_SLOW = [HealthCheck.too_slow]
settings.register_profile("quick", max_examples=100, deadline=None, suppress_health_check=_SLOW)
settings.register_profile("ci", parent=settings.get_profile("quick"), derandomize=True, print_blob=True, database=None)
settings.register_profile("accept", parent=settings.get_profile("quick"), max_examples=2000, print_blob=True)
settings.load_profile("ci" if is_ci() else "quick")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Check what the test's ``needs_*`` markers ask for before any fixture is made."""
    for name, check in MARKERS.items():
        if item.get_closest_marker(name):
            check()


@pytest.fixture(autouse=True)
def _own_state(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let each test keep its state in a folder of its own, which is made when it is needed, and none at home."""
    digest = hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:16]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.getbasetemp() / f"state-{digest}"))
        yield


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of the reference captures and documents beside the checkout; read only."""
    return require_shared()


@pytest.fixture(scope="session")
def elasticsearch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Run a real server for the session: one node, or three where the variable ``WANGLOU_TEST_NODES`` says so."""
    require_elasticsearch()
    count = int(os.environ.get("WANGLOU_TEST_NODES", "1"))
    with make_folder(tmp_path_factory) as folder, run_cluster(folder, count) as cluster:
        yield cluster


@contextmanager
def make_folder(factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give the server a folder in memory where there is room: making and removing indices waits for the disk most."""
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= MEMORY_BYTES:
        with TemporaryDirectory(prefix="wanglou-es-", dir=MEMORY) as name:
            yield Path(name)
    else:
        yield factory.mktemp("elasticsearch")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """Run a PostgreSQL server of our own, one for the session."""
    require_postgresql()
    with serve_postgresql() as server:
        yield server


@pytest.fixture(scope="session")
def console_lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fill a lake with small bundled captures, once."""
    from tests.support.consoles import fill_lake  # noqa: PLC0415 - other tests need no console

    return fill_lake(tmp_path_factory.mktemp("console") / "lake")


@pytest.fixture(scope="session")
def console(console_lake: Path) -> Iterator[Console]:
    """Open a console over that lake; tests that change something put it back."""
    from tests.support.consoles import open_console  # noqa: PLC0415 - as above

    with open_console(console_lake) as opened:
        yield opened


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Run a browser for the module: Playwright keeps an event loop running, in which other tests could run none."""
    require_chromium()
    from tests.support.pages import run_browser  # noqa: PLC0415 - as above

    with run_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def served(console: Console, chromium: Browser) -> Iterator[Pages]:
    """Serve the console of the session to the module's browser."""
    from tests.support.pages import look_at  # noqa: PLC0415 - as above

    with look_at(chromium, console) as pages:
        yield pages


@pytest.fixture
def pages(served: Pages) -> Iterator[Pages]:
    """Give the console's pages; at the end no page may have had a fault."""
    yield served
    served.finish()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.needs_postgresql)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """Where a new ledger may lie, on each database."""
    if request.param == "sqlite":
        return tmp_path / "ledger.db"
    server: Server = request.getfixturevalue("postgresql")
    return server.create_schema()
