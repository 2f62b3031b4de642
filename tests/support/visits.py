"""Visits without a server: a request that was made up, and as much of the console as a test needs."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any, cast

from starlette.requests import Request

from console.account_row import Account
from console.door import Guest
from console.permission import Role, list_permissions
from console.scope import Scope
from console.services import Services
from console.settings import ConsoleSettings
from console.visit import LANGUAGE_COOKIE, Visit
from correlation.lake import Lake
from wanglou.site import Name, Site

NOW_NS = 1_790_000_000 * 10**9


class _Door:
    """Gives the store as it is."""

    def scoped(self, store: Any, guest: Guest | None) -> Any:
        """Give the store itself."""
        del guest
        return store


def make_account(*roles: Role, name: str = "li", preferences: dict[str, str] | None = None) -> Account:
    """Make an account that stands in no ledger."""
    return Account(
        name, "", frozenset(roles), frozenset(), preferences or {}, "active", "", 0, 0, 0, False, 0, 0, "", 1
    )


def make_guest(*roles: Role, enterprises: frozenset[str] | None = None) -> Guest:
    """Make somebody who was let in."""
    return Guest(make_account(*roles), list_permissions(roles), Scope(enterprises), "session-1", "csrf")


def make_visit(
    *,
    path: str = "/alerts",
    query: str = "",
    role: Role | None = "analyst",
    language: str = "en",
    headers: dict[str, str] | None = None,
    cookies: str = "",
    now_ns: int = NOW_NS,
    paths: Collection[str] = (),
    method: str = "GET",
) -> Visit:
    """Make a visit of somebody with a role; None is nobody."""
    given = {"host": "console.test", "cookie": f"{LANGUAGE_COOKIE}={language}; {cookies}", **(headers or {})}
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
        "scheme": "http",
        "server": ("console.test", 80),
        "client": ("10.0.0.7", 1),
        "state": {},
    }
    site = Site("park", Name("示范园区", "Park"))
    services = Services(
        ConsoleSettings(),
        Lake(Path("nowhere")),
        cast("Any", None),
        cast("Any", _Door()),
        site,
        cast("Any", None),
        cast("Any", None),
        clock=lambda: now_ns,
        paths=frozenset(paths),
    )
    return Visit(Request(scope), services, make_guest(role) if role else None)
