"""Server-sent events as a browser reads them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console import event_stream
from console.event_stream import read_last_id, stream, write_event
from console.feed import Event, Feed, publish
from console.job_tables import JOBS
from tests.support.loops import run_async
from wanglou.ledger import Ledger

TEXTS = st.text()
BODIES = st.dictionaries(st.sampled_from(["name", "state", "alerts"]), TEXTS | st.integers() | st.booleans())


def read_messages(text: bytes) -> list[dict[str, str]]:
    """Read a stream as the specification says: fields of lines, messages ended by empty lines, comments left out."""
    found = []
    for block in text.decode("utf-8").split("\n\n"):
        lines = [line.partition(": ")[::2] for line in block.split("\n") if line and not line.startswith(":")]
        if lines:
            found.append(dict(lines))
    return found


@given(st.integers(0, 10**18), TEXTS, BODIES)
def test_any_event_is_one_message(number: int, subject: str, body: dict[str, object]) -> None:
    """Whatever it holds, line ends among it, it is read back as what it was."""
    (message,) = read_messages(write_event(Event(number, "job.changed", "chem", subject, body, 5_000_000)))
    assert (message["id"], message["event"]) == (str(number), "job.changed")
    assert json.loads(message["data"]) == {"subject": subject, "enterprise": "chem", "at_ms": 5, **body}


@pytest.mark.parametrize(
    ("text", "number"),
    [("17", 17), ("0", 0), (None, None), ("", None), ("-1", None), ("x", None), ("٣", None), ("9" * 19, None)],
)
def test_last_ids(text: str | None, number: int | None) -> None:
    """What a browser sends back is a number; all else counts as none."""
    assert read_last_id(text) == number


def test_a_stream(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It begins with how soon to come back, goes on where the page was, shows that it lives, and ends in time."""
    monkeypatch.setattr(event_stream, "ALIVE_S", 0.05)
    monkeypatch.setattr(event_stream, "MOST_S", 0.3)

    async def read(last_id: str) -> bytes:
        feed = Feed(ledger, poll_s=0.02)
        return b"".join([piece async for piece in stream(feed, "li", frozenset({"chem"}), last_id)])

    with Ledger(tmp_path / "ledger.db", [JOBS], create=True) as ledger:
        with ledger.transaction() as connection:
            for number, enterprise in enumerate(("chem", "chem", "water", "chem")):
                publish(connection, 10**9, "risk.changed", str(number), enterprise=enterprise)
        text = run_async(read("1"))
    assert text.startswith(b"retry: 2000\n\n")
    assert b":\n\n" in text
    assert [message.get("id") for message in read_messages(text)] == [None, "2", "4"]
