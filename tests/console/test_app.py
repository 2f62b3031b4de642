"""The console as a whole: its routes and its description."""

from __future__ import annotations

from fastapi import FastAPI

from console.app import ROUTERS, WIDER_BODIES
from console.routing import API_PREFIX, list_routes
from tests.support.consoles import Console


def test_every_router_is_in_the_table_of_routes(console: Console) -> None:
    """What is declared is served, and only once."""
    declared = [(one.method, one.path) for one in list_routes(console.app)]
    assert len(declared) == len(set(declared)) == sum(len(router.declared) for router in ROUTERS)


def test_the_api_is_described(console: Console) -> None:
    """OpenAPI 3.1 with every route of the API and no page, each with the problems it may answer."""
    schema = console.as_("").get(f"{API_PREFIX}/openapi.json").json()
    assert schema["openapi"].startswith("3.1")
    paths = {one.path for one in list_routes(console.app) if one.is_api}
    assert set(schema["paths"]) == paths
    for path in schema["paths"].values():
        for operation in path.values():
            assert {"400", "401", "403", "404", "429", "503"} <= set(operation["responses"])
    assert "Problem" in schema["components"]["schemas"]


def test_static_files_may_be_kept(console: Console) -> None:
    """Those whose address holds their digest; without it they are asked for again."""
    client = console.as_("")
    assert "immutable" in client.get("/static/css/tokens.css?v=1").headers["cache-control"]
    assert client.get("/static/css/tokens.css").headers["cache-control"] == "no-store"
    assert client.get("/static/../app.py").status_code == 404
    assert client.get("/static/%2e%2e/app.py").status_code == 404


def test_answers_are_compressed(console: Console) -> None:
    """Where the browser takes it."""
    answer = console.as_("").get("/sign-in", headers={"accept-encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"


def test_wider_bodies_are_of_the_api() -> None:
    """Pages take forms only."""
    assert all(path.startswith(API_PREFIX) for path in WIDER_BODIES)
    assert issubclass(FastAPI, object)
