"""Where a request really came from."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pytest

from console.proxies import Proxies


def ask(headers: Sequence[tuple[str, str]], client: str = "10.0.0.9") -> dict[str, Any]:
    """Send a request through proxies of 10.0.0.0/24; gives what the app saw."""
    seen: dict[str, Any] = {}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        del receive, send
        seen.update(scope)

    raw = [(name.encode(), value.encode("latin-1")) for name, value in [("host", "inner"), *headers]]
    scope: Any = {"type": "http", "scheme": "http", "client": (client, 1), "headers": raw}
    layer: Any = Proxies(app, proxies=("10.0.0.0/24", "::1"))
    with suppress(StopIteration):  # it waits for nothing, and a browser's loop may run in this thread
        layer(scope, None, None).send(None)
    return seen


def test_a_listed_proxy_is_believed() -> None:
    """Client, scheme and host are those that it got."""
    told = {"x-forwarded-for": "203.0.113.7", "x-forwarded-proto": "https", "x-forwarded-host": "console.example"}
    seen = ask(list(told.items()))
    assert seen["client"][0] == "203.0.113.7"
    assert seen["scheme"] == "https"
    assert (b"host", b"console.example") in seen["headers"]
    assert (b"host", b"inner") not in seen["headers"]


def test_nobody_else_is() -> None:
    """A client that sends the headers itself stays who it is."""
    seen = ask([("x-forwarded-for", "203.0.113.7"), ("x-forwarded-proto", "https")], client="198.51.100.1")
    assert seen["client"][0] == "198.51.100.1"
    assert seen["scheme"] == "http"


def test_the_last_address_that_no_proxy_wrote_counts() -> None:
    """What a client puts in front of the list is not believed."""
    seen = ask([("x-forwarded-for", "1.2.3.4, 203.0.113.7"), ("x-forwarded-for", "10.0.0.8")])
    assert seen["client"][0] == "203.0.113.7"


@pytest.mark.parametrize("text", ["", "x", "203.0.113.7:80, x", ",,,", "\xff"])
def test_what_is_no_address_changes_nothing(text: str) -> None:
    """The proxy itself is the client then."""
    assert ask([("x-forwarded-for", text)])["client"][0] == "10.0.0.9"


def test_a_scheme_of_another_kind_is_not_taken() -> None:
    """Only http and https are schemes of the web."""
    assert ask([("x-forwarded-proto", "javascript")])["scheme"] == "http"
