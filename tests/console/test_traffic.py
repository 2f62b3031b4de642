"""What the console counts about itself."""

from __future__ import annotations

from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

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
