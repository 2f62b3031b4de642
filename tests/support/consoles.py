"""A console over a small real lake, for tests that ask it as a client, and a browser for those that look at it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from starlette.testclient import TestClient

from console.app import create_app
from console.door import Door
from console.permission import ROLE_NAMES, Role
from console.seal import KEY_FILE
from console.services import Services, open_services
from console.settings import ConsoleSettings
from console.token import NEVER_GRANTED
from console.visit import CSRF_HEADER, LANGUAGE_COOKIE, SESSION_COOKIE
from correlation.lake import Lake
from tests.support.accounts import ADMIN, CHEAP, PASSWORD
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
    secrets: dict[tuple[str, frozenset[str]], str] = field(default_factory=dict)
    """Secrets of the tokens that tests were given: an account may not have one for each test."""

    def as_(self, name: str = "", language: str = "en") -> TestClient:
        """Give a client that is signed in as the account of that name; as nobody without one."""
        client = TestClient(self.app, raise_server_exceptions=False, follow_redirects=False)
        client.cookies.set(LANGUAGE_COOKIE, language)
        if name:
            cookie, csrf = self.enter(name)
            client.cookies.set(SESSION_COOKIE, cookie)
            client.headers[CSRF_HEADER] = csrf
        return client

    def enter(self, name: str) -> tuple[str, str]:
        """Begin a session of an account; gives its cookie and what its forms carry."""
        account = self.services.door.accounts.find(name)
        assert account is not None, name
        cookie, session = self.services.door.sessions.begin(account, "testclient", "tests")
        return cookie, session.csrf

    def program(self, name: str, *permissions: str) -> TestClient:
        """Give a client of the API with a token of that account, by default for all that it may do."""
        account = self.services.door.accounts.find(name)
        assert account is not None, name
        wanted = frozenset(permissions or account.permissions - NEVER_GRANTED)
        secret = self.secrets.get((name, wanted), "")
        if self.services.door.tokens.find(secret) is None:
            secret, _ = self.services.door.tokens.issue(name, "tests", wanted, ADMIN)
            self.secrets[name, wanted] = secret
        client = TestClient(self.app, raise_server_exceptions=False, follow_redirects=False)
        client.headers["authorization"] = f"Bearer {secret}"
        return client


@contextmanager
def open_console(folder: Path, *, with_worker: bool = False, **settings: Any) -> Iterator[Console]:
    """Open a console over the lake in ``folder`` with an account of each role, named as the role.

    ``enterprise_user`` is of chem. Passwords are ``PASSWORD``. ``with_worker`` runs a worker as long.
    """
    wanted: dict[str, Any] = {"store": str(folder), "site": SITE, "burst": 100_000} | settings
    if not with_worker:
        wanted.setdefault("stream_s", 0.0)  # tests that ask every route wait for the end of its answer
    key = folder / KEY_FILE
    with open_services(
        ConsoleSettings(**wanted), lambda ledger: Door(ledger, key=key, security=CHEAP), with_worker=with_worker
    ) as services:
        for role in ROLE_NAMES:
            _add_account(services.door, role)
        yield Console(create_app(services), services)


def _add_account(door: Door, role: Role) -> None:
    if door.accounts.find(role) is not None:
        return
    enterprises = ("chem",) if role == "enterprise_user" else ()
    _, secret = door.accounts.create(role, (role,), ADMIN, enterprises=enterprises)
    if secret:
        door.accounts.change_password(role, secret, PASSWORD, "testclient")


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
