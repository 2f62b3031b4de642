"""The stream that open pages listen to."""

from __future__ import annotations

from tests.support.consoles import Console


def test_a_page_gets_a_stream(console: Console) -> None:
    """Of server-sent events, kept by nobody, with the time to connect again."""
    answer = console.as_("auditor").get("/events?after=0")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.text == "retry: 2000\n\n"
