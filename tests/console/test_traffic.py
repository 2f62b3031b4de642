"""What the console counts about itself."""

from __future__ import annotations

import pytest
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from console.refusal import Refused
from console.traffic import Counting, Traffic


def test_requests_are_counted_by_status() -> None:
    """What no route answered is one name, so that hostile paths make no new rows."""
    traffic = Traffic()
    client = TestClient(Counting(PlainTextResponse("x", 404), traffic=traffic))
    for path in ("/a", "/b", "/c"):
        client.get(path)
    text = traffic.write().decode()
    assert 'wanglou_console_requests_total{method="other",route="other",status="404"} 3.0' in text
    assert "wanglou_console_request_seconds_count" in text


def test_what_a_bound_refused_has_its_status() -> None:
    """Not that of a fault."""

    async def refuse(*_: object) -> None:
        raise Refused(429)

    traffic = Traffic()
    with pytest.raises(Refused):
        TestClient(Counting(refuse, traffic=traffic)).get("/")
    assert 'status="429"} 1.0' in traffic.write().decode()
