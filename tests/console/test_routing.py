"""Routes say whom they admit; each answers as the table of permissions says."""

from __future__ import annotations

import pytest
from fastapi import APIRouter, FastAPI

from console.permission import ROLE_NAMES, ROLES, Role
from console.routing import Declared, Pages, check_routes, include, list_routes
from tests.support.consoles import Console

PEOPLE: tuple[Role, ...] = tuple(role for role in ROLE_NAMES if role not in ("sensor", "province"))
ANSWERS = {200, 303, 400, 404, 412, 422, 428}
"""What a route answers to somebody who may use it, whatever the request lacks."""


def test_a_route_without_a_permission_stops_the_start() -> None:
    """A router of FastAPI's own has none."""
    app, router = FastAPI(openapi_url=None), APIRouter()
    router.get("/open")(lambda: None)
    app.include_router(router)
    with pytest.raises(TypeError, match="/open"):
        check_routes(app)


def test_a_permission_that_does_not_exist_is_refused() -> None:
    """At the declaration."""
    with pytest.raises(TypeError, match="no permission"):
        Pages("x").get("/x", permission="x.read")  # type: ignore[arg-type] # wrong on purpose


def test_declared_routes_pass() -> None:
    """And stand in the table."""
    app, router = FastAPI(openapi_url=None), Pages("x")
    router.get("/x", permission="help.read")(lambda: None)
    include(app, router)
    check_routes(app)
    assert list(list_routes(app)) == [Declared("GET", "/x", "help.read", "x", is_api=False)]


@pytest.mark.parametrize("role", [None, *PEOPLE])
def test_every_route_admits_whom_the_table_says(console: Console, role: Role | None) -> None:
    """The whole matrix: 303 or 401 to nobody, 403 to who lacks the permission, another answer to who has it."""
    client = console.as_(role or "")
    wrong = []
    for one in list_routes(console.app):
        if one.path == "/sign-out":  # it would end the session that the rest of the matrix needs
            continue
        path = one.path.replace("{identity}", "alert-0")
        status = client.request(one.method, path).status_code
        if one.permission is None:
            is_right = status < 500
        elif role is None:
            is_right = status == (401 if one.is_api else 303)
        elif one.permission not in ROLES[role]:
            is_right = status == 403
        else:
            is_right = status in ANSWERS
        if not is_right:
            wrong.append((one, status))
    assert wrong == []


def test_a_token_does_what_it_was_granted_and_no_more(console: Console) -> None:
    """Of the API; pages take no tokens."""
    program = console.program("analyst", "alerts.read")
    assert program.get("/api/v1/alerts").status_code == 200
    assert program.patch("/api/v1/alerts/alert-0", json={}).status_code == 403
    assert program.get("/alerts").status_code == 303
