"""Routes say whom they admit; that each does so is tested by that of the matrix."""

from __future__ import annotations

import pytest
from fastapi import APIRouter, FastAPI

from console.routing import Declared, Pages, check_routes, include, list_routes, redirect
from tests.support.consoles import Console


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


def test_a_token_does_what_it_was_granted_and_no_more(console: Console) -> None:
    """Of the API; pages take no tokens."""
    program = console.program("analyst", "alerts.read")
    assert program.get("/api/v1/alerts").status_code == 200
    assert program.patch("/api/v1/alerts/alert-0", json={}).status_code == 403
    assert program.get("/alerts").status_code == 303


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("/hunt?q=温度", "/hunt?q=%E6%B8%A9%E5%BA%A6"),
        ("/hunt?q=a%20b&x=[1]#y", "/hunt?q=a%20b&x=[1]#y"),
        ("/hunt?q=a b", "/hunt?q=a%20b"),
    ],
)
def test_a_browser_is_sent_to_any_address(address: str, written: str) -> None:
    """A header holds ASCII only, and what stands in it already stays as it is."""
    assert redirect(address).headers["location"] == written
