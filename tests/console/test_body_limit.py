"""Bounds on the bodies of requests."""

from __future__ import annotations

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from console.body_limit import BodyLimit
from console.refusal import Refused
from console.traffic import Traffic


async def count(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the length of the body."""
    body = await Request(scope, receive).body()
    await PlainTextResponse(str(len(body)))(scope, receive, send)


def make() -> tuple[TestClient, Traffic]:
    """Make a client of an app that takes ten bytes, twenty below /wide."""
    traffic = Traffic()
    return TestClient(BodyLimit(count, limit=10, wider={"/wide": 20}, traffic=traffic)), traffic


def test_bodies_within_the_bound_pass() -> None:
    """The bound itself is allowed; a path of its own may have more."""
    client, _ = make()
    assert client.post("/", content=b"x" * 10).text == "10"
    assert client.post("/wide/1", content=b"x" * 20).text == "20"


def test_what_is_announced_too_large_is_not_read() -> None:
    """The announced length alone refuses, and is counted."""
    client, traffic = make()
    with pytest.raises(Refused, match="413"):
        client.post("/", content=b"x" * 11)
    assert b'bound="body_too_large"} 1.0' in traffic.write()


def test_a_body_of_no_announced_length_is_counted_as_it_comes() -> None:
    """A chunked body cannot get past the bound."""
    client, _ = make()
    with pytest.raises(Refused, match="413"):
        client.post("/", content=iter([b"x" * 6, b"x" * 6]))


async def swallow(scope: Scope, receive: Receive, send: Send) -> None:
    """Make 400 of whatever happens while the body is read, as who reads JSON does."""
    try:
        await Request(scope, receive).body()
    except Exception:  # noqa: BLE001 - that is what it is about
        await PlainTextResponse("wrong", 400)(scope, receive, send)


def test_nobody_makes_something_else_of_the_refusal() -> None:
    """It is 413 also where the app caught what was raised, and counted once."""
    traffic = Traffic()
    client = TestClient(BodyLimit(swallow, limit=10, wider={}, traffic=traffic))
    with pytest.raises(Refused, match="413"):
        client.post("/", content=iter([b"x" * 6, b"x" * 6]))
    assert b'bound="body_too_large"} 1.0' in traffic.write()


def test_a_length_that_is_no_number_is_refused() -> None:
    """So is what no server should pass on."""
    client, _ = make()
    with pytest.raises(Refused, match="413"):
        client.post("/", content=b"", headers={"content-length": "-1"})
