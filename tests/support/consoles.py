"""A console over a small real lake, for tests that ask it as a client, and a browser for those that look at it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from starlette.testclient import TestClient

from console.app import create_app
from console.permission import ROLE_NAMES
from console.services import Services, open_services
from console.settings import ConsoleSettings
from console.visit import CSRF_HEADER, LANGUAGE_COOKIE, SESSION_COOKIE
from correlation.lake import Lake
from tests.support.door import FakeDoor, make_guest
from tests.support.requirements import ROOT
from tests.support.stores import take_captures, write

SITE = ROOT / "pcaps" / "site.yaml"
EVER = "from=2000-01-01&to=2100-01-01"
"""A period with all records of the bundled captures."""


@dataclass
class Console:
    """One console that runs in this process."""

    app: FastAPI
    services: Services
    door: FakeDoor

    def as_(self, name: str = "", language: str = "en") -> TestClient:
        """Give a client that is signed in as the guest of that name; as nobody without one."""
        client = TestClient(self.app, raise_server_exceptions=False, follow_redirects=False)
        client.cookies.set(LANGUAGE_COOKIE, language)
        if name:
            cookie = self.door.admit(self.door.guests[name])
            client.cookies.set(SESSION_COOKIE, cookie)
            client.headers[CSRF_HEADER] = self.door.sessions[cookie].csrf
        return client

    def program(self, name: str) -> TestClient:
        """Give a client of the API with a token of that guest."""
        client = TestClient(self.app, raise_server_exceptions=False, follow_redirects=False)
        client.headers["authorization"] = f"Bearer {self.door.issue(self.door.guests[name])}"
        return client


@contextmanager
def open_console(folder: Path, **settings: Any) -> Iterator[Console]:
    """Open a console over the lake in ``folder``, with a guest of each role, named as the role."""
    door = FakeDoor({role: make_guest(role, role) for role in ROLE_NAMES})
    door.guests["totp"] = make_guest("totp", "analyst")
    wanted = {"store": str(folder), "site": SITE, "burst": 100_000} | settings
    with open_services(ConsoleSettings(**wanted), lambda _: door) as services:
        yield Console(create_app(services), services, door)


def fill_lake(folder: Path) -> Path:
    """Put the small bundled captures into a new lake."""
    with Lake(folder) as lake:
        for taken in take_captures():
            write(lake, taken)
    return folder


@contextmanager
def serve(app: FastAPI) -> Iterator[str]:
    """Serve an app on a free port of this machine; gives its address."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


def form(**fields: object) -> Mapping[str, Any]:
    """Give the fields of a form."""
    return {name: value for name, value in fields.items() if value is not None}
