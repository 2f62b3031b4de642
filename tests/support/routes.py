"""The routes of an app as tests go over them: those of pages and of the API alike, whoever added them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from starlette.testclient import TestClient

from console.routing import API_PREFIX, Declared, list_routes
from tests.support.consoles import EVER, Console

PLACE = re.compile(r"\{(\w+)(?::\w+)?\}")
"""A variable of a path."""
NOTHING = "none-0"
"""An id that names nothing."""
ENDLESS = ("/events", "/stream")
"""Ends of paths whose answers have no end: a test's client would wait for it."""
ENDS = frozenset({"/sign-out"})
"""Routes that end the session which the other requests of a test need; they are asked apart."""
SAFE = frozenset({"GET", "HEAD"})


def fill(path: str, value: str = NOTHING) -> str:
    """Put a value into each variable of a path."""
    return PLACE.sub(lambda _: value, path)


def routes(console: Console) -> Iterator[Declared]:
    """Give the routes that can be asked without harm to a test."""
    return (one for one in list_routes(console.app) if one.path not in ENDS and not one.path.endswith(ENDLESS))


def changing(console: Console) -> list[Declared]:
    """Give the routes that change something."""
    return [one for one in routes(console) if one.method not in SAFE]


def list_ids(client: TestClient, path: str) -> list[str] | None:
    """Give the ids of what a list of the API holds; None for what is no list of things with ids."""
    answer = client.get(f"{path}?{EVER}&limit=500")
    if answer.status_code != 200 or not answer.headers.get("content-type", "").startswith("application/json"):
        return None
    body = answer.json()
    items = body.get("items") if isinstance(body, dict) else None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        return None
    key = next((name for name in ("id", "seq", "name") if items and name in items[0]), "id")
    return [str(item[key]) for item in items] if all(key in item for item in items) else None


def pages_of(console: Console, api_path: str) -> list[Declared]:
    """Give the pages of one thing that stand beside a list of the API."""
    path = re.escape(api_path.removeprefix(API_PREFIX)) + r"/\{\w+(:\w+)?\}"
    return [one for one in routes(console) if not one.is_api and one.method == "GET" and re.fullmatch(path, one.path)]
