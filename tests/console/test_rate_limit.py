"""A bound on how often one client may ask."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from console import rate_limit
from console.rate_limit import RateLimit
from console.refusal import Refused
from console.traffic import Traffic

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send


def make(now: list[float]) -> RateLimit:
    """Make a bound of three at once and one a second."""
    return RateLimit(PlainTextResponse("fine"), per_s=1.0, burst=3, traffic=Traffic(), clock=lambda: now[0])


def test_a_bucket_empties_and_fills() -> None:
    """Three at once, then one a second; another client has its own."""
    now = [0.0]
    limit = make(now)
    assert [limit.take("a") for _ in range(3)] == [0, 0, 0]
    assert limit.take("a") == pytest.approx(1.0)
    assert limit.take("b") == 0
    now[0] = 1.0
    assert limit.take("a") == 0
    assert limit.take("a") > 0


def test_clients_are_forgotten_before_memory_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those longest unused go first."""
    monkeypatch.setattr(rate_limit, "MOST_CLIENTS", 2)
    limit = make([0.0])
    for name in ("a", "a", "a", "b", "c"):
        limit.take(name)
    assert limit.take("a") == 0


def test_the_answer_says_when_to_come_again() -> None:
    """429 with Retry-After in whole seconds; static files are not counted."""
    client = TestClient(make([0.0]))
    for _ in range(5):
        assert client.get("/static/x").status_code == 200
    answers: list[Any] = [client.get("/").status_code for _ in range(3)]
    assert answers == [200] * 3
    with pytest.raises(Refused) as caught:
        client.get("/")
    assert caught.value.headers["retry-after"] == "1"


class Guarded:
    """An app whose guard finds a program behind some tokens."""

    def __init__(self, *good: str) -> None:
        """Admit these tokens."""
        self.good = {f"Bearer {token}".encode() for token in good}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, with the visit that a guard would have made."""
        is_good = dict(scope["headers"]).get(b"authorization") in self.good
        scope.setdefault("state", {})["visit"] = SimpleNamespace(guest=SimpleNamespace(is_program=is_good))
        await PlainTextResponse("fine")(scope, receive, send)


def test_good_tokens_are_told_apart() -> None:
    """Two programs behind one address have a bucket each, from their second request on."""
    client = TestClient(RateLimit(Guarded("one", "two"), per_s=1.0, burst=3, traffic=Traffic(), clock=lambda: 0.0))
    for token in ("one", "two"):
        for _ in range(4):
            assert client.get("/", headers={"authorization": f"Bearer {token}"}).status_code == 200


def test_tokens_that_are_invented_gain_nothing() -> None:
    """Each is asked for from the address's bucket, however many there are."""
    client = TestClient(RateLimit(Guarded(), per_s=1.0, burst=3, traffic=Traffic(), clock=lambda: 0.0))
    for token in ("one", "two", "three"):
        assert client.get("/", headers={"authorization": f"Bearer {token}"}).status_code == 200
    with pytest.raises(Refused):
        client.get("/", headers={"authorization": "Bearer four"})
