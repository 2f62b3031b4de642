"""Events for programs."""

from __future__ import annotations

from tests.support.consoles import Console


def test_a_program_gets_a_stream(console: Console) -> None:
    """With a token that may read alerts; a wrong number of the last event is passed over."""
    program = console.program("analyst")
    for last in ("0", "x"):
        answer = program.get("/api/v1/events", headers={"last-event-id": last})
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.text.startswith("retry: ")
